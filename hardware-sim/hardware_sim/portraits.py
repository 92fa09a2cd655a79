"""People for scenes: cut-out heads with landmarks, gathered from photographs. Their ids say nothing about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator

from edge.domain.errors import Misconfigured
from edge.domain.face import Box, Face
from hardware_sim.cutout import Cutout, cut
from hardware_sim.planes import Image

FaceFinder = Callable[[Image], Sequence[Face]]
"""The product's detector: (H, W, 3) uint8 RGB to faces in its pixels."""

CLOSE_UP: Final = 320
"""Longer side in pixels of the crop in which a face is found a second time, for exact landmarks."""
SURROUNDINGS: Final = 1.1
"""Reach of that crop from the middle of the face, in face heights."""
SUFFIXES: Final = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """One photograph of one person."""

    head: Cutout = field(repr=False)
    still: Image = field(repr=False)
    """(H, W, 3) uint8 RGB: the photograph around this face, unretouched, for enrolment."""
    face: Face
    """The face, in pixels of the still."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may walk through a scene."""

    id: str
    portraits: tuple[Portrait, ...]
    """At least one. Where there are two, the first is for enrolment and the last walks."""

    @property
    def enrolled_from(self) -> Portrait:
        """The photograph to enrol them from."""
        return self.portraits[0]

    @property
    def two_pictures(self) -> bool:
        """Whether enrolment and scene show two different photographs."""
        return len(self.portraits) > 1


def read(path: Path) -> Image:
    """A picture file as (H, W, 3) uint8 RGB. Raises Misconfigured where it is none."""
    try:
        packed = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}.", "Name a readable picture file.") from error
    picture = cv2.imdecode(packed, cv2.IMREAD_COLOR) if packed.size else None
    if picture is None:
        raise Misconfigured(f"{path} is not a picture.", "Use JPEG or PNG files, or fetch this one again.")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def faces(image: Image, find: FaceFinder) -> list[Face]:
    """All faces of a photograph, found once in the whole and once more close up, left to right."""
    found = [_close_up(image, face, find) for face in find(image)]
    return sorted(found, key=lambda face: face.box.left)


def portrait(image: Image, face: Face, others: Sequence[Face]) -> Portrait:
    """Make a portrait of one face of an (H, W, 3) uint8 RGB photograph in which ``others`` are seen too."""
    left, top, right, bottom = _around(image, face.box, SURROUNDINGS)
    still = np.ascontiguousarray(image[top:bottom, left:right])
    return Portrait(cut(image, face, list(others)), still, _moved(face, -left, -top))


def gather_folder(folder: Path, find: FaceFinder, most: int, rng: Generator, pictures: int = 2) -> list[Person]:
    """People from ``folder/<person>/*.jpg``, with up to ``pictures`` portraits each.

    ``most`` people are drawn, those with several pictures first. The names of the folders are not kept. Raises
    Misconfigured where the folder holds no faces.
    """
    if not folder.is_dir():
        raise Misconfigured(
            f"There is no folder {folder}.", "Name a folder that holds one folder of pictures per person."
        )
    shelves = [_pictures(shelf) for shelf in sorted(folder.iterdir()) if shelf.is_dir()]
    order = rng.permutation(len(shelves))
    people: list[Person] = []
    for index in sorted(order, key=lambda each: -min(pictures, len(shelves[each]))):
        if len(people) == most:
            break
        portraits = [made for path in shelves[index][:pictures] if (made := main_portrait(read(path), find))]
        if portraits:
            people.append(Person(f"p{len(people) + 1:02}", tuple(portraits)))
    if not people:
        raise Misconfigured(
            f"No face was found in {folder}.", "Name a folder that holds one folder of pictures per person."
        )
    return people


def _pictures(shelf: Path) -> list[Path]:
    return sorted(path for path in shelf.iterdir() if path.suffix.lower() in SUFFIXES)


def main_portrait(image: Image, find: FaceFinder) -> Portrait | None:
    """The portrait of the face nearest to the middle of the photograph."""
    found = faces(image, find)
    if not found:
        return None
    middle = np.array(image.shape[1::-1]) / 2
    main = min(found, key=lambda face: float(np.hypot(*(np.array(face.box.centre) - middle))))
    return portrait(image, main, [face for face in found if face is not main])


def _close_up(image: Image, face: Face, find: FaceFinder) -> Face:
    """The same face with landmarks from a crop around it; as it was where it is not found there."""
    left, top, right, bottom = _around(image, face.box, SURROUNDINGS)
    crop = np.ascontiguousarray(image[top:bottom, left:right])
    scale = min(1.0, CLOSE_UP / max(crop.shape[:2]))
    if scale < 1:
        crop = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    again = [_moved(_scaled(found, 1 / scale), left, top) for found in find(crop)]
    best = max(again, key=lambda found: found.box.overlap(face.box), default=face)
    return best if best.box.overlap(face.box) > 0.4 else face


def _around(image: Image, box: Box, reach: float) -> tuple[int, int, int, int]:
    (x, y), away = box.centre, box.height * reach
    left, top = max(0, int(x - away)), max(0, int(y - away))
    return left, top, min(image.shape[1], int(x + away)), min(image.shape[0], int(y + away))


def _scaled(face: Face, by: float) -> Face:
    box = Box(face.box.left * by, face.box.top * by, face.box.right * by, face.box.bottom * by)
    return Face(box, face.landmarks * np.float32(by), face.score)


def _moved(face: Face, dx: float, dy: float) -> Face:
    return Face(face.box.moved(dx, dy), face.landmarks + np.array([dx, dy], np.float32), face.score)

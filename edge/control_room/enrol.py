"""Enrolment: a folder of pictures to a sealed watchlist.

    folder/<entry id>/*.jpg        one subfolder for each person, named by an opaque id

Every picture gets a verdict. One picture that cannot be used does not spoil its entry; an entry without any does
spoil the list, because a list that silently lacks somebody is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.authority import Category, Digest
from edge.domain.errors import Misconfigured
from edge.domain.face import Face, Features
from edge.steps import align, fuse
from edge.wire import watchlist
from edge.wire.watchlist import Entry

PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
LEAST_FACE: Final = 40.0
"""Face height in the picture, pixels."""
LARGEST: Final = 64 * 1024 * 1024
_OPAQUE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Image = NDArray[np.uint8]


class FindsFaces(Protocol):
    """The product's detector, on stills."""

    def detect_rgb(self, image: Image) -> list[Face]:
        """Faces of an (H, W, 3) uint8 RGB picture, best first."""
        ...


class Extracts(Protocol):
    """The product's embedder."""

    @property
    def identity(self) -> Digest:
        """Which model it is."""
        ...

    def extract(self, aligned: list[Image]) -> Features:
        """(n, D) float32 unit rows."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one picture."""

    picture: Path
    used: bool
    why: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A sealed list, its content key, and what happened on the way."""

    file: bytes
    key: bytes
    entries: int
    verdicts: tuple[Verdict, ...]


def people(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """Each entry's id and pictures, in order. Raises Misconfigured for an id that is not opaque-looking."""
    if not folder.is_dir():
        raise Misconfigured(f"{folder} is no folder.", "Name a folder with one subfolder of pictures for each person.")
    for entry in sorted(path for path in folder.iterdir() if path.is_dir()):
        if not _OPAQUE.fullmatch(entry.name):
            raise Misconfigured(
                f"The entry id {entry.name!r} has characters other than letters, digits, dot, hyphen and underscore.",
                "Name the subfolder by an opaque id, never by a person's name.",
            )
        yield entry.name, sorted(path for path in entry.iterdir() if path.suffix.lower() in PICTURES)


def read_picture(path: Path) -> Image | None:
    """An (H, W, 3) uint8 RGB picture, upright; None where the file is none."""
    try:
        raw = path.read_bytes()
    except OSError:
        return None
    if not raw or len(raw) > LARGEST:
        return None
    image = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR_RGB)
    return None if image is None else image.astype(np.uint8, copy=False)


def enrol(
    entries: Iterable[tuple[str, list[Path]]],
    detector: FindsFaces,
    extractor: Extracts,
    *,
    category: Category,
    built: datetime,
    progress: Callable[[str], None] = lambda _: None,
) -> Enrolled:
    """Build and seal a list. Raises Misconfigured where an entry has no usable picture, or there is no entry."""
    listed: list[Entry] = []
    templates: list[Features] = []
    verdicts: list[Verdict] = []
    for identifier, pictures in entries:
        samples = []
        for picture in pictures:
            sample, why = _sample(picture, detector)
            verdicts.append(Verdict(picture, sample is not None, why))
            if sample is not None:
                samples.append(sample)
        if not samples:
            reasons = "; ".join(f"{v.picture.name}: {v.why}" for v in verdicts if v.picture in pictures) or "no picture"
            raise Misconfigured(f"The entry {identifier} has no usable picture ({reasons}).", "Add a better one.")
        templates.append(fuse.mean(extractor.extract(samples)))
        listed.append(Entry(identifier, category, len(samples)))
        progress(f"{identifier}: {len(samples)} of {len(pictures)} pictures")
    if not listed:
        raise Misconfigured("There is nobody to enrol.", "Make one subfolder of pictures for each person.")
    file, key = watchlist.seal(
        listed, np.stack(templates), embedder=extractor.identity, alignment=align.RECIPE, built=built
    )
    return Enrolled(file, key, len(listed), tuple(verdicts))


def _sample(picture: Path, detector: FindsFaces) -> tuple[Image | None, str]:
    image = read_picture(picture)
    if image is None:
        return None, "not a readable picture"
    faces = detector.detect_rgb(image)
    if not faces:
        return None, "no face found"
    if len(faces) > 1:
        return None, f"{len(faces)} faces found; crop it to the one person"
    face = faces[0]
    if face.box.height < LEAST_FACE:
        return None, f"the face is {face.box.height:.0f} pixels high; {LEAST_FACE:.0f} are needed"
    try:
        return align.aligned_rgb(image, face.landmarks), "used"
    except ValueError as error:
        return None, str(error)

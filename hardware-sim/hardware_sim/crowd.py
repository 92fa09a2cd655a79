"""People of a folder of pictures on frames of a street, for figures about whole frames instead of portraits.

Each picture is scaled so that its face has a wanted height, and laid on a 1080p street with softened edges, several
to a frame. It goes through the path of a frame: found on the small stream, aligned from the main stream. What this
adds to portraits is the loss at the detector and in the landmarks; a still that is pasted in has neither motion nor
the noise, light and compression of a street, and a person's pictures remain the only independent evidence.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from edge.adapters.pictures import files as pictures
from edge.domain.capture import Frame, Instant
from edge.domain.face import Box, Face, Features
from edge.measure.acquire import Acquired, Detects, Image, decode, subject
from edge.measure.errata import Errata
from edge.steps import align
from hardware_sim import planes
from hardware_sim.clock import BEGIN
from hardware_sim.passing import Extracts
from hardware_sim.street import street
from hardware_sim.view import View

SIZE: Final = (1920, 1080)
USUAL: Final = 0.42
"""A face's share of the picture's height where the detector finds none on the picture itself."""
FEATHER: Final = 0.06
"""Width of the soft edge, in picture sides."""
OVERLAP: Final = 0.3
"""Intersection over union from which a found face is the pasted one."""


class Sees(Detects, Protocol):
    """The product's detector, on stills and on frames."""

    def detect(self, frame: Frame) -> list[Face]:
        """Faces of the small stream."""
        ...

    def refine(self, frame: Frame, face: Face) -> Face | None:
        """The same face on a close-up of the main stream."""
        ...


@dataclass(frozen=True, slots=True)
class Looking:
    """What is composed, and how it is looked at."""

    least: float = 60.0
    """Smallest face height on the main stream, pixels; heights are drawn evenly."""
    most: float = 120.0
    small: tuple[int, int] = (640, 360)
    """Size of the stream that the detector sees."""
    least_score: float = 0.6
    columns: int = 4
    """Faces beside each other on a frame, each in a column of its own."""
    rows: int = 1
    """Faces above each other."""
    refined: bool = True
    """Whether the detector looks again on a close-up; otherwise the small stream's landmarks are used."""
    seed: int = 1
    limit: int | None = None
    """Pictures taken, the first ones."""


@dataclass(slots=True)
class _Gathered:
    rows: list[Features] = field(default_factory=list)
    people: list[int] = field(default_factory=list)
    failed: list[tuple[str, int]] = field(default_factory=list)
    extra: int = 0
    boxes: int = 0
    frames: int = 0


@dataclass(frozen=True, slots=True)
class Pasted:
    """Who was laid on a frame, and where."""

    name: str
    """The picture's."""
    person: int
    box: Box
    """The face."""
    whole: Box
    """The picture, in which there may be bystanders too."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """What a run over all frames gives."""

    acquired: Acquired
    frames: int
    extra_per_frame: float
    """Faces found per frame, at the score that a sample needs, on the empty street between the pictures."""
    boxes_per_frame: float
    """Faces that the detector proposed, each looked at again where that is asked for."""


def acquire(
    source: Path, detector: Sees, extractor: Extracts, errata: Errata, settings: Looking, *,
    progress: Callable[[int], None] = lambda _: None,
) -> Crowd:  # fmt: skip
    """Take every picture through a frame."""
    numbers: dict[str, int] = {}
    got = _Gathered()
    for frame, shown in frames(numbered(source, errata, settings.limit, numbers), detector, settings):
        got.frames += 1
        proposed = detector.detect(frame)
        got.boxes += len(proposed)
        found = [sure for face in proposed if (sure := _sure(frame, face, detector, settings)) is not None]
        got.extra += sum(not any(_holds(pasted.whole, face.box) for pasted in shown) for face in found)
        for pasted in shown:
            aligned = _aligned(frame, _matched(found, pasted.box))
            if aligned is None:
                got.failed.append((pasted.name, pasted.person))
            else:
                got.rows.append(extractor.extract([aligned])[0].copy())
                got.people.append(pasted.person)
        progress(got.frames * settings.columns * settings.rows)
    return Crowd(
        _acquired(got, tuple(numbers)), got.frames, got.extra / max(1, got.frames), got.boxes / max(1, got.frames)
    )


def _sure(frame: Frame, face: Face, detector: Sees, settings: Looking) -> Face | None:
    """The face as a sample would be taken from it, or None where it would not."""
    closer = detector.refine(frame, face) if settings.refined else face
    return closer if closer is not None and closer.score >= settings.least_score else None


def _aligned(frame: Frame, face: Face | None) -> Image | None:
    try:
        return None if face is None else align.aligned(frame.main, face.box, face.landmarks)
    except ValueError:
        return None


def frames(
    people: Iterable[tuple[int, str, bytes]], detector: Detects, settings: Looking
) -> Iterator[tuple[Frame, list[Pasted]]]:
    """Compose frames of pictures, in order: each is a person's number, the picture's name and its bytes.

    Raises Undecodable where one is no picture.
    """
    rng = np.random.default_rng(settings.seed)
    empty = street(View(*SIZE), rng)
    canvas, shown = empty.copy(), list[Pasted]()
    sequence = 0
    for number, name, raw in people:
        face, whole = paste(canvas, decode(name, raw), detector, rng, settings, len(shown))
        shown.append(Pasted(name, number, face, whole))
        if len(shown) == settings.columns * settings.rows:
            sequence += 1
            yield frame_of(canvas, sequence, settings.small), shown
            canvas, shown = empty.copy(), []
    if shown:
        yield frame_of(canvas, sequence + 1, settings.small), shown


def numbered(
    source: Path, errata: Errata, limit: int | None, numbers: dict[str, int]
) -> Iterator[tuple[int, str, bytes]]:
    """The pictures of a folder for :func:`frames`; gives each person a number in ``numbers``."""
    for person, name, raw in itertools.islice(pictures(source), limit):
        if name not in errata.exclude_pictures:
            yield numbers.setdefault(errata.canonical(person), len(numbers)), name, raw


def paste(
    canvas: Image, picture: Image, detector: Detects, rng: Generator, settings: Looking, place: int
) -> tuple[Box, Box]:
    """Lay one picture on the canvas, somewhere in its place. Returns where its face and the whole of it then are."""
    high, wide = picture.shape[:2]
    face = subject(detector.detect_rgb(picture), wide, high)
    box = face.box if face is not None else _middle(wide, high)
    scale = rng.uniform(settings.least, settings.most) / box.height
    wide, high = max(2, round(wide * scale)), max(2, round(high * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(picture, (wide, high), interpolation=method)
    row, column = divmod(place, settings.columns)
    room_wide, room_high = SIZE[0] // settings.columns, SIZE[1] // settings.rows
    scaled = scaled[:room_high, :room_wide]
    high, wide = scaled.shape[:2]
    left = column * room_wide + int(rng.integers(room_wide - wide + 1))
    top = row * room_high + int(rng.integers(room_high - high + 1))
    cover = _soft(high, wide)
    under = canvas[top : top + high, left : left + wide]
    under[:] = (cover * scaled + (1 - cover) * under).astype(np.uint8)
    pasted = Box(box.left * scale, box.top * scale, box.right * scale, box.bottom * scale).moved(left, top)
    return pasted, Box(left, top, left + wide, top + high)


def _middle(wide: int, high: int) -> Box:
    reach = high * USUAL / 2
    return Box(wide / 2 - reach * 0.8, high / 2 - reach, wide / 2 + reach * 0.8, high / 2 + reach)


def _soft(high: int, wide: int) -> NDArray[np.float32]:
    """1 inside, falling to 0 at the edges."""
    rows, columns = (np.minimum(np.arange(side), np.arange(side)[::-1]) / (side * FEATHER) for side in (high, wide))
    cover = np.clip(np.minimum(rows[:, None], columns[None, :]), 0, 1).astype(np.float32)
    return np.asarray(cover[..., None])


def frame_of(canvas: Image, sequence: int, small: tuple[int, int]) -> Frame:
    """A canvas as a frame with its small stream."""
    main = planes.from_rgb(canvas)
    return Frame(sequence, Instant(BEGIN, timedelta()), main, planes.smaller(main, *small))


def _holds(whole: Box, box: Box) -> bool:
    x, y = box.centre
    return whole.left <= x <= whole.right and whole.top <= y <= whole.bottom


def _matched(found: Sequence[Face], box: Box) -> Face | None:
    best = max(found, key=lambda face: face.box.overlap(box), default=None)
    return best if best is not None and best.box.overlap(box) >= OVERLAP else None


def _acquired(got: _Gathered, names: tuple[str, ...]) -> Acquired:
    return Acquired(
        np.stack(got.rows) if got.rows else np.zeros((0, 128), np.float32),
        np.array(got.people, np.int64),
        names,
        tuple(name for name, _ in got.failed),
        np.array([number for _, number in got.failed], np.int64),
    )

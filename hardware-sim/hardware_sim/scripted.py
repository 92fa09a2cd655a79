"""The scripted grade: people who are painted rectangles, found and recognised without any model.

The real frame path runs, down to the alignment of pixels. A person's number is painted into the colour of a striped
patch; the scripted detector knows where the patches are, and the scripted extractor reads the number back from the
aligned sample and answers with that person's features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.domain.capture import Frame, Instant, Picture
from edge.domain.errors import CaptureLost
from edge.domain.face import Box, Face, Features
from edge.ports import Clock
from edge.steps.align import TEMPLATE
from hardware_sim.clock import SteppedClock
from hardware_sim.lens import Effect, Lens, drawn

WIDTH: Final = 640
HEIGHT: Final = 360
FACE: Final = 72
DIMENSION: Final = 128
LEVELS: Final = 16
DETECTOR: Final = "d" * 64
EMBEDDER: Final = "e" * 64
_STEP: Final = 10
_LOWEST: Final = 60


@dataclass(frozen=True, slots=True)
class Walk:
    """One passage: who, when, how long, along which line."""

    person: int
    begins: Instant
    lasts: timedelta
    row: int = 120

    def box(self, now: Instant) -> Box | None:
        """Where the face is, or None where it is not in view."""
        share = now.since(self.begins) / self.lasts
        return self.at(share) if 0 <= share <= 1 else None

    def at(self, share: float) -> Box:
        """Where the face is when so much of the way is done, 0..1."""
        left = 20 + share * (WIDTH - FACE - 40)
        return Box(left, self.row, left + FACE, self.row + FACE)


@dataclass(slots=True)
class Street:
    """Who walks, and what the camera did. The scripted camera and detector share it."""

    walks: list[Walk] = field(default_factory=list)
    in_view: dict[int, list[Walk]] = field(default_factory=dict)


class ScriptedCamera:
    """Paints the people who are in view. One frame for each instant of the clock."""

    simulated = True
    weave: NDArray[np.int16] | None = None
    """What people are painted with: (2 FACE, 2 FACE) differences of luma, even on the whole; stripes where None."""

    def __init__(self, street: Street, clock: Clock, period: timedelta | None = None) -> None:
        """With a ``period``, frames that nobody asked for in time are numbered too, as a real camera does it."""
        self._street = street
        self._clock = clock
        self._period = period
        self._sequence = 0
        self.cancelled = False
        self._last: Instant | None = None
        self.is_open = False
        self.opens = 0
        self.closes = 0
        self.unplugged = False
        self.frozen = False
        self.lens = Lens.CLEAN
        self._effect = Effect(Lens.CLEAN)

    def open(self) -> None:
        """Start. Raises CaptureLost while unplugged."""
        self.opens += 1
        self.is_open = True
        self.cancelled = False
        self._fail()

    def next(self, timeout: timedelta) -> Frame | None:
        """The frame of this instant, once."""
        now = self._clock.now()
        self._fail()
        if not self.is_open or self.cancelled or self.frozen or self._last == now:
            return None
        missed = 0 if self._last is None or self._period is None else round(now.since(self._last) / self._period) - 1
        self._last = now
        self._sequence += 1 + max(0, missed)
        picture = _empty()
        seen = [(walk, box) for walk in self._street.walks if (box := walk.box(now)) is not None]
        for walk, box in seen:
            _paint(picture, box, walk.person, self.weave)
        if self._effect.lens is not self.lens:
            self._effect = drawn(self.lens, np.random.default_rng(1))
        picture = self._effect.over(picture)
        self._street.in_view = {self._sequence: [walk for walk, _ in seen]}
        return Frame(self._sequence, now, picture, picture)

    def cancel(self) -> None:
        """Nothing waits here, but the next frame is withheld as a real camera would."""
        self.cancelled = True

    def close(self) -> None:
        """Stop."""
        self.closes += self.is_open
        self.is_open = False

    def _fail(self) -> None:
        if self.unplugged:
            raise CaptureLost("The simulated camera is unplugged.", "Plug it in.")


class ScriptedDetector:
    """Knows where the patches are."""

    identity = DETECTOR

    def __init__(self, street: Street, clock: SteppedClock | None = None) -> None:
        """A ``clock`` lets it take its time."""
        self._street = street
        self._clock = clock
        self.takes = timedelta(0)
        """How long it looks at a frame."""

    def detect(self, frame: Frame) -> list[Face]:
        """A face for everybody in view."""
        if self._clock is not None:
            self._clock.advance(self.takes)
        boxes = [walk.box(frame.captured) for walk in self._street.in_view.get(frame.sequence, [])]
        return [Face(box, _landmarks(box), 0.9999) for box in boxes if box is not None]

    def refine(self, frame: Frame, face: Face) -> Face | None:
        """The face itself: patches have no finer landmarks."""
        return face if frame.sequence in self._street.in_view else None

    def forget(self) -> None:
        """It remembers nothing."""


class ScriptedExtractor:
    """Reads the person's number from the aligned patch."""

    identity = EMBEDDER

    def extract(self, aligned: Sequence[NDArray[np.uint8]]) -> Features:
        """(n, 128) float32 unit rows."""
        return np.stack([features_of(_read(sample)) for sample in aligned])

    def forget(self) -> None:
        """It remembers nothing."""


def features_of(person: int) -> Features:
    """A person's features: a fixed random unit vector."""
    row = np.random.default_rng(person + 1).standard_normal(DIMENSION).astype(np.float32)
    unit: Features = row / np.float32(np.linalg.norm(row))
    return unit


def _landmarks(box: Box) -> NDArray[np.float32]:
    scale = FACE / 112
    points: NDArray[np.float32] = (TEMPLATE * scale + np.array([box.left, box.top])).astype(np.float32)
    return points


_FRONTS: Final = (
    (20, 10, 90, 70, 150), (130, 10, 40, 130, 70), (190, 60, 70, 50, 160), (280, 20, 150, 60, 60),
    (450, 5, 30, 150, 150), (500, 40, 110, 50, 75), (10, 200, 60, 140, 65), (100, 260, 110, 40, 155),
    (240, 180, 60, 150, 80), (330, 280, 130, 60, 150), (480, 180, 40, 160, 60), (550, 230, 70, 90, 160),
)  # fmt: skip
"""Doors and windows: left, top, width, height, luma."""


def _wall() -> NDArray[np.uint8]:
    """Paving, light and dark, with plain doors and windows here and there, and a sensor's grain."""
    rows, columns = np.indices((HEIGHT, WIDTH)) // 12
    wall = np.where((rows + columns) % 2, 100, 120).astype(np.uint8)
    for left, top, wide, high, light in _FRONTS:
        wall[top : top + high, left : left + wide] = light
    grain = np.random.default_rng(1).normal(0, 1.5, wall.shape)
    return np.round(wall + grain).astype(np.uint8)


_WALL: Final = _wall()


def _empty() -> Picture:
    half = (HEIGHT // 2, WIDTH // 2)
    return Picture(_WALL.copy(), np.full(half, 128, np.uint8), np.full(half, 128, np.uint8))


def _paint(picture: Picture, box: Box, person: int, weave: NDArray[np.int16] | None = None) -> None:
    """Stripes, or a weave, for sharpness; the mean of luma and both chromas carries the number."""
    if not 0 <= person < LEVELS**3:
        raise ValueError(f"a scripted person's number lies between 0 and {LEVELS**3 - 1}")
    margin = FACE // 2
    top, left = int(box.top) - margin, int(box.left) - margin
    rows, columns = slice(max(top, 0), top + 2 * FACE), slice(max(left, 0), left + 2 * FACE)
    luma, blue, red = person % LEVELS, person // LEVELS % LEVELS, person // LEVELS**2
    picture.y[rows, columns] = _LOWEST + _STEP // 2 * luma + 16
    if weave is None:
        picture.y[rows, columns][::4] += 24
        picture.y[rows, columns][2::4] -= 24
    else:
        part = picture.y[rows, columns]
        part += weave[: part.shape[0], : part.shape[1]].astype(np.uint8)  # modulo 256: differences below zero too
    halves = slice(rows.start // 2, rows.stop // 2), slice(columns.start // 2, columns.stop // 2)
    picture.u[halves] = 88 + 5 * blue
    picture.v[halves] = 88 + 5 * red


def _read(aligned: NDArray[np.uint8]) -> int:
    middle = aligned[16:96, 16:96].reshape(-1, 1, 3).astype(np.float32).mean(axis=0, keepdims=True)
    red, green, blue = (float(value) for value in middle.reshape(3))
    # BT.601, limited range, the inverse of what the alignment converted with.
    luma = 16 + (65.738 * red + 129.057 * green + 25.064 * blue) / 256
    u = 128 + (-37.945 * red - 74.494 * green + 112.439 * blue) / 256
    v = 128 + (112.439 * red - 94.154 * green - 18.285 * blue) / 256
    digits = [round((luma - _LOWEST - 16) / (_STEP / 2)), round((u - 88) / 5), round((v - 88) / 5)]
    clipped = [min(max(digit, 0), LEVELS - 1) for digit in digits]
    return clipped[0] + LEVELS * clipped[1] + LEVELS**2 * clipped[2]

"""Faces as the frame path sees them. All coordinates are pixels of the main stream, origin at the top left."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge.domain.capture import Instant

Features = NDArray[np.float32]
"""(D,) float32, L2-normalised unless said otherwise. Never leaves the process."""

Landmarks = NDArray[np.float32]
"""(5, 2) float32: the subject's right eye, left eye, nose tip, right and left mouth corner, as seen left to right."""


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Pixels."""
        return self.bottom - self.top

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y)."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def moved(self, dx: float, dy: float) -> Box:
        """The same box, shifted."""
        return Box(self.left + dx, self.top + dy, self.right + dx, self.bottom + dy)

    def overlap(self, other: Box) -> float:
        """Intersection over union, 0..1."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        if wide <= 0 or high <= 0:
            return 0.0
        shared = wide * high
        return shared / (self.width * self.height + other.width * other.height - shared)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One detected face."""

    box: Box
    landmarks: Landmarks = field(repr=False)
    score: float
    """The detector's own score, 0..1: how much this looks like a face, nothing about whose."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A biometric sample (ISO/IEC 2382-37): an aligned face, held in memory for at most three seconds."""

    face: Face
    captured: Instant
    quality: float
    """0..1."""
    aligned: NDArray[np.uint8] = field(repr=False)
    """(112, 112, 3) uint8 RGB."""
    context: NDArray[np.uint8] = field(repr=False)
    """(S, S, 3) uint8 RGB, the face with its surroundings, for the person who reviews a hit."""
    corner: tuple[int, int]
    """x and y in the main stream of the top left pixel of :attr:`context`."""

    def wipe(self) -> None:
        """Overwrite the pixels."""
        self.aligned.fill(0)
        self.context.fill(0)


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """The features with which one passage is searched, once."""

    features: Features = field(repr=False)
    samples: int
    last: Instant
    """Capture instant of the last sample that contributed."""

    def wipe(self) -> None:
        """Overwrite the features."""
        self.features.fill(0)

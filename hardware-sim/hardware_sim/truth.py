"""What is really to be seen, frame by frame and passage by passage. Tests and scores are held against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Box, Landmarks
from hardware_sim.walkers import Seen

HEAD: Final = (0.46, 0.66)
"""Half width and half height of a head with its hair, in face heights."""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """From when on a face ought to be recognised."""

    least_pixels: float = 60.0
    """Face height in the main stream."""
    least_visible: float = 0.98
    """Share of the face that neither the edge of the picture nor another person hides."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceTruth:
    """One face in one frame; pixels of the main stream."""

    passage: int
    person: str
    box: Box
    landmarks: Landmarks = field(repr=False)
    """(5, 2) float32."""
    visible: float
    """0..1: the share of the face that is in the picture and not behind somebody."""

    def eligible(self, rule: Eligibility) -> bool:
        """Whether it ought to be recognised."""
        return self.box.height >= rule.least_pixels and self.visible >= rule.least_visible


@dataclass(frozen=True, slots=True)
class FrameTruth:
    """One frame."""

    number: int
    offset: timedelta
    faces: tuple[FaceTruth, ...]
    """Nearest last. A face that is wholly hidden is among them while a part of the head may be in the picture."""


@dataclass(frozen=True, slots=True)
class PassageTruth:
    """One person going by once. Offsets count from the start of the scene."""

    passage: int
    person: str
    listed: bool
    appears: timedelta
    """When they set out; they may still be outside the picture."""
    leaves: timedelta
    first_eligible: timedelta | None
    last_eligible: timedelta | None


def _probes() -> NDArray[np.float64]:
    """Points spread over a face, (n, 2) in face heights from its middle."""
    y, x = np.meshgrid(np.linspace(-0.48, 0.48, 9), np.linspace(-0.38, 0.38, 7), indexing="ij")
    points = np.column_stack([x.ravel(), y.ravel()])
    return points[(points[:, 0] / 0.4) ** 2 + (points[:, 1] / 0.5) ** 2 <= 1]


PROBES: Final = _probes()


def visible(seen: Seen, nearer: Sequence[Seen], width: int, height: int) -> float:
    """The share of a face, 0..1, that is inside the picture and behind none of those nearer to the camera."""
    points = PROBES * seen.pixels + seen.face
    shown = (points[:, 0] >= 0) & (points[:, 0] < width) & (points[:, 1] >= 0) & (points[:, 1] < height)
    for other in nearer:
        away = (points - other.face) / other.pixels / HEAD
        shown &= (away**2).sum(axis=1) > 1
        body = other.body()
        shown &= ~((points[:, 0] > body.left) & (points[:, 0] < body.right) & (points[:, 1] > body.top))
    return float(shown.mean())

"""A picture, prepared once for all that judge a view by it: ``sight`` and ``cells``.

What depends on the zone alone is prepared once for all its pictures.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.capture import Plane
from edge.steps import noise
from edge.steps.noise import Values

WIDTH: Final = 640
"""Pictures are judged at this width, pixels."""
NEAR: Final = 3
DEEP: Final = 18
"""Pixels from the zone's edge, which is the sharpest line in the picture, and says nothing: for what is fine, and for
what is broad."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What of a picture lies within the zone, away from its edges: 1 there, else 0."""

    size: tuple[int, int]
    """Width and height at which pictures are judged."""
    inner: Plane = field(repr=False)
    """(h, w) uint8, by ``NEAR`` pixels."""
    near: Values = field(repr=False)
    """The same."""
    deep: Values = field(repr=False)
    """(h, w), by ``DEEP`` pixels."""
    half: Values = field(repr=False)
    """The same at half of the size: the share of each pixel."""
    quarter: Values = field(repr=False)
    """What ``near`` is, at a quarter of the size,"""
    eighth: Values = field(repr=False)
    """and at an eighth."""


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """One picture, as it is judged. It goes when that is done."""

    shown: Shown = field(repr=False)
    light: NDArray[np.int64] = field(repr=False)
    """(256,): how many pixels of the zone have which luma."""
    soft: Values = field(repr=False)
    """(h, w): without its fine detail."""
    detail: Values = field(repr=False)
    """(h, w): the fine detail."""
    grain: float
    """Variance of the sensor's noise."""


def shown(hidden: Plane) -> Shown:
    """For a zone. ``hidden`` is (H, W) uint8, not 0 outside it."""
    height, width = hidden.shape
    size = WIDTH, max(2, round(height * WIDTH / width))
    zone = (resized(hidden, size) == 0).astype(np.uint8)
    inner, deep = _eroded(zone, NEAR), _eroded(zone, DEEP).astype(np.float32)
    near = inner.astype(np.float32)
    return Shown(size, inner, near, deep, smaller(deep, 2), smaller(near, 4), smaller(near, 8))


def of(luma: Plane, zone: Shown) -> Glance:
    """``luma`` is (H, W) uint8. It is neither kept nor changed."""
    picture = resized(luma, zone.size)
    light = cv2.calcHist([picture], [0], zone.inner, [256], [0, 256]).reshape(-1).astype(np.int64)
    exact: Values = picture.astype(np.float32)
    soft: Values = cv2.GaussianBlur(exact, (0, 0), noise.SOFT).astype(np.float32, copy=False)
    return Glance(zone, light, soft, exact - soft, noise.variance(exact, zone.near))


def resized(plane: Plane, size: tuple[int, int]) -> Plane:
    """By area; the plane itself where it has that size."""
    if plane.shape[::-1] == size:
        return plane
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def smaller(plane: Values, by: int) -> Values:
    """By area, a whole number of times."""
    size = max(1, plane.shape[1] // by), max(1, plane.shape[0] // by)
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)


def _eroded(zone: Plane, by: int) -> Plane:
    edge = np.ones((2 * by + 1,) * 2, np.uint8)
    return cv2.erode(zone, edge, borderValue=1).astype(np.uint8, copy=False)

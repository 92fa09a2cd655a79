"""Straight edges around a face that move along with it: the borders of a sheet, the bezel of a screen.

All samples are laid over one another by their landmarks. What belongs to the face stays where it is, and what lies
behind passes by and blurs; so an edge counts only where what lies behind has moved across it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Landmarks, Sample
from edge.steps import align

Field = NDArray[np.float32]
Transform = NDArray[np.float64]

CANVAS: Final = (144, 176)
"""Width and height of the picture in which edges are sought: the aligned sample with its surroundings."""
PLACE: Final = (16.0, 22.0)
"""Where the aligned sample lies in it."""
ASIDE: Final = ((0, 30), (114, 144))
"""Columns left and right of the face."""
ABOVE_BELOW: Final = ((0, 26), (138, 176))
"""Rows above and below it."""
SLANTS: Final = tuple(math.tan(math.radians(degrees)) for degrees in range(-15, 16, 3))
EDGE: Final = 7.0
"""Grey levels a pixel, after blurring, of an edge that counts fully."""
PASSED: Final = 3.0
"""How far, in pixels, what lies behind must have moved across an edge."""
RUNS: Final = 0.6
"""Share of a side that must be in the picture at all."""


def framed(samples: Sequence[Sample]) -> float:
    """The share of the second best side along which a straight edge runs that moves with the face, 0..1."""
    if len(samples) < 2:
        return 0.0
    try:
        transforms = [_laying(sample.face.landmarks) for sample in samples]
    except ValueError:  # landmarks that no face can have
        return 0.0
    laid = [_laid(sample, transform) for sample, transform in zip(samples, transforms, strict=True)]
    inside = np.minimum.reduce([mask for _, mask in laid])
    across, down = (_slope([grey for grey, _ in laid], *way) for way in ((1, 0), (0, 1)))
    runs = _runs(across, inside, ASIDE) + _runs(down.T, inside.T, ABOVE_BELOW)
    passed = _passed(transforms[0], transforms[-1])
    return sorted(run if past >= PASSED else 0.0 for run, past in zip(runs, passed, strict=True))[-2]


def _laying(landmarks: Landmarks) -> Transform:
    if not np.isfinite(landmarks).all():
        raise ValueError("landmarks that are no numbers")
    transform = align.similarity(landmarks)
    transform[:, 2] += PLACE
    return transform


def _laid(sample: Sample, transform: Transform) -> tuple[Field, Field]:
    """Luma of a sample's context on the canvas, blurred, and 1 where there is any."""
    local = transform.copy()
    local[:, 2] += local[:, :2] @ np.array(sample.corner, np.float64)
    grey = cv2.cvtColor(sample.context, cv2.COLOR_RGB2GRAY)
    laid = cv2.warpAffine(grey, local, CANVAS, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpAffine(np.ones_like(grey), local, CANVAS, flags=cv2.INTER_NEAREST)
    return cv2.GaussianBlur(laid.astype(np.float32), (0, 0), 1.5).astype(np.float32), mask.astype(np.float32)


def _slope(greys: Sequence[Field], across: int, down: int) -> Field:
    """What is left of the edges when all samples lie over one another, -1..1."""
    slopes = [np.clip(cv2.Sobel(grey, cv2.CV_32F, across, down) / (8 * EDGE), -1, 1) for grey in greys]
    mean: Field = np.mean(slopes, axis=0).astype(np.float32)
    return mean


def _passed(first: Transform, last: Transform) -> list[float]:
    """How far what lies behind moved across the left, right, upper and lower side between two samples."""
    wide, high = CANVAS
    back = np.linalg.inv(first[:, :2])
    spots = (
        (ASIDE[0][1], high / 2),
        (ASIDE[1][0], high / 2),
        (wide / 2, ABOVE_BELOW[0][1]),
        (wide / 2, ABOVE_BELOW[1][0]),
    )
    moved = [last[:, :2] @ (back @ (np.array(spot) - first[:, 2])) + last[:, 2] - spot for spot in spots]
    return [abs(float(shift[0 if side < 2 else 1])) for side, shift in enumerate(moved)]


def _runs(slope: NDArray[Any], inside: Field, sides: Sequence[tuple[int, int]]) -> list[float]:
    """For each side, the best share of the rows in which one slanted line has an edge of one sign."""
    high, wide = slope.shape
    seen, where = np.ascontiguousarray(slope * inside), np.ascontiguousarray(inside)
    best = [0.0] * len(sides)
    for slant in SLANTS:
        sheared = np.array([(1, slant, -slant * high / 2), (0, 1, 0)], np.float64)
        lines = cv2.warpAffine(seen, sheared, (wide, high)).sum(axis=0)
        rows = cv2.warpAffine(where, sheared, (wide, high)).sum(axis=0)
        run = np.where(rows >= RUNS * high, np.abs(lines) / np.maximum(rows, 1), 0)
        for side, (start, stop) in enumerate(sides):
            best[side] = max(best[side], float(run[start:stop].max()))
    return best

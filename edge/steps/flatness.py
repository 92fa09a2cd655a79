"""Whether a face moved as something flat does: sheet or head, told by what lies in front of what.

A sheet that is turned becomes narrower, and that is all: between two pictures of it, each point moves as an affine map
says. A head that is turned as far shows in addition how far nose and cheeks stand out: they move against the rest.
From many small movements between two aligned samples (Lucas and Kanade, 1981; corners by Shi and Tomasi, 1994) both
are estimated at once, and the stretch is held against the turn. A head that does not turn at all is not stretched
either, so that a steady face is no suspect.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Sample
from edge.steps.align import SIDE, TEMPLATE

Points = NDArray[np.float64]

CORNERS: Final = 90
ENOUGH: Final = 25
"""Movements from which a motion is estimated."""
AGREED: Final = 0.3
"""How far, in pixels, a point may be from where it was when followed there and back."""
RESIDUAL: Final = 0.15
"""Median distance, in pixels, that motions may be off their model: beyond it features moved, which sheets have none."""
EXPLAINS: Final = 0.8
"""Stretch that a radian of turning explains: the tangent of how far a face may be turned and still give a good sample,
39 degrees."""
ROUNDS: Final = 4

MILLIMETRE: Final = float(TEMPLATE[1, 0] - TEMPLATE[0, 0]) / 63
"""Pixels of the aligned sample; 63 mm are between the pupils of an adult (Dodgson, 2004)."""
HEAD: Final = (76.0, 108.0, 85.0)
"""Half the width, height and depth of the ellipsoid that stands for a face, millimetres."""
NOSE: Final = (20.0, 15.0)
"""How far a nose stands out, and how broad the rise is, millimetres."""

_FACE: Final = np.zeros((SIDE, SIDE), np.uint8)
_FACE[22:104, 20:92] = 255


class Turned(NamedTuple):
    """How a face moved between two samples, beyond shift, size and roll."""

    stretch: float
    """Of one direction against the other, 0 for none."""
    turn: float
    """Radians by which something with the relief of a face has turned."""
    residual: float
    """Median distance of points from where this puts them, pixels."""


def unexplained(samples: Sequence[Sample]) -> float:
    """The largest stretch between two of three samples that no turning of a head explains; at most 0 for none.

    Of more than three, the first, the middle and the last are looked at.
    """
    chosen = samples if len(samples) <= 3 else [samples[0], samples[len(samples) // 2], samples[-1]]
    greys = [cv2.GaussianBlur(cv2.cvtColor(one.aligned, cv2.COLOR_RGB2GRAY), (0, 0), 1.0) for one in chosen]
    motions = [turned(one, other) for one, other in itertools.combinations(greys, 2)]
    flat = [m.stretch - EXPLAINS * m.turn for m in motions if m is not None and m.residual < RESIDUAL]
    return max(0.0, *flat) if flat else 0.0


def turned(one: NDArray[Any], other: NDArray[Any]) -> Turned | None:
    """The motion between two (112, 112) uint8 grey aligned samples; None where too little can be followed."""
    found = _followed(one, other)
    if found is None:
        return None
    before, after = found
    relief = depth(before)
    model = np.column_stack([np.ones(len(before)), before - SIDE / 2, relief - relief.mean()])
    weights = np.ones((len(before), 1))
    # Outliers count less from round to round (Huber, 1964).
    for _ in range(ROUNDS):
        fitted, _, rank, _ = np.linalg.lstsq(model * weights, after * weights, rcond=None)
        away = np.linalg.norm(after - model @ fitted, axis=1)
        weights = np.sqrt(1 / np.maximum(1, away / (1.5 * (np.median(away) / 0.83 + 1e-3))))[:, None]
    long, short = np.linalg.svd(fitted[1:3], compute_uv=False)
    if rank < 4 or short < 0.5:
        return None
    return Turned(float(long / short - 1), float(np.linalg.norm(fitted[3])), float(np.median(away)))


def depth(points: Points) -> NDArray[np.float64]:
    """How far a face stands out at points of an aligned sample, (n,) in its pixels."""
    millimetres = (points - TEMPLATE.mean(axis=0)) / MILLIMETRE
    skull = HEAD[2] * np.sqrt(np.clip(1 - ((millimetres / HEAD[:2]) ** 2).sum(axis=1), 0, None))
    tip = (points - TEMPLATE[2]) / MILLIMETRE
    nose = NOSE[0] * np.exp(-(tip**2).sum(axis=1) / (2 * NOSE[1] ** 2))
    raised: NDArray[np.float64] = (skull + nose) * MILLIMETRE
    return raised


def _followed(one: NDArray[Any], other: NDArray[Any]) -> tuple[Points, Points] | None:
    """(n, 2) points of one sample, and where they are in the other."""
    corners = cv2.goodFeaturesToTrack(one, CORNERS, 0.005, 5, mask=_FACE)
    if corners is None or len(corners) < ENOUGH:
        return None
    there, seen = _flow(one, other, corners)
    back, again = _flow(other, one, there)
    agreed = np.linalg.norm((back - corners).reshape(-1, 2), axis=1) < AGREED
    sure = agreed & seen & again
    if np.count_nonzero(sure) < ENOUGH:
        return None
    return corners.reshape(-1, 2)[sure].astype(np.float64), there.reshape(-1, 2)[sure].astype(np.float64)


def _flow(one: NDArray[Any], other: NDArray[Any], points: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Where (n, 1, 2) float32 points have gone, and whether they could be followed."""
    there, seen, _ = cv2.calcOpticalFlowPyrLK(
        one, other, points, np.empty_like(points), winSize=(15, 15), maxLevel=2, criteria=(3, 20, 0.01),
        minEigThreshold=1e-3,
    )  # fmt: skip
    return there, seen.ravel() > 0

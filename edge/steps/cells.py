"""A picture as a coarse grid of numbers: how much edge lies in each cell, across and down, and how much fine detail.

It is what the lens is judged by, and all that is ever kept of a view. A cell's number is the mean of the squared
gradient over some 27 x 26 pixels of a picture 640 wide: light itself is not in it, nor where within the cell an edge
lies. Whose face it was cannot be told from it: people need at least some 16 cells of light across a face (Harmon and
Julesz, Science 180, 1973; Bachmann, Eur. J. Cogn. Psychol. 3, 1991); here one that fills the picture from top to bottom
has some ten, of edges only. A test puts faces through it, and recognises nobody in what comes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.capture import Plane
from edge.steps import noise

ROWS: Final = 14
COLUMNS: Final = 24
WIDTH: Final = 640
"""Pictures are measured at this width, pixels."""
BRIGHT: Final = 225
"""Luma from which on a pixel is taken for washed out: limited range ends at 235, and lenses and coders round."""
_SHOWN: Final = 0.6
"""A cell of which less lies within the zone says nothing."""
_PATCH: Final = 8
_COARSER: Final = 4
_NOISE: Final = 0.3
"""Mean square of the fine detail that a sensor gives to an empty wall."""
_GRAIN: Final = 2.0
"""Deviation, levels of luma: a sensor whose noise is stronger is turned up for the dark. What is above this is no
detail, or it would be missed at dawn."""
_EDGE: Final = np.ones((7, 7), np.uint8)

Grid = NDArray[np.float32]
_Numbers: TypeAlias = NDArray[np.floating[Any] | np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """One look. Grids are (14, 24)."""

    across: Grid = field(repr=False)
    """Mean squared gradient from left to right, of the picture without its fine detail."""
    down: Grid = field(repr=False)
    """The same from top to bottom."""
    fine: Grid = field(repr=False)
    """Mean square of the fine detail."""
    broad: Grid = field(repr=False)
    """Mean squared gradient of what is left without the finer edges too."""
    shown: NDArray[np.bool_] = field(repr=False)
    """Which cells lie within the zone."""
    bright: float
    """Which share of the zone is washed out."""


def measure(luma: Plane, hidden: Plane) -> Cells:
    """``luma`` and ``hidden`` (not 0 outside the zone) are (H, W) uint8. Neither is kept or changed."""
    height, width = luma.shape
    size = WIDTH, max(2, round(height * WIDTH / width))
    picture, outside = luma, hidden
    if width != WIDTH:
        picture, outside = (cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (luma, hidden))  # type: ignore[assignment]
    # A zone's edge is the sharpest line in the picture, and says nothing.
    inner = cv2.erode((outside == 0).astype(np.uint8), _EDGE, borderValue=1).astype(np.float32)
    share = _grid(inner)
    exact: Grid = picture.astype(np.float32)
    soft = cv2.GaussianBlur(exact, (0, 0), noise.SOFT).astype(np.float32, copy=False)
    right, down = _gradients(soft)
    some = np.maximum(share, np.float32(1e-6))

    def mean_square(plane: _Numbers) -> Grid:
        return np.divide(_grid(np.square(plane) * inner), some, dtype=np.float32)

    seen = float(inner.sum())
    bright = float(inner[picture >= BRIGHT].sum()) / seen if seen else 0.0
    grain = np.float32(noise.SURE * noise.IN_FINE * max(0.0, noise.variance(exact, inner) - _GRAIN**2))
    fine = np.maximum(_fine(exact - soft, inner) - grain, np.float32(_NOISE))
    return Cells(mean_square(right), mean_square(down), fine, _broad(soft, inner), share > _SHOWN, bright)


def typical(looks: Sequence[Cells]) -> Cells:
    """What several looks have in common, cell by cell: whoever walks through is in no cell for half of the time.

    Raises ValueError for none.
    """
    if not looks:
        raise ValueError("nothing was looked at")
    across, down, fine, broad = (
        np.median([getattr(look, name) for look in looks], axis=0).astype(np.float32)
        for name in ("across", "down", "fine", "broad")
    )
    shown = np.logical_and.reduce([look.shown for look in looks])
    return Cells(across, down, fine, broad, shown, float(np.median([look.bright for look in looks])))


def _gradients(plane: _Numbers) -> tuple[Grid, Grid]:
    right, down = (cv2.Sobel(plane, cv2.CV_32F, *turn, ksize=1) for turn in ((1, 0), (0, 1)))
    return right.astype(np.float32, copy=False), down.astype(np.float32, copy=False)


def _broad(soft: Grid, inner: Grid) -> Grid:
    """Of the picture at a quarter of its width, blurred once more: a blur of the lens takes the finer edges first."""
    size = soft.shape[1] // _COARSER, max(1, soft.shape[0] // _COARSER)
    small = cv2.GaussianBlur(cv2.resize(soft, size, interpolation=cv2.INTER_AREA), (0, 0), noise.SOFT)
    within = cv2.resize(inner, size, interpolation=cv2.INTER_AREA)
    right, down = _gradients(small)
    power = (np.square(right) + np.square(down)) * within
    return (_grid(power) / np.maximum(_grid(within), np.float32(1e-6))).astype(np.float32)


def _fine(detail: Grid, inner: Grid) -> Grid:
    """The geometric mean over patches of 8 x 8 pixels: one without detail counts, however much its neighbours have."""
    size = detail.shape[1] // _PATCH, max(1, detail.shape[0] // _PATCH)
    patches = cv2.resize(np.square(detail), size, interpolation=cv2.INTER_AREA) + np.float32(_NOISE)
    within = cv2.resize(inner, size, interpolation=cv2.INTER_AREA)
    return np.exp(_grid(np.log(patches) * within) / np.maximum(_grid(within), np.float32(1e-6))).astype(np.float32)


def _grid(plane: _Numbers) -> Grid:
    return cv2.resize(plane, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)

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
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.steps import glance, noise
from edge.steps.glance import Glance
from edge.steps.noise import Values

ROWS: Final = 14
COLUMNS: Final = 24
BRIGHT: Final = 225
"""Luma from which on a pixel is taken for washed out: limited range ends at 235, and lenses and coders round."""
_SHOWN: Final = 0.6
"""A cell of which less lies within the zone says nothing."""
_NOISE: Final = 0.3
"""Mean square of the fine detail that a sensor gives to an empty wall."""
_GRAIN: Final = 2.0
"""Deviation, levels of luma: a sensor whose noise is stronger is turned up for the dark. What is above this is no
detail, or it would be missed at dawn."""

Grid = NDArray[np.float32]


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


def measure(seen: Glance) -> Cells:
    """What a grid says of it."""
    inner = seen.shown.near
    share = _grid(inner)
    some = np.maximum(share, np.float32(1e-6))

    def mean_square(plane: Values) -> Grid:
        plane *= plane
        plane *= inner
        return np.divide(_grid(plane), some, dtype=np.float32)

    right, down = _gradients(seen.soft)
    lit = int(seen.light.sum())
    bright = float(seen.light[BRIGHT:].sum()) / lit if lit else 0.0
    grain = np.float32(noise.SURE * noise.IN_FINE * max(0.0, seen.grain - _GRAIN**2))
    fine = np.maximum(_fine(seen.detail, seen.shown.eighth) - grain, np.float32(_NOISE))
    broad = _broad(seen.soft, seen.shown.quarter)
    return Cells(mean_square(right), mean_square(down), fine, broad, share > _SHOWN, bright)


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


def _gradients(plane: Values) -> tuple[Values, Values]:
    right, down = (cv2.Sobel(plane, cv2.CV_32F, *turn, ksize=1) for turn in ((1, 0), (0, 1)))
    return right.astype(np.float32, copy=False), down.astype(np.float32, copy=False)


def _broad(soft: Values, within: Values) -> Grid:
    """Of the picture at a quarter of its width, blurred once more: a blur of the lens takes the finer edges first."""
    small = cv2.GaussianBlur(glance.smaller(soft, 4), (0, 0), noise.SOFT).astype(np.float32, copy=False)
    right, down = _gradients(small)
    power = (np.square(right) + np.square(down)) * within
    return (_grid(power) / np.maximum(_grid(within), np.float32(1e-6))).astype(np.float32)


def _fine(detail: Values, share: Values) -> Grid:
    """The geometric mean over blocks of 8 x 8 pixels: one without detail counts, however much its neighbours have."""
    found = np.log(glance.smaller(np.square(detail), 8) + np.float32(_NOISE)) * share
    return np.exp(_grid(found) / np.maximum(_grid(share), np.float32(1e-6))).astype(np.float32)


def _grid(plane: Values) -> Grid:
    return noise.averaged(plane, (COLUMNS, ROWS))

"""A view as a mosaic in which nobody can be told: 16 x 9 cells, of light alone, each one of eight levels.

People need some 16 cells across a face to tell whose it is (Harmon and Julesz, Science 180, 1973; Bachmann, Eur. J.
Cogn. Psychol. 3, 1991). Here a face that is as high as the whole picture has seven, and one that is a quarter as high,
which is somebody two metres away, not two. The product's own embedder was shown enlarged mosaics of faces, with the
true landmarks: one that is half as high as the picture, or less, is ranked among others' as chance has it. With 32 x 18
cells a face as high as the picture was found first in 27 to 43 of 100, which is why there are fewer.

Many mosaics of one face could together show more than one of them does: from how each cell changes while the face moves
by less than a cell. So a cell keeps its level until it has changed by more than a whole one. What a movement within a
cell changes is mostly less, and leaves nothing to put together. How often there is a mosaic at all is bounded besides
(``safeguards.preview``).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.domain.capture import Plane
from edge.steps import noise

COLUMNS: Final = 16
ROWS: Final = 9
LEVELS: Final = 8
_KEEPS: Final = 1.0
"""Levels from the middle of its own that a cell may be off and keep it."""
_BLACK: Final = 16
_WHITE: Final = 235
"""Luma of BT.601, limited range."""

Levels = NDArray[np.uint8]
"""(9, 16): 0 is black, 7 white."""


def of(luma: Plane, before: Levels | None = None) -> Levels:
    """The mosaic of (H, W) uint8 luma. ``before`` is the one that was shown last, if there is one."""
    means = noise.averaged(luma.astype(np.float32), (COLUMNS, ROWS))
    shares = (np.clip(means, _BLACK, _WHITE) - _BLACK) * (LEVELS / (_WHITE - _BLACK))
    fresh = np.minimum(np.floor(shares), LEVELS - 1).astype(np.uint8)
    if before is None:
        return np.asarray(fresh, np.uint8)
    return np.asarray(np.where(np.abs(shares - before - 0.5) <= _KEEPS, before, fresh), np.uint8)

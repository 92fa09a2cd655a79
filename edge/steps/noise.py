"""How much noise a sensor has put over a picture, and what of it lies in the band that is called fine detail.

By the mask of Immerkaer (Comput. Vis. Image Underst. 64, 1996), to which structure hardly answers, in the quieter
quarter of the picture: noise is the same all over it, and detail is not. A camera that smooths makes it measure too
low, one that sharpens too high.
"""

from __future__ import annotations

import functools
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

SOFT: Final = 1.5
"""Deviation, pixels, of the blur that takes fine detail away."""
IN_FINE: Final = 1 - 1 / (np.pi * SOFT**2) + 1 / (4 * np.pi * SOFT**2)
"""Which share of the power of white noise that blur takes away."""
SURE: Final = 0.9
"""So much of what is measured may be taken out: it is not exact, and dusk is no blur."""
_MASK: Final = np.array((1, -2, 1), np.float32) / np.sqrt(np.float32(6))
"""Across and down: answers to white noise with its own deviation."""
_QUIETER: Final = 25
"""Percentile of the patches."""
_PATCH: Final = 32
"""Pixels: fewer, and the quieter ones are so by chance."""

Values = NDArray[np.float32]


def variance(exact: Values, inner: Values) -> float:
    """Of the picture (h, w) where ``inner`` is 1, not 0; 0 where that is next to nowhere."""
    size = max(1, exact.shape[1] // _PATCH), max(1, exact.shape[0] // _PATCH)
    answer: Values = cv2.sepFilter2D(exact, cv2.CV_32F, _MASK, _MASK).astype(np.float32, copy=False)
    answer *= answer
    answer *= inner
    patches, share = averaged(answer, size), averaged(inner, size)
    most = share > 0.5
    return float(np.percentile(patches[most] / share[most], _QUIETER)) if most.any() else 0.0


def averaged(plane: Values, size: tuple[int, int]) -> Values:
    """By area, to so many columns and rows, far fewer than there are pixels.

    Sums come first and are divided last: whole numbers in whole cells give the same wherever in a cell they lie.
    """
    height, width = plane.shape
    sums = _covered(height, size[1]) @ plane @ _covered(width, size[0]).T
    return np.asarray(sums * np.float32(size[0] * size[1] / (height * width)), np.float32)


@functools.lru_cache(maxsize=16)
def _covered(pixels: int, cells: int) -> Values:
    """(cells, pixels): how much of each pixel lies in each cell, along one side."""
    edges = np.linspace(0, pixels, cells + 1)
    begins, ends = (np.clip(edge[:, None] - np.arange(pixels), 0, 1) for edge in (edges[:-1], edges[1:]))
    return (ends - begins).astype(np.float32)

"""How much noise a sensor has put over a picture, and what of it lies in the band that is called fine detail.

By the mask of Immerkaer (Comput. Vis. Image Underst. 64, 1996), to which structure hardly answers, in the quieter
quarter of the picture: noise is the same all over it, and detail is not. A camera that smooths makes it measure too
low, one that sharpens too high.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

SOFT: Final = 1.5
"""Deviation, pixels, of the blur that takes fine detail away."""
IN_FINE: Final = 1 - 1 / (np.pi * SOFT**2) + 1 / (4 * np.pi * SOFT**2)
"""Which share of the power of white noise that blur takes away."""
SURE: Final = 0.9
"""So much of what is measured may be taken out: it is not exact, and dusk is no blur."""
_MASK: Final = np.array(((1, -2, 1), (-2, 4, -2), (1, -2, 1)), np.float32) / 6
"""Answers to white noise with its own deviation."""
_QUIETER: Final = 25
"""Percentile of the patches."""
_PATCH: Final = 32
"""Pixels: fewer, and the quieter ones are so by chance."""


def variance(exact: NDArray[np.floating[Any]], inner: NDArray[np.floating[Any]]) -> float:
    """Of the picture (H, W) where ``inner`` is 1, not 0; 0 where that is next to nowhere."""
    size = max(1, exact.shape[1] // _PATCH), max(1, exact.shape[0] // _PATCH)
    power = np.square(cv2.filter2D(exact, cv2.CV_32F, _MASK)) * inner
    patches, share = (cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (power, inner))
    most = share > 0.5
    return float(np.percentile(patches[most] / share[most], _QUIETER)) if most.any() else 0.0

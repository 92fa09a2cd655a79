"""Whether the capture device sees anything: from how light and how detailed the zone is, and from nothing else.

Brightness is judged by the 5th and 95th percentile of luma. Detail is judged in two bands of the picture at a common
width: *coarse*, what a Gaussian of 1.5 pixels leaves and one of 6 takes away, and *fine*, what one of 1.5 takes away.
Natural pictures have about as much of the one as of the other (their spectrum falls as 1/f: Field, J. Opt. Soc. Am. A
4, 1987); blur takes the fine band first. Measured on three street and room clips: fine/coarse 0.42-0.51 as they are,
0.18-0.19 with a blur of 2 pixels, 0.12-0.14 with one of 4; coarse 4.6-14 as they are, 0.5-1.4 behind a veil that leaves
a tenth of the contrast.

A sensor's noise is fine detail too, and fills up what a blur took away: most of it (``noise``) is taken out of both
bands. A sharp picture's ratio stays as it was: on those clips to 0.003, and where all of the picture is texture to a
fifth.

What this cannot tell: a blur under more noise than what it left of the detail, or than two levels of luma; a slow drift
within the bounds; faces that are too small or turned away. A seeded accuracy test can.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.steps import glance, noise
from edge.steps.glance import Glance
from edge.steps.noise import Values


class Fault(enum.Enum):
    """What is wrong with the view."""

    DARK = "dark"
    """Night without light, a cap, a hand."""
    GLARING = "glaring"
    """The sun or a lamp in the lens."""
    EMPTY = "empty"
    """Paint, frost, dense fog, a sheet of paper: light, and nothing in it."""
    BLURRED = "blurred"
    """Out of focus, grease, drops."""


@dataclass(frozen=True, slots=True)
class Seeing:
    """The bounds. Luma of BT.601, limited range: black is 16, white 235."""

    dark: float = 32
    """The 95th percentile lies below."""
    glaring: float = 200
    """The 5th percentile lies above."""
    empty: float = 1.5
    """Standard deviation of the coarse band lies below,"""
    light: float = 64
    """or, where the 95th percentile lies less than this above black, as much less than that: at dusk nothing stands out
    by much."""
    blurred: float = 0.25
    """Fine over coarse lies below."""
    least: float = 0.01
    """Of the picture must be left of the zone, away from its edges, to be judged by its detail."""


@dataclass(frozen=True, slots=True)
class View:
    """What was measured: four numbers, out of which no picture can be made."""

    low: float
    """5th percentile of luma."""
    high: float
    """95th percentile."""
    coarse: float
    """Deviation, of what is no noise."""
    fine: float
    detailed: bool
    """Whether there was enough of the zone to judge detail."""


_FINE, _COARSE = noise.SOFT, 6.0
_HALF = 0.25
"""Variance, pixels, that the mean of two by two adds to a blur."""
_IN_COARSE = (1 / (_FINE**2 + _HALF) + 1 / (_COARSE**2 + _HALF) - 4 / (_FINE**2 + _COARSE**2 + 2 * _HALF)) / (4 * np.pi)
"""Which share of white noise's power that band holds."""
_BROADER = math.sqrt(_COARSE**2 - _FINE**2) / 2
"""Deviation, pixels of the picture at half its size, by which what is left of the one band becomes the other's."""
_MOST = 2.0
"""Deviation, levels of luma: no more is taken out, for noise that a camera has sharpened measures too high."""
_BLACK = 16


def measure(seen: Glance, settings: Seeing) -> View:
    """What four numbers say of it."""
    shown = seen.shown
    if not seen.light.any():
        return View(0, 0, 0, 0, detailed=False)
    low, high = (_percentile(seen.light, share) for share in (0.05, 0.95))
    if shown.deep.mean() < settings.least:
        return View(low, high, 0, 0, detailed=False)
    grain = min(noise.SURE * seen.grain, _MOST**2)
    finer = glance.smaller(seen.soft, 2)
    coarser = cv2.GaussianBlur(finer, (0, 0), _BROADER)
    coarse = _without(_variance(finer - coarser, shown.half), grain * _IN_COARSE)
    return View(low, high, coarse, _without(_variance(seen.detail, shown.deep), grain * noise.IN_FINE), detailed=True)


def _percentile(light: NDArray[np.int64], share: float) -> float:
    """Between the two nearest of all pixels, of which ``light`` (256,) counts how many have which luma."""
    before = light.cumsum()
    place = share * (int(before[-1]) - 1)
    lower, upper = (int(np.searchsorted(before, rank, side="right")) for rank in (int(place), math.ceil(place)))
    return lower + (upper - lower) * (place - int(place))


def _variance(band: Values, weight: Values) -> float:
    """Of a band, where the weight is."""
    weighted = band * weight
    total = float(weight.sum())
    return float(np.vdot(weighted, band)) / total - (float(weighted.sum()) / total) ** 2


def _without(power: float, grain: float) -> float:
    return math.sqrt(max(0.0, power - grain))


def fault(view: View, settings: Seeing) -> Fault | None:
    """What is wrong with it, the plainest first."""
    if view.high < settings.dark:
        return Fault.DARK
    if view.low > settings.glaring:
        return Fault.GLARING
    if not view.detailed:
        return None
    if view.coarse < settings.empty * min(1.0, (view.high - _BLACK) / settings.light):
        return Fault.EMPTY
    return Fault.BLURRED if view.fine < settings.blurred * view.coarse else None

"""How well a sample can be compared: one number in 0..1.

It estimates the probability that the sample, compared with another picture of the same person, scores above the
threshold of an FMR of 1e-4. Blur, noise, flat light, clipped light and the detector's doubt each cost something, by a
logistic model that was fitted to degraded pictures (``lamppost discard`` shows on any pictures how well it predicts).
Turning and nodding, of which those pictures have little, count by the geometry of the landmarks. ISO/IEC 29794-5 names
the same factors. Size has no term of its own: a small face is a blurred one once it is aligned.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Face, Landmarks

_FACE: Final = np.s_[20:100, 20:92]
"""The part of an aligned sample that is face."""
_SPREADS: Final = (1.0, 1.73, 1.73, 1.73)
"""Standard deviations, pixels of the resolution at hand, that add up to 1, 2, 4 and 8 pixels of the sample."""
_OFFSET: Final = 0.5
"""Added to band strengths (grey levels), so that the logarithm of nothing is a number."""


class Fault(enum.Enum):
    """What lowers the quality of a sample, pose apart."""

    BLUR = enum.auto()
    NOISE = enum.auto()
    FLAT = enum.auto()
    CLIPPED = enum.auto()
    DOUBT = enum.auto()


@dataclass(frozen=True, slots=True)
class Grading:
    """The model: log-odds of a sample without fault, and what each fault takes from them."""

    faultless: float = 4.37
    sharp: float = -0.6
    """Fine structure (1-2 pixels) against coarse (4-8 pixels), natural logarithm, of a sharp face."""
    blur: float = 6.82
    clean: float = 0.1
    """Finest structure (below 1 pixel) against fine, natural logarithm, of a clean picture at most."""
    noise: float = 4.05
    contrasty: float = 2.6
    """Natural logarithm of the coarse structure, grey levels, of a well lit face."""
    flat: float = 0.93
    clipped: float = 2.4
    """For the share of black and white pixels."""
    sure: float = 7.0
    """Log-odds of the detector's score for a face without doubt."""
    doubt: float = 1.43
    frontal: float = 0.45
    """Nose offset from the middle of the eyes, in half eye distances, up to which turning does no harm."""
    turned: float = 1.5
    """Offset at which a face is in profile."""
    level: float = 0.54
    """Where the nose tip lies between eyes (0) and mouth (1) of a face that looks straight ahead."""
    nodding: float = 0.16
    """Deviation from it that does no harm."""
    nodded: float = 0.55
    """Deviation at which nothing can be compared."""


def of(face: Face, aligned: NDArray[np.uint8], settings: Grading) -> float:
    """Quality of a sample, 0..1. ``aligned`` is (112, 112, 3) uint8 RGB."""
    odds = settings.faultless - sum(costs(face, aligned, settings).values())
    return pose(face.landmarks, settings) * _logistic(odds)


def promise(face: Face, settings: Grading) -> float:
    """What the quality of a face could be at best, 0..1, before any pixel is converted."""
    return pose(face.landmarks, settings) * _logistic(settings.faultless)


def pose(landmarks: Landmarks, settings: Grading) -> float:
    """1 for a frontal face, 0 for a profile or worse.

    ``landmarks`` is (5, 2) float32. Yaw shows as the nose's offset along the line of the eyes, pitch as its place
    between eyes and mouth.
    """
    points = landmarks.astype(np.float64)
    if not np.isfinite(points).all():
        return 0.0
    right, left, nose = points[:3]
    eyes, between = (right + left) / 2, left - right
    down = (points[3] + points[4]) / 2 - eyes
    apart, length = float(np.hypot(*between)), float(np.hypot(*down))
    if apart < 1.0 or length < 1.0:
        return 0.0
    yaw = abs(float(np.dot(nose - eyes, between))) / apart / (apart / 2)
    pitch = abs(float(np.dot(nose - eyes, down)) / length**2 - settings.level)
    return _harmless(yaw, settings.frontal, settings.turned) * _harmless(pitch, settings.nodding, settings.nodded)


def costs(face: Face, aligned: NDArray[np.uint8], settings: Grading) -> dict[Fault, float]:
    """What each fault takes from the log-odds, 0 or more."""
    grey = cv2.cvtColor(aligned, cv2.COLOR_RGB2GRAY)[_FACE]
    luma = grey.astype(np.float32)
    finest, fine, _, coarse = (math.log(strength + _OFFSET) for strength in _bands(luma))
    extremes = float(np.count_nonzero((grey < 12) | (grey > 243))) / grey.size
    return {
        Fault.BLUR: settings.blur * max(0.0, settings.sharp - (fine - coarse)),
        Fault.NOISE: settings.noise * max(0.0, finest - fine - settings.clean),
        Fault.FLAT: settings.flat * max(0.0, settings.contrasty - coarse),
        Fault.CLIPPED: settings.clipped * extremes,
        Fault.DOUBT: _doubt(face.score, settings),
    }


def _bands(luma: NDArray[np.float32]) -> list[float]:
    """Strength (standard deviation, grey levels) of the structure below 1, and of 1-2, 2-4 and 4-8 pixels.

    Differences of Gaussians; what is smooth already is carried on at half the resolution, which changes little and
    costs a quarter (Burt and Adelson, 1983).
    """
    strengths: list[float] = []
    finer: NDArray[Any] = luma
    for spread in _SPREADS:
        coarser = cv2.GaussianBlur(finer, (0, 0), spread)
        strengths.append(float(cv2.norm(finer, coarser)) / math.sqrt(finer.size))
        finer = coarser if len(strengths) == 1 else coarser[::2, ::2]
    return strengths


def _doubt(score: float, settings: Grading) -> float:
    certain = min(max(score, 0.01), 1.0)
    return settings.doubt * max(0.0, settings.sure - math.log(certain / (1.001 - certain)))


def _harmless(value: float, free: float, useless: float) -> float:
    """1 up to ``free``, falling to 0 at ``useless``."""
    return float(min(1.0, max(0.0, (useless - value) / (useless - free))))


def _logistic(odds: float) -> float:
    return 1 / (1 + math.exp(-min(max(odds, -60.0), 60.0)))

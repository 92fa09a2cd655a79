"""How well a sample can be compared: one number in 0..1.

Five cheap measures, each 1 where it does no harm: size, sharpness, exposure, pose and the detector's score. The
product of them falls where any of them is bad, as comparison does (ISO/IEC 29794-5 names the same factors).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Face, Landmarks


@dataclass(frozen=True, slots=True)
class Grading:
    """From which value on each measure does no harm, and at which it makes a sample useless."""

    full_size: float = 90.0
    """Face height in pixels of the main stream."""
    least_size: float = 24.0
    full_sharpness: float = 60.0
    """Variance of the Laplacian of the aligned luma."""
    dark: float = 40.0
    bright: float = 215.0
    """Mean luma of the aligned face outside which exposure is poor."""
    turned: float = 1.6
    """Nose offset from the middle of the eyes, in half eye distances, at which a face is in profile."""
    frontal: float = 0.3
    """Offset up to which turning does no harm."""


def geometry(face: Face, settings: Grading) -> float:
    """Quality as far as box, landmarks and score tell, 0..1: what can be known before any pixel is converted."""
    size = _ramp(face.box.height, settings.least_size, settings.full_size)
    return size * pose(face.landmarks, settings) * face.score


def pose(landmarks: Landmarks, settings: Grading) -> float:
    """1 for a frontal face, 0 for a profile or worse.

    ``landmarks`` is (5, 2) float32. Yaw shows as the nose's offset along the line of the eyes.
    """
    right, left, nose = (landmarks[index].astype(np.float64) for index in range(3))
    between = left - right
    apart = float(np.hypot(between[0], between[1]))
    if apart < 1.0:
        return 0.0
    along = float(np.dot(nose - (left + right) / 2, between)) / apart
    offset: float = abs(along) / (apart / 2)
    return _ramp(settings.turned - offset, 0.0, settings.turned - settings.frontal)


def appearance(aligned: NDArray[np.uint8], settings: Grading) -> float:
    """Quality as far as the pixels tell, 0..1. ``aligned`` is (112, 112, 3) uint8 RGB."""
    luma = cv2.cvtColor(aligned, cv2.COLOR_RGB2GRAY)
    middle = luma[20:100, 20:92]
    sharpness = float(cv2.Laplacian(middle, cv2.CV_32F).var())
    mean = float(middle.mean())
    exposure = min(_ramp(mean, 0.0, settings.dark), _ramp(255.0 - mean, 0.0, 255.0 - settings.bright))
    return math.sqrt(_ramp(sharpness, 0.0, settings.full_sharpness)) * exposure


def _ramp(value: float, low: float, high: float) -> float:
    return float(min(1.0, max(0.0, (value - low) / (high - low))))

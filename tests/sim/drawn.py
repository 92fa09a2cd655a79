"""Drawn people, for tests that need neither models nor photographs."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import default_rng

from edge.domain.face import Box, Face
from hardware_sim.planes import Image

PUPIL = (30, 60, 230)
"""The colour of drawn eyes, found nowhere else in the street."""


def drawn_face(number: int) -> tuple[Image, Face]:
    """A drawn head with bright blue eyes, 300 x 300, and its landmarks."""
    rng = default_rng(number)
    image = np.full((300, 300, 3), (120, 150, 120), np.uint8)
    skin = (200, 160, 135)
    hair = tuple(int(value) for value in rng.integers(20, 90, 3))
    cv2.ellipse(image, (150, 140), (78, 100), 0, 0, 360, hair, -1)
    cv2.rectangle(image, (122, 200), (178, 290), skin, -1)
    cv2.ellipse(image, (150, 155), (58, 78), 0, 0, 360, skin, -1)
    landmarks = np.array([(126, 140), (174, 140), (150, 165), (132, 195), (168, 195)], np.float32)
    for x, y in ((126, 140), (174, 140)):
        cv2.circle(image, (x, y), 11, PUPIL, -1)
    cv2.line(image, (132, 195), (168, 195), (150, 60, 60), 5)
    return image, Face(Box(92.0, 77.0, 208.0, 233.0), landmarks, 1.0)

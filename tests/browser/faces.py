"""Drawn faces of nobody, one for each number, for references and for whoever has to tell them apart."""

from __future__ import annotations

import cv2
import numpy as np

SIDE = 320


def drawn(person: int) -> bytes:
    """A JPEG."""
    draw = np.random.default_rng(person)
    picture = np.full((SIDE, SIDE, 3), draw.integers(60, 140, 3), np.uint8)
    skin = tuple(int(c) for c in draw.integers(90, 220, 3))
    cv2.ellipse(picture, (160, 175), (int(draw.integers(78, 100)), 118), 0, 0, 360, skin, -1, cv2.LINE_AA)
    hair = tuple(int(c) for c in draw.integers(10, 90, 3))
    cv2.ellipse(picture, (160, 105), (104, int(draw.integers(48, 76))), 0, 180, 360, hair, -1, cv2.LINE_AA)
    apart = int(draw.integers(32, 46))
    for side in (-1, 1):
        cv2.circle(picture, (160 + side * apart, 160), 11, (245, 245, 245), -1, cv2.LINE_AA)
        cv2.circle(picture, (160 + side * apart, 160), 6, (30, 30, 30), -1, cv2.LINE_AA)
    cv2.ellipse(picture, (160, 238), (int(draw.integers(20, 40)), 9), 0, 0, 180, (60, 60, 130), 3, cv2.LINE_AA)
    cv2.line(picture, (160, 176), (150, 208), (70, 80, 110), 3, cv2.LINE_AA)
    done, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
    assert done
    return coded.tobytes()

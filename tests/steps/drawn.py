"""Instants, pictures and faces that the tests of the steps are about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np

from edge.domain.capture import Frame, Instant, Picture
from edge.domain.face import Box, Face
from edge.steps.align import TEMPLATE

START = Instant(datetime(2026, 6, 1, tzinfo=UTC), timedelta(hours=1))


def at(seconds: float) -> Instant:
    return START.later(timedelta(seconds=seconds))


def picture(seed: int = 0, width: int = 640, height: int = 360) -> Picture:
    rng = np.random.default_rng(seed)
    luma = cv2.GaussianBlur(rng.integers(16, 235, (height, width), dtype=np.uint8), (5, 5), 0)
    half = (height // 2, width // 2)
    return Picture(luma.astype(np.uint8), np.full(half, 120, np.uint8), np.full(half, 136, np.uint8))


def face(x: float = 200, y: float = 120, size: float = 90, score: float = 0.95) -> Face:
    return Face(Box(x, y, x + size, y + size), (TEMPLATE * size / 112 + np.array([x, y])).astype(np.float32), score)


def frame(seconds: float = 0, seed: int = 0) -> Frame:
    whole = picture(seed)
    return Frame(int(seconds * 100), at(seconds), whole, whole)

"""Pictures made worse, in known ways and by a drawn amount: what a street does to a face.

The amounts reach from hardly visible to beyond use, so that a quality has something to tell apart.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB."""


class Kind(StrEnum):
    """What was done to a picture."""

    BLUR = "blur"
    NOISE = "noise"
    COMPRESSION = "compression"
    SIZE = "small size"
    DARKNESS = "darkness"


def degraded(image: Image, kind: Kind, face_height: float, rng: Generator) -> Image:
    """The picture made worse, as large as it was. ``face_height`` is in its pixels."""
    return _WAYS[kind](image, face_height, rng)


def _blur(image: Image, face_height: float, rng: Generator) -> Image:
    """A standard deviation of 0.5 to 4 % of the face's height."""
    return _pixels(cv2.GaussianBlur(image, (0, 0), face_height * rng.uniform(0.005, 0.04)))


def _noise(image: Image, face_height: float, rng: Generator) -> Image:
    """Gaussian, 5 to 45 grey levels."""
    del face_height
    return _pixels(image + rng.standard_normal(image.shape, np.float32) * np.float32(rng.uniform(5, 45)))


def _compression(image: Image, face_height: float, rng: Generator) -> Image:
    """JPEG, quality 3 to 30."""
    del face_height
    _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(3, 31))])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def _size(image: Image, face_height: float, rng: Generator) -> Image:
    """A face 14 to 50 pixels high, enlarged again."""
    high, wide = image.shape[:2]
    scale = min(1.0, rng.uniform(14, 50) / face_height)
    small = cv2.resize(image, (max(2, round(wide * scale)), max(2, round(high * scale))), interpolation=cv2.INTER_AREA)
    return _pixels(cv2.resize(small, (wide, high), interpolation=cv2.INTER_CUBIC))


def _darkness(image: Image, face_height: float, rng: Generator) -> Image:
    """4 to 30 % of the light, evenly by ratio, and a sensor's 2 grey levels of noise."""
    del face_height
    light = np.float32(np.exp(rng.uniform(np.log(0.04), np.log(0.3))))
    return _pixels(image * light + rng.standard_normal(image.shape, np.float32) * np.float32(2))


def _pixels(image: NDArray[np.generic]) -> Image:
    return np.clip(np.rint(np.asarray(image, np.float32)), 0, 255).astype(np.uint8)


_WAYS: Final[dict[Kind, Callable[[Image, float, Generator], Image]]] = {
    Kind.BLUR: _blur,
    Kind.NOISE: _noise,
    Kind.COMPRESSION: _compression,
    Kind.SIZE: _size,
    Kind.DARKNESS: _darkness,
}

"""Pictures of people out of the registries' public-domain ones, and what is done to pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.adapters import pictures
from edge.adapters.tflite import Detector
from edge.settings import shared

Image = NDArray[np.uint8]


def portrait(name: str) -> Image:
    """A picture of one person."""
    image = pictures.read(shared("pictures") / name)
    assert image is not None
    return image


def strangers(detector: Detector, name: str) -> list[Image]:
    """Each person of a group picture, cropped so that nobody else is seen whole."""
    group = portrait(name)
    found = sorted(detector.detect_rgb(group), key=lambda face: face.box.left)
    crops = []
    for face in found:
        (x, y), reach = face.box.centre, face.box.height * 0.75
        if face.score > 0.9 and face.box.height > 60:
            top, left = max(0, int(y - reach)), max(0, int(x - reach))
            crops.append(np.ascontiguousarray(group[top : int(y + reach), left : int(x + reach)]))
    return crops


def keep(path: Path, image: Image) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image[..., ::-1])
    return path


def squeezed(image: Image) -> Image:
    """As good as another picture of the same person: the face is as narrow as no alignment makes it again."""
    return cv2.resize(image, None, fx=0.8, fy=1.0).astype(np.uint8)


def halved(image: Image) -> Image:
    return cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.uint8)


def blurred(image: Image, spread: float = 3.0) -> Image:
    return cv2.GaussianBlur(image, (0, 0), spread).astype(np.uint8)


def mirrored(image: Image) -> Image:
    return np.ascontiguousarray(image[:, ::-1])


def recompressed(image: Image, quality: int = 40) -> Image:
    _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    again = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    assert again is not None
    return again.astype(np.uint8)

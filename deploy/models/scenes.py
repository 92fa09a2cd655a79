"""Pictures that look like the work ahead: street-like frames for the detector, aligned faces for the extractor.

All are made from a few dozen faces in freely licensed pictures, with a seed, so that two builds see the same pixels.
They set the ranges of int8 numbers; nothing is trained on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Face
from edge.steps.align import SIDE, aligned_rgb

Image = NDArray[np.uint8]
Canvas = NDArray[np.float32]

SMALLEST: Final = 16.0
LARGEST: Final = 200.0
"""Heights of pasted face boxes, pixels of the frame."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture and the faces in it."""

    name: str
    image: Image = field(repr=False)
    """(H, W, 3) uint8 BGR."""
    faces: tuple[Face, ...]


def frames(photographs: Sequence[Photograph], count: int, height: int, width: int, seed: int) -> Iterator[Image]:
    """Street-like frames, (height, width, 3) uint8 BGR: faces of all sizes on mixed grounds, in all sorts of light."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        frame = _ground(photographs, height, width, random)
        for _ in range(int(random.integers(1, 10))):
            photograph = photographs[int(random.integers(len(photographs)))]
            face = photograph.faces[int(random.integers(len(photograph.faces)))]
            _paste(frame, photograph.image, face, random)
        yield _weathered(frame, random)


def crops(photographs: Sequence[Photograph], each: int, seed: int) -> Iterator[Image]:
    """Aligned faces, (112, 112, 3) uint8 RGB: every face ``each`` times, the first time unchanged."""
    random = np.random.default_rng(seed)
    for photograph in photographs:
        image = np.ascontiguousarray(photograph.image[:, :, ::-1])
        for face in photograph.faces:
            yield aligned_rgb(image, face.landmarks)
            for _ in range(each - 1):
                yield _varied(image, face, random)


def _ground(photographs: Sequence[Photograph], height: int, width: int, random: np.random.Generator) -> Canvas:
    """A background: part of a photograph (whose own faces are welcome), or soft colours; with posters and doors."""
    if random.random() < 0.5:
        image = photographs[int(random.integers(len(photographs)))].image
        high, wide = (int(side * random.uniform(0.3, 1.0)) for side in image.shape[:2])
        top, left = int(random.integers(image.shape[0] - high + 1)), int(random.integers(image.shape[1] - wide + 1))
        ground = cv2.resize(image[top : top + high, left : left + wide], (width, height), interpolation=cv2.INTER_AREA)
        ground = ground[:, :: int(random.choice([-1, 1]))]
    else:
        coarse = random.uniform(0, 255, (int(random.integers(2, 8)), int(random.integers(2, 12)), 3))
        ground = cv2.resize(coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    canvas: Canvas = np.ascontiguousarray(ground, dtype=np.float32)
    for _ in range(int(random.integers(0, 20))):
        corner = random.uniform(0, 1, 2) * (width, height)
        extent = random.uniform(4, 200, 2)
        colour = random.uniform(0, 255, 3)
        thickness = -1 if random.random() < 0.6 else int(random.integers(1, 8))
        end = corner + extent
        cv2.rectangle(canvas, corner.astype(int).tolist(), end.astype(int).tolist(), colour.tolist(), thickness)
    return canvas


def _paste(frame: Canvas, image: Image, face: Face, random: np.random.Generator) -> None:
    """Put a face with its surroundings on the frame, soft at the edges."""
    height, width = frame.shape[:2]
    box = face.box
    # As many small faces as large ones per octave: distance is what varies in a street.
    scale = float(np.exp(random.uniform(np.log(SMALLEST), np.log(LARGEST)))) / box.height
    margin = box.height * random.uniform(0.5, 1.0)
    left, top = max(0, int(box.left - margin)), max(0, int(box.top - margin))
    right, bottom = int(box.right + margin), int(box.bottom + margin)
    part = image[top:bottom, left:right]
    patch = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    high, wide = patch.shape[:2]
    if high < 4 or wide < 4 or high >= height or wide >= width:
        return
    patch = patch[:, :: int(random.choice([-1, 1]))].astype(np.float32)
    patch = ((patch - 128) * random.uniform(0.7, 1.1) + 128) * random.uniform(0.5, 1.3)
    edge = max(1, min(high, wide) // 12)
    mask = np.zeros((high, wide, 1), np.float32)
    mask[edge:-edge, edge:-edge] = 1
    mask = cv2.GaussianBlur(mask, (0, 0), edge * 0.6)[..., None]
    y, x = int(random.integers(height - high)), int(random.integers(width - wide))
    under = frame[y : y + high, x : x + wide]
    under += (patch - under) * mask


def _weathered(frame: Canvas, random: np.random.Generator) -> Image:
    """Blur, light, noise and compression, each now and then."""
    blurred = cv2.GaussianBlur(frame, (0, 0), random.uniform(0.3, 1.5)) if random.random() < 0.4 else frame
    noisy = blurred * random.uniform(0.5, 1.2) + random.normal(0, random.uniform(0, 6), frame.shape)
    image = np.clip(noisy, 0, 255).astype(np.uint8)
    return _compressed(image, random) if random.random() < 0.5 else image


def _varied(image: Image, face: Face, random: np.random.Generator) -> Image:
    """One aligned face with small errors of the landmarks, a flip, other light, blur, noise or compression."""
    spread = face.box.height * 0.01
    crop: NDArray[Any] = aligned_rgb(image, (face.landmarks + random.normal(0, spread, (5, 2))).astype(np.float32))
    small = random.uniform(0.3, 1.0)
    if random.random() < 0.4:
        crop = cv2.resize(crop, None, fx=small, fy=small, interpolation=cv2.INTER_AREA)
        crop = cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    flipped = crop[:, :: int(random.choice([-1, 1]))].astype(np.float32)
    lit = ((flipped - 128) * random.uniform(0.7, 1.1) + 128) * random.uniform(0.5, 1.3)
    noisy = lit + random.normal(0, random.uniform(0, 5), lit.shape)
    varied = np.clip(noisy, 0, 255).astype(np.uint8)
    return _compressed(varied, random) if random.random() < 0.5 else varied


def _compressed(image: Image, random: np.random.Generator) -> Image:
    _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(50, 95))])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)

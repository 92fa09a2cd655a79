"""Frames to measure on: faces from public pictures, pasted into a street of noise.

Nothing is proved about accuracy here; the pictures only give the models and the frame path what they have to work on.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.adapters.pictures import SUFFIXES
from edge.domain.capture import Frame, Instant, Picture
from edge.domain.errors import Misconfigured
from edge.domain.face import Face
from edge.measure.acquire import Detects, decode

Image = NDArray[np.uint8]

WIDTH: Final = 1920
HEIGHT: Final = 1080
SMALL: Final = (640, 360)
SIZES: Final = (70.0, 120.0)
"""Face heights, pixels of the main stream, from the smallest to the largest."""
MOST: Final = 10
_ACROSS: Final = 5
_AROUND: Final = 1.0
"""How much of its surroundings a face keeps on each side of its middle, in face heights."""
_LEAST: Final = 100.0
_SURE: Final = 0.95
_TALL: Final = 62.0
"""Above the least height of a sample, as the detector measures it."""


class Finds(Detects, Protocol):
    """The product's detector, on stills and on frames."""

    def detect(self, frame: Frame) -> list[Face]:
        """Faces of a frame, best first."""
        ...

    def refine(self, frame: Frame, face: Face) -> Face | None:
        """The same face, found again on a close-up."""
        ...


def faces_of(folder: Path, detector: Finds) -> list[Image]:
    """Up to ten large, clear faces with their surroundings, (S, S, 3) uint8 RGB.

    The middle of each is its face, whose height is half its side. Raises Misconfigured where there are none.
    """
    cut: list[Image] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.suffix.lower() in SUFFIXES:
            image = decode(path.name, path.read_bytes())
            for face in detector.detect_rgb(image):
                around = _cut(image, detector.refine_rgb(image, face) or face)
                if around is not None and len(cut) < MOST and _is_found(around, detector):
                    cut.append(around)
    if not cut:
        raise Misconfigured(
            f"No clear face of at least {_LEAST:.0f} pixels was found in {folder}.",
            "Name a folder of pictures with --pictures, such as the one that set-up leaves beside the models.",
        )
    return cut


def street(faces: Sequence[Image], count: int, sizes: tuple[float, float] = SIZES) -> tuple[Picture, Picture]:
    """A 1080p frame with ``count`` faces, 0 to 10, as planes; and its low-resolution stream."""
    if not 0 <= count <= MOST or (count and not faces):
        raise ValueError(f"{count} faces cannot be laid out")
    canvas = _background().copy()
    for number in range(count):
        height = sizes[0] + (sizes[1] - sizes[0]) * (number / (count - 1) if count > 1 else 0.5)
        side = round(2 * _AROUND * height)
        face = cv2.resize(faces[number % len(faces)], (side, side), interpolation=cv2.INTER_AREA)
        left = WIDTH * (2 * (number % _ACROSS) + 1) // (2 * _ACROSS) - side // 2
        top = HEIGHT * (2 * (number // _ACROSS) + 1) // (2 * (MOST // _ACROSS)) - side // 2
        canvas[top : top + side, left : left + side] = face
    small = cv2.resize(canvas, SMALL, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return planes(canvas), planes(small)


def planes(image: Image) -> Picture:
    """An (H, W, 3) uint8 RGB picture with even sides as planar YUV 4:2:0."""
    high, wide = image.shape[:2]
    flat = cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420).astype(np.uint8, copy=False).reshape(-1)
    luma, quarter, half = high * wide, high * wide // 4, (high // 2, wide // 2)
    return Picture(
        flat[:luma].reshape(high, wide),
        flat[luma : luma + quarter].reshape(half),
        flat[luma + quarter :].reshape(half),
    )


def _cut(image: Image, face: Face) -> Image | None:
    (x, y), reach = face.box.centre, face.box.height * _AROUND
    left, top, right, bottom = (round(edge) for edge in (x - reach, y - reach, x + reach, y + reach))
    inside = left >= 0 and top >= 0 and right <= image.shape[1] and bottom <= image.shape[0]
    return (
        image[top:bottom, left:right].copy() if inside and face.box.height >= _LEAST and face.score >= _SURE else None
    )


def _is_found(face: Image, detector: Finds) -> bool:
    """Whether it can be sampled even where it is pasted at the smallest size."""
    main, small = street([face], 1, (SIZES[0], SIZES[0]))
    frame = Frame(1, Instant(datetime.now(UTC), timedelta(0)), main, small)
    found = detector.detect(frame)
    again = detector.refine(frame, found[0]) if found else None
    return again is not None and again.score >= _SURE and found[0].box.height >= _TALL


@functools.cache
def _background() -> Image:
    """Soft blotches and grain: nothing that looks like a face, and nothing that compresses to one colour."""
    draw = np.random.default_rng(1)
    coarse = draw.uniform(70, 150, (HEIGHT // 60, WIDTH // 60, 3)).astype(np.float32)
    soft = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.clip(soft + draw.normal(0, 2, (HEIGHT, WIDTH, 1)), 0, 255).astype(np.uint8)

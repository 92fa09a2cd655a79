"""Planar YUV 4:2:0 (BT.601, limited range): conversion, and the buffers that a camera reuses."""

from __future__ import annotations

import sys
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.capture import Picture

Image = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB."""

BT601: Final = np.array(
    [
        (0.256788, 0.504129, 0.097906, 16.0),
        (-0.148223, -0.290993, 0.439216, 128.0),
        (0.439216, -0.367788, -0.071427, 128.0),
    ]
)
"""R, G, B, 1 to Y, U, V."""


def from_rgb(image: Image) -> Picture:
    """An (H, W, 3) uint8 RGB picture as planes; an odd last row or column is dropped."""
    height, width = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
    packed = cv2.cvtColor(np.ascontiguousarray(image[:height, :width]), cv2.COLOR_RGB2YUV_I420)
    return split(packed.astype(np.uint8, copy=False).reshape(-1), width, height)


def to_rgb(picture: Picture) -> Image:
    """Planes as an (H, W, 3) uint8 RGB picture."""
    packed = np.concatenate([picture.y.reshape(-1), picture.u.reshape(-1), picture.v.reshape(-1)])
    shaped = packed.reshape(picture.height * 3 // 2, picture.width)
    return cv2.cvtColor(shaped, cv2.COLOR_YUV2RGB_I420).astype(np.uint8, copy=False)


def yuv(image: Image) -> NDArray[np.uint8]:
    """An (H, W, 3) uint8 RGB picture as (H, W, 3) uint8 Y, U, V, all at full resolution."""
    return cv2.transform(image, BT601).astype(np.uint8, copy=False)


def yuv_colour(red: float, green: float, blue: float) -> tuple[int, int, int]:
    """One colour, 0..255 each, as Y, U, V."""
    y, u, v = BT601 @ np.array([red, green, blue, 1.0])
    return round(float(y)), round(float(u)), round(float(v))


def split(buffer: NDArray[np.uint8], width: int, height: int) -> Picture:
    """A flat I420 buffer of ``width * height * 3 / 2`` bytes as a picture of views."""
    luma, quarter = width * height, width * height // 4
    chroma = (height // 2, width // 2)
    return Picture(
        buffer[:luma].reshape(height, width),
        buffer[luma : luma + quarter].reshape(chroma),
        buffer[luma + quarter : luma + 2 * quarter].reshape(chroma),
    )


def smaller(picture: Picture, width: int, height: int) -> Picture:
    """The picture resized by area, plane by plane. Both sides must be even."""
    return Picture(
        cv2.resize(picture.y, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False),
        cv2.resize(picture.u, (width // 2, height // 2), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False),
        cv2.resize(picture.v, (width // 2, height // 2), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False),
    )


def copy_into(target: Picture, source: Picture) -> None:
    """Overwrite a picture with another of the same size."""
    np.copyto(target.y, source.y)
    np.copyto(target.u, source.u)
    np.copyto(target.v, source.v)


class Buffers:
    """A pool of picture buffers of one size.

    A buffer is reused only when nobody refers to a plane of it any more: not the frame, not the mailbox, not a
    slice that a consumer cut out. So pictures are never overwritten under a slow consumer; with a mailbox of one,
    four buffers come to exist (being drawn, waiting, being looked at, just given back). One thread may take buffers.
    """

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._buffers: list[NDArray[np.uint8]] = []
        # How many references CPython counts for a buffer that only the pool holds differs between versions: measure.
        self._unused = self._references([np.empty(1, np.uint8)], 0)

    def __len__(self) -> int:
        return len(self._buffers)

    def take(self) -> Picture:
        """A picture whose pixels are whatever was there before. A new buffer is made only where all are in use."""
        for index in range(len(self._buffers)):
            if self._references(self._buffers, index) <= self._unused:
                return split(self._buffers[index], self._width, self._height)
        self._buffers.append(np.empty(self._width * self._height * 3 // 2, np.uint8))
        return split(self._buffers[-1], self._width, self._height)

    @staticmethod
    def _references(buffers: list[NDArray[np.uint8]], index: int) -> int:
        return sys.getrefcount(buffers[index])

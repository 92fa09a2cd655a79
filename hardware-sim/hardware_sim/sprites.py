"""Pictures with a soft edge, and how they are laid over the planes of a frame."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.capture import Picture, Plane
from hardware_sim.planes import Image, yuv

Transform = NDArray[np.float64]
"""(2, 3): from the sprite's pixels to the frame's."""
Tile = NDArray[np.uint8]

SHRUNK: Final = 4
"""Versions of a sprite, each half the size of the one before, so that reducing one never skips pixels."""


class Patch(NamedTuple):
    """A rectangle of a frame, even on all four sides."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def luma(self) -> tuple[slice, slice]:
        """Index into the luma plane."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def chroma(self) -> tuple[slice, slice]:
        """Index into a chroma plane."""
        return slice(self.top // 2, self.bottom // 2), slice(self.left // 2, self.right // 2)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top

    def reduced(self, ratio: int) -> Patch:
        """The same in a picture that is so many times smaller, widened until it is even."""
        step = 2 * ratio
        left, top, right, bottom = self.left // step, self.top // step, -(-self.right // step), -(-self.bottom // step)
        return Patch(2 * left, 2 * top, 2 * right, 2 * bottom)

    def times(self, ratio: int) -> Patch:
        """The same in a picture that is so many times larger."""
        return Patch(*(side * ratio for side in self))


def patch(left: float, top: float, right: float, bottom: float, picture: Picture) -> Patch | None:
    """The even rectangle around four edges, clipped to the picture; None where nothing is left."""
    x, y = max(0, math.floor(left) // 2 * 2), max(0, math.floor(top) // 2 * 2)
    wide, high = min(picture.width, math.ceil(right / 2) * 2), min(picture.height, math.ceil(bottom / 2) * 2)
    return Patch(x, y, wide, high) if wide > x and high > y else None


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A picture with an alpha channel in several sizes: (H, W, 4) uint8 Y, U, V and alpha 0..128."""

    levels: tuple[Tile, ...] = field(repr=False)

    @staticmethod
    def of(image: Image, alpha: NDArray[np.uint8]) -> Sprite:
        """From (H, W, 3) uint8 RGB and (H, W) uint8 alpha, 255 opaque."""
        return Sprite.stacked(np.dstack([yuv(image), ((alpha.astype(np.uint16) * 128 + 127) // 255).astype(np.uint8)]))

    @staticmethod
    def stacked(level: Tile) -> Sprite:
        """From (H, W, 4) uint8 Y, U, V and alpha 0..128."""
        levels = [level]
        for _ in range(SHRUNK - 1):
            high, wide = max(1, level.shape[0] // 2), max(1, level.shape[1] // 2)
            level = cv2.resize(level, (wide, high), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
            levels.append(level)
        return Sprite(tuple(levels))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the largest version, pixels."""
        return int(self.levels[0].shape[1]), int(self.levels[0].shape[0])

    def extent(self, transform: Transform) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of where it would lie in the frame."""
        wide, high = self.size
        corners = np.array([(0, 0), (wide, 0), (0, high), (wide, high)]) @ transform[:, :2].T + transform[:, 2]
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def warped(self, transform: Transform, where: Patch) -> Tile:
        """The part of it that covers a patch of the frame, (h, w, 4) uint8."""
        scale = math.sqrt(abs(float(np.linalg.det(transform[:, :2]))))
        step = min(len(self.levels) - 1, max(0, math.floor(-math.log2(max(scale, 1e-6)))))
        level = self.levels[step]
        local = transform.copy()
        local[:, 0] *= self.levels[0].shape[1] / level.shape[1]
        local[:, 1] *= self.levels[0].shape[0] / level.shape[0]
        local[:, 2] -= (where.left, where.top)
        # Pixels count from their middle, not from their edge.
        local[:, 2] += local[:, :2] @ np.array([0.5, 0.5]) - 0.5
        return cv2.warpAffine(level, local, where.size, flags=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def lay(
    picture: Picture,
    sprite: Sprite,
    transform: Transform,
    grain: NDArray[np.int8] | None = None,
    blur: tuple[int, int] = (1, 1),
    *,
    soft: float = 0.0,
    tone: NDArray[np.uint8] | None = None,
) -> Patch | None:
    """Lay a sprite over the picture; returns where, or None where it lies outside.

    ``grain`` is a (h, w) int8 plane at least as large as the picture: noise of at most 16 grey levels. ``blur`` is the
    length of motion blur across and down, pixels, ``soft`` the standard deviation of the lens's. ``tone`` is a
    (1, 256, 4) uint8 table from the sprite's Y, U, V and alpha to those that are laid.
    """
    left, top, right, bottom = sprite.extent(transform)
    wide = 3 * soft + blur[0] / 2 if soft > 0.2 or blur != (1, 1) else 0.0
    high = 3 * soft + blur[1] / 2 if wide else 0.0
    where = patch(left - wide, top - high, right + wide, bottom + high, picture)
    if where is None:
        return None
    tile = sprite.warped(transform, where)
    if blur != (1, 1):
        tile = cv2.blur(tile, blur, borderType=cv2.BORDER_REPLICATE).astype(np.uint8, copy=False)
    if soft > 0.2:
        tile = cv2.GaussianBlur(tile, (0, 0), soft, borderType=cv2.BORDER_REPLICATE).astype(np.uint8, copy=False)
    if tone is not None:
        tile = cv2.LUT(tile, tone).astype(np.uint8, copy=False)
    half = cv2.resize(tile, (where.size[0] // 2, where.size[1] // 2), interpolation=cv2.INTER_AREA)
    luma = tile[..., 0].astype(np.int16)
    if grain is not None:
        luma += grain[where.luma]
    blend(picture.y[where.luma], luma, tile[..., 3])
    blend(picture.u[where.chroma], half[..., 1].astype(np.int16), half[..., 3].astype(np.uint8, copy=False))
    blend(picture.v[where.chroma], half[..., 2].astype(np.int16), half[..., 3].astype(np.uint8, copy=False))
    return where


def blend(target: Plane, colour: NDArray[np.int16], alpha: Tile) -> None:
    """Mix a plane with a colour (0..255) in place: alpha 0 leaves it, 128 replaces it. ``colour`` is used up."""
    colour -= target
    colour *= alpha
    colour += 64
    colour >>= 7
    colour += target
    target[...] = colour

"""Rain in the air, water on the ground, drops on the glass."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from edge.domain.capture import Picture
from hardware_sim.planes import Image, split
from hardware_sim.sprites import Patch, blend, patch
from hardware_sim.street import FRONTS, KERB
from hardware_sim.view import View

FALL: Final = 7.5
"""Metres a second at which a drop falls."""
SLANT: Final = 0.12
"""By how much the wind has it fall aside."""
LAYERS: Final = ((2.2, 0.30), (4.5, 0.40), (9.0, 0.30))
"""Distances at which drops are drawn, metres, and their shares of all."""
STREAKS: Final = 75
"""In the picture, for each millimetre an hour to the power of 0.7: more rain has larger drops."""
LOOSE: Final = 384
"""How far the streaks may be shifted, pixels: each frame shows others."""
WET: Final = 0.2
"""Millimetres an hour from which on the ground is wet."""


def streaks(view: View, rate: float, exposure: float, rng: Generator) -> NDArray[np.uint8]:
    """(H + 384, W + 384) uint8 that is added to the luma plane: drops as the exposure draws them out."""
    high, wide = view.height + LOOSE, view.width + LOOSE
    canvas = np.zeros((high, wide), np.uint8)
    for distance, share in LAYERS:
        scale = view.focal / distance
        long = FALL * exposure * scale
        count = round(STREAKS * rate**0.7 * share * (high * wide) / (view.height * view.width))
        layer = np.zeros_like(canvas)
        thick = max(1, round(scale * 0.0016))
        # The longer it is drawn out, the fainter it is.
        light = 120 * min(1.0, (14 / max(long, 1)) ** 0.5)
        for x, y, tone in rng.uniform((0, -long, 0.3), (wide, high, 1), (count, 3)):
            end = (int(x + long * SLANT), int(y + long))
            cv2.line(layer, (int(x), int(y)), end, float(light * tone), thick, cv2.LINE_AA)
        soft = cv2.GaussianBlur(layer, (0, 0), 0.6 + 2.2 / distance)
        canvas = cv2.add(canvas, soft).astype(np.uint8, copy=False)
    return canvas


def wetted(image: Image, view: View) -> Image:
    """The street after rain: the ground darker, and what stands behind it mirrored in it, (H, W, 3) uint8 RGB."""
    first = min(view.height - 2, max(2, round(view.project(0, 0, FRONTS).y)))
    wet = image.astype(np.float32)
    ground = wet[first:]
    rows = first - (np.arange(view.height - first) * 0.9).astype(int)
    rows = np.where(rows < 0, np.abs(rows) % max(1, first), rows)
    mirrored = cv2.GaussianBlur(wet[np.clip(rows, 0, view.height - 1)], (0, 0), sigmaX=5, sigmaY=16)
    # The flatter one looks, the more is mirrored.
    away = np.arange(view.height - first, dtype=np.float32)
    share = 0.12 + 0.3 * np.exp(-away / (0.25 * view.height))
    puddles = cv2.resize(
        np.random.default_rng(3).standard_normal((9, 14), np.float32), (view.width, view.height - first)
    )
    share = np.clip(share[:, None] * (1 + 0.6 * puddles), 0, 0.7)[..., None]
    wet[first:] = ground * 0.68 * (1 - share) + mirrored * share
    return np.clip(wet, 0, 255).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Drop:
    """One on the glass: what is behind it stands on its head, and blurred."""

    where: Patch
    cover: NDArray[np.uint8]
    """(h, w) uint8, 0..128."""
    sigma: float

    @staticmethod
    def drawn(view: View, rng: Generator) -> Drop | None:
        """Draw one; None where it lies outside."""
        radius = float(rng.uniform(0.008, 0.032)) * view.width
        x, y = float(rng.uniform(0, view.width)), float(rng.uniform(0, view.height))
        tall = radius * float(rng.uniform(1.0, 1.3))
        blank = split(np.empty(view.width * view.height * 3 // 2, np.uint8), view.width, view.height)
        where = patch(x - radius, y - tall, x + radius, y + tall, blank)
        if where is None or min(where.size) < 8:
            return None
        rows = (np.arange(where.top, where.bottom) + 0.5 - y)[:, None] / tall
        columns = (np.arange(where.left, where.right) + 0.5 - x)[None, :] / radius
        cover = np.clip((1 - np.hypot(rows, columns)) / 0.45, 0, 1)
        return Drop(where, np.round(116 * cover).astype(np.uint8), radius * 0.28)

    def over(self, picture: Picture) -> None:
        """Look through it."""
        half = cv2.resize(self.cover, (self.where.size[0] // 2, self.where.size[1] // 2), interpolation=cv2.INTER_AREA)
        for plane, index, cover, part in (
            (picture.y, self.where.luma, self.cover, 1), (picture.u, self.where.chroma, half, 2),
            (picture.v, self.where.chroma, half, 2),
        ):  # fmt: skip
            area = plane[index]
            # As good as a wide Gaussian here, and thirty times as fast.
            coarse = [max(2, round(side * part / self.sigma / 1.6)) for side in area.shape[::-1]]
            small = cv2.resize(area[::-1], (coarse[0], coarse[1]), interpolation=cv2.INTER_AREA)
            seen = cv2.resize(small, area.shape[::-1], interpolation=cv2.INTER_CUBIC)
            blend(area, seen.astype(np.int16), cover.astype(np.uint8, copy=False))


def veil(rate: float) -> float:
    """Share of the picture's contrast that rain between here and there takes."""
    return 0.32 * (1 - math.exp(-rate / 30))


def ground_ends(view: View) -> float:
    """The row at which the pavement ends, pixels."""
    return view.project(0, 0, KERB).y

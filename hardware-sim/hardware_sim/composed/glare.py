"""Light that comes straight into the lens: the low sun, and headlights."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.capture import Picture
from hardware_sim.composed.sensor import Kept, flattened
from hardware_sim.composed.tables import Light
from hardware_sim.composed.vehicles import Car, halo
from hardware_sim.sprites import patch

STEPS: Final = 32
"""Strengths of the sun that are told apart."""
RADIUS: Final = 0.19
"""Of the sun's patch, shares of the width."""
VEIL: Final = 70.0
"""Grey level towards which the whole picture is flattened."""
FLAT: Final = 0.42
"""Share of the contrast that the full sun takes."""
BACKLIT: Final = 0.38
"""Share of the light that faces lose before it."""
RADII: Final = 12
"""Halos are drawn in steps of so many pixels."""


class Glare:
    """Draws it."""

    def __init__(self, light: Light) -> None:
        self._light = light
        self._suns: Kept[tuple[NDArray[np.uint8], NDArray[np.uint8]]] = Kept(2)
        self._halos: Kept[NDArray[np.uint8]] = Kept(24)

    def sun(self, picture: Picture, strength: float) -> None:
        """The low sun, 0..1, in place."""
        step = round(strength * STEPS)
        if step <= 0:
            return
        share = step / STEPS
        flattened(picture, FLAT * share, VEIL + 60 * share)
        light, pale = self._suns.of(step, lambda: self._patch(picture.width, picture.height, share))
        cv2.add(picture.y, light, dst=picture.y)
        for plane in (picture.u, picture.v):
            # Chroma goes to its middle as the patch burns out.
            off = plane.astype(np.int16) - np.int16(128)
            plane[...] = (128 + ((off * pale) >> 7)).astype(np.uint8)

    def lamps(self, picture: Picture, car: Car) -> None:
        """A car's, in place."""
        for x, y, radius in car.lamps:
            size = max(RADII, round(radius / RADII) * RADII)
            light = self._halos.of((size, round(car.strength * 8)), lambda size=size: self._halo(size, car.strength))  # type: ignore[misc]
            left, top = round(x) - size, round(y) - size
            where = patch(left, top, left + 2 * size, top + 2 * size, picture)
            if where is None:
                continue
            rows = slice(max(0, where.top - top), max(0, where.top - top) + where.size[1])
            columns = slice(max(0, where.left - left), max(0, where.left - left) + where.size[0])
            part = light[rows, columns]
            area = picture.y[where.top : where.top + part.shape[0], where.left : where.left + part.shape[1]]
            cv2.add(area, part, dst=area)

    @staticmethod
    def _halo(size: int, strength: float) -> NDArray[np.uint8]:
        return (halo(size) * np.float32(strength)).astype(np.uint8)

    def _patch(self, width: int, height: int, share: float) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """What is added to the luma, and (H/2, W/2) the share of chroma that is left, of 128."""
        rows, columns = np.indices((height, width), np.float32) / width
        x, y = self._light.sun[0], self._light.sun[1] * height / width
        light = 300 * share * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (RADIUS * (0.4 + 0.6 * share)) ** 2)
        half = cv2.resize(light, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        pale = (128 * np.clip(1 - half / 190, 0.05, 1)).astype(np.uint8)
        return np.clip(light, 0, 255).astype(np.uint8), pale

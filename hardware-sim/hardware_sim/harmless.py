"""What goes on before a lens with which nothing is wrong: light, weather, wind, and a bus that stops."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from edge.domain.capture import Plane

_BLACK, _WHITE = 16, 235
BUS: Final = 30.0
"""Seconds that it stands."""
ROUTE: Final = 150.0
"""Seconds from one bus to the next."""

Light = NDArray[np.float32]


class Course(StrEnum):
    """What happens while a scene is played. People and cars pass in all of them."""

    DAY = "day"
    DUSK = "dusk"
    """Within the time given the light falls to a twelfth, and the noise rises."""
    DAWN = "dawn"
    BUS = "bus"
    """One stops for half a minute, again and again, before a third to nearly all of the view."""
    HEADLIGHTS = "headlights"
    """Night, and cars whose lights shine into the lens for seconds."""
    CLOUDS = "clouds"
    """The light goes to a half and comes back, within seconds."""
    RAIN = "rain"
    SNOW = "snow"
    WIND = "wind"
    """The post sways by half a hundredth of the picture."""


class Happening:
    """One course, drawn from a seed."""

    def __init__(self, course: Course, rng: Generator, lasts: float) -> None:
        """``lasts`` seconds all in all."""
        self._course, self._rng, self._lasts = course, rng, lasts
        self._bus = rng.uniform((0.0, 0.35, 0.05), (0.1, 0.95, 0.35))
        self._begins = float(rng.uniform(40, ROUTE))
        self._lamps = rng.uniform((0.1, 0.3), (0.9, 0.8), (2, 2))
        self._amount = float(rng.uniform(0.3, 1.0))
        self._paint = float(rng.uniform(60, 190))

    def over(self, luma: Plane, seconds: float) -> Plane:
        """A frame at that moment, (H, W) uint8: a new one."""
        light = luma.astype(np.float32)
        match self._course:
            case Course.DUSK:
                light = self._dim(light, math.exp(math.log(1 / 12) * min(1.0, seconds / self._lasts)))
            case Course.DAWN:
                light = self._dim(light, math.exp(math.log(1 / 12) * max(0.0, 1 - seconds / self._lasts)))
            case Course.CLOUDS:
                light = self._dim(light, 0.75 + 0.25 * math.tanh(3 * math.sin(seconds / 4)))
            case Course.HEADLIGHTS:
                light = self._headlights(self._dim(light, 0.15), seconds)
            case Course.BUS:
                light = self._stopped(light, seconds)
            case Course.RAIN | Course.SNOW:
                light = self._falling(light)
            case Course.WIND:
                light = self._swayed(light)
            case Course.DAY:
                pass
        return np.clip(np.round(light), 0, _WHITE).astype(np.uint8)

    def _dim(self, light: Light, gain: float) -> Light:
        """Less light, and the noise of a sensor that is turned up for it."""
        noise = self._rng.standard_normal(light.shape, np.float32) * np.float32(1 + 3 * (1 - gain))
        return np.asarray(_BLACK + (light - _BLACK) * np.float32(gain) + noise, np.float32)

    def _headlights(self, light: Light, seconds: float) -> Light:
        rows, columns = np.indices(light.shape, np.float32) / light.shape[1]
        for number, (x, y) in enumerate(self._lamps):
            # Each comes nearer for four seconds out of eleven.
            phase = (seconds + 5.5 * number) % 11 / 4
            if phase < 1:
                size = 0.01 + 0.06 * phase
                for side in (-1, 1):
                    away = (columns - x - side * (0.02 + 0.08 * phase)) ** 2 + (rows - y * 0.56) ** 2
                    light = np.asarray(light + 260 * np.exp(-away / size**2), np.float32)
        return light

    def _stopped(self, light: Light, seconds: float) -> Light:
        if (seconds - self._begins) % ROUTE > BUS:
            return light
        height, width = light.shape
        left, long, top = self._bus
        rows, columns = (
            slice(int(top * height), int(0.95 * height)),
            slice(int(left * width), int((left + long) * width)),
        )
        light[rows, columns] = self._paint
        panes, tall = 5, (0.95 - top) * height
        for pane in range(panes):
            begin, end = (int((left + long * (pane + part) / panes) * width) for part in (0.08, 0.92))
            light[int(rows.start + 0.1 * tall) : int(rows.start + 0.5 * tall), begin:end] = 0.4 * self._paint
        return np.asarray(light + self._rng.standard_normal(light.shape, np.float32), np.float32)

    def _falling(self, light: Light) -> Light:
        flakes, snow = light.copy(), self._course is Course.SNOW
        height, width = light.shape
        for _ in range(int(self._amount * 500 * width / 640)):
            x, y = int(self._rng.integers(width)), int(self._rng.integers(height))
            if snow:
                cv2.circle(flakes, (x, y), int(self._rng.integers(1, 4)), 235.0, -1, cv2.LINE_AA)
            else:
                cv2.line(flakes, (x, y), (x + 2, y + int(self._rng.integers(8, 30))), 220.0, 1, cv2.LINE_AA)
        return np.asarray(0.4 * light + 0.6 * flakes, np.float32)

    def _swayed(self, light: Light) -> Light:
        height, width = light.shape
        right, down = self._rng.normal(0, 0.005, 2) * width
        turn = np.array([[1.0, 0.0, right], [0.0, 1.0, down]])
        return cv2.warpAffine(light, turn, (width, height), borderMode=cv2.BORDER_REFLECT).astype(
            np.float32, copy=False
        )

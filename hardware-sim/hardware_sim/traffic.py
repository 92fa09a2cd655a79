"""What else moves in the street, so that the picture is never still: a car now and then, the shade of a cloud."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from edge.domain.capture import Picture
from hardware_sim.sprites import Patch, Sprite, lay, patch
from hardware_sim.view import View

LANES: Final = (16.6, 14.9)
"""Metres from the pole: cars to the right drive on the far lane, cars to the left on the near one."""
METRE: Final = 160
"""Pixels per metre of a car's sprite."""
CAR: Final = (4.2, 1.5)
"""Length and height, metres."""
PAINT: Final = ((148, 40, 40), (210, 208, 202), (62, 66, 72), (52, 78, 112), (120, 126, 118), (186, 150, 70))


@dataclass(frozen=True, slots=True, eq=False)
class _Car:
    sprite: Sprite = field(repr=False)
    arrives: float
    """Seconds at which it is in the middle of the picture."""
    speed: float
    """Metres a second, positive to the right."""


class Traffic:
    """Everything that moves and is nobody."""

    def __init__(self, view: View, rng: Generator, cars: int = 5, every: float = 11.0) -> None:
        """Draw ``cars`` cars, one ``every`` so many seconds; they come round again in the same order."""
        self._view = view
        self._round = cars * every
        self._cars = [self._car(every * (number + float(rng.uniform(0.1, 0.9))), rng) for number in range(cars)]
        self._shade = _shade()
        self._drift = float(rng.uniform(0, math.tau))

    def draw(self, picture: Picture, seconds: float, grain: NDArray[np.int8]) -> list[Patch]:
        """Draw it all; returns where something changed."""
        changed = [self._darken(picture, seconds)]
        for car in self._cars:
            away = (seconds - car.arrives + self._round / 2) % self._round - self._round / 2
            spot = self._view.project(car.speed * away, 0.0, LANES[0] if car.speed > 0 else LANES[1])
            scale = spot.scale / METRE
            wide, high = car.sprite.size
            turn = np.array([[scale, 0.0, spot.x - scale * wide / 2], [0.0, scale, spot.y - scale * high * 0.93]])
            changed.append(lay(picture, car.sprite, turn, grain))
        return [each for each in changed if each is not None]

    def _darken(self, picture: Picture, seconds: float) -> Patch | None:
        """The shade of a cloud that drifts over the pavement."""
        high, wide = self._shade.shape
        x = picture.width * (0.5 + 0.45 * math.sin(seconds / 19 + self._drift)) - wide / 2
        y = picture.height * (0.72 + 0.06 * math.sin(seconds / 13)) - high / 2
        left, top = math.floor(x / 2) * 2, math.floor(y / 2) * 2
        where = patch(left, top, left + wide, top + high, picture)
        if where is not None:
            cut = self._shade[where.top - top : where.bottom - top, where.left - left : where.right - left]
            area = picture.y[where.luma]
            cv2.multiply(area, cut, dst=area, scale=1 / 255)
        return where

    @staticmethod
    def _car(arrives: float, rng: Generator) -> _Car:
        speed = float(rng.uniform(4.5, 7.0)) * float(rng.choice([-1.0, 1.0]))
        paint = PAINT[rng.integers(len(PAINT))]
        image, alpha = painted(paint)
        if speed < 0:
            image, alpha = np.ascontiguousarray(image[:, ::-1]), np.ascontiguousarray(alpha[:, ::-1])
        return _Car(Sprite.of(image, alpha), arrives, speed)


def _shade() -> NDArray[np.uint8]:
    """What is left of the light, (240, 900) uint8 of 255."""
    rows = np.linspace(-1, 1, 240)[:, None]
    columns = np.linspace(-1, 1, 900)[None, :]
    edge = np.clip(1 - rows**2 - columns**2, 0, 1)
    return np.round(255 * (1 - 0.16 * edge * edge * (3 - 2 * edge))).astype(np.uint8)


def painted(paint: tuple[int, int, int]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A car that drives to the right, from the side: (H, W, 3) uint8 RGB and (H, W) uint8 alpha."""
    wide, high = int((CAR[0] + 0.4) * METRE), int((CAR[1] + 0.2) * METRE)
    image = np.zeros((high, wide, 3), np.uint8)
    image[:] = paint
    alpha = np.zeros((high, wide), np.uint8)
    ground = CAR[1] + 0.08

    def fill(points: list[tuple[float, float]], colour: tuple[float, float, float]) -> None:
        """Points are metres from the rear, and up from the road."""
        outline = np.array([((x + 0.2) * METRE * 16, (ground - y) * METRE * 16) for x, y in points]).astype(np.int32)
        cv2.fillPoly(image, [outline], colour, cv2.LINE_AA, 4)
        cv2.fillPoly(alpha, [outline], 255, cv2.LINE_AA, 4)

    dark = (paint[0] * 0.7, paint[1] * 0.7, paint[2] * 0.7)
    body = [(0.02, 0.35), (0.0, 0.75), (0.1, 0.95), (0.75, 1.02), (3.0, 0.98), (3.9, 0.84), (4.18, 0.62), (4.2, 0.35)]
    fill(body, paint)
    fill([(0.25, 0.95), (0.75, 1.44), (2.1, 1.48), (2.55, 1.36), (3.12, 0.97)], paint)
    fill([(0.5, 1.0), (0.88, 1.36), (1.6, 1.4), (1.6, 0.99)], (52, 60, 66))
    fill([(1.7, 0.99), (1.7, 1.4), (2.1, 1.4), (2.45, 1.3), (2.88, 0.97)], (60, 68, 74))
    fill([(0.02, 0.35), (0.01, 0.5), (4.19, 0.5), (4.2, 0.35)], dark)
    fill([(4.0, 0.62), (4.0, 0.76), (4.12, 0.7), (4.17, 0.62)], (240, 236, 214))
    fill([(0.0, 0.66), (0.0, 0.82), (0.12, 0.82), (0.12, 0.66)], (150, 30, 28))
    for hub in (0.82, 3.32):
        for radius, colour in ((0.33, (26, 26, 28)), (0.19, (136, 138, 140)), (0.06, (70, 70, 72))):
            turn = np.linspace(0, math.tau, 36)
            fill([(hub + radius * math.cos(a), 0.33 + radius * math.sin(a)) for a in turn], colour)
    return image, alpha

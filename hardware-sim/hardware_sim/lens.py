"""What may be wrong with a lens or its mounting, laid over the pictures of any simulated camera."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from edge.domain.capture import Picture, Plane

WIDE: Final = 640
"""Lengths below are pixels of a picture so wide, and grow with it."""
NOISE: Final = 1.0
"""Deviation of the sensor's noise, which nothing before the lens takes away."""
_BLACK, _WHITE = 16, 235


class Lens(StrEnum):
    """What is on the lens, or became of the camera."""

    CLEAN = "clean"
    CAP = "cap"
    """A cap, a bag, a hand: next to no light."""
    PAINT = "paint"
    """Paint or paper: light, and nothing in it."""
    LAMP = "lamp"
    """A lamp right before it: nothing but light."""
    SUN = "sun"
    """The sun or a strong lamp in the picture: a large white patch, and a veil over the rest."""
    GREASE = "grease"
    """Smeared all over."""
    DEFOCUS = "defocus"
    """Screwed out of focus, by little."""
    DROPS = "drops"
    """Raindrops on the glass: what lies behind one is blurred."""
    TURNED = "turned"
    """Pushed a little to a side, and not quite upright any more."""
    AWAY = "away"
    """Turned so far that hardly anything of what it saw is left."""


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """One fault of one severity, the same in every frame."""

    lens: Lens
    light: float = 0.0
    blur: float = 0.0
    """Deviation, pixels."""
    turn: NDArray[np.float64] = field(default_factory=lambda: np.eye(2, 3))
    """(2, 3), in shares of the picture's width."""
    spots: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    """(n, 3): x, y and radius, shares of the width."""
    veil: float = 0.0

    def over(self, picture: Picture) -> Picture:
        """What the camera gives for it. The picture itself stays as it is."""
        match self.lens:
            case Lens.CLEAN:
                return picture
            case Lens.TURNED | Lens.AWAY:
                return Picture(*(self._turned(plane) for plane in (picture.y, picture.u, picture.v)))
            case _:
                luma = _noisy(self._seen(picture.y.astype(np.float32)))
                return Picture(luma, picture.u, picture.v)

    def _seen(self, luma: NDArray[np.float32]) -> NDArray[np.float32]:
        scale = luma.shape[1] / WIDE
        match self.lens:
            case Lens.CAP | Lens.PAINT | Lens.LAMP:
                return np.full_like(luma, self.light)
            case Lens.SUN:
                rows, columns = np.indices(luma.shape, np.float32) / luma.shape[1]
                x, y, radius = self.spots[0]
                glare = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / radius**2) * 320
                return np.asarray(luma * 0.9 + glare + self.veil, np.float32)
            case Lens.DROPS:
                soft = cv2.GaussianBlur(luma, (0, 0), self.blur * scale)
                wet = self._wet(luma.shape[1], luma.shape[0])
                return np.asarray(luma * (1 - wet) + soft * wet, np.float32)
            case _:
                return cv2.GaussianBlur(luma, (0, 0), self.blur * scale).astype(np.float32, copy=False)

    def _wet(self, width: int, height: int) -> NDArray[np.float32]:
        """Which share of every pixel lies behind a drop."""
        wet = np.zeros((height, width), np.float32)
        for x, y, radius in self.spots:
            cv2.circle(wet, (int(x * width), int(y * width)), max(1, int(radius * width)), 1.0, -1, cv2.LINE_AA)
        return cv2.GaussianBlur(wet, (0, 0), 2 * width / WIDE).astype(np.float32, copy=False)

    def _turned(self, plane: Plane) -> Plane:
        height, width = plane.shape
        turn = self.turn.copy()
        turn[:, 2] *= width
        return cv2.warpAffine(plane, turn, (width, height), borderMode=cv2.BORDER_REFLECT).astype(np.uint8, copy=False)


def drawn(lens: Lens, rng: Generator) -> Effect:
    """A fault of that kind, as bad as the draw has it."""
    match lens:
        case Lens.CAP:
            return Effect(lens, light=float(rng.uniform(_BLACK, 22)))
        case Lens.PAINT:
            return Effect(lens, light=float(rng.uniform(50, 180)))
        case Lens.LAMP:
            return Effect(lens, light=_WHITE)
        case Lens.SUN:
            spot = [[rng.uniform(0.2, 0.8), rng.uniform(0.05, 0.4), rng.uniform(0.25, 0.45)]]
            return Effect(lens, spots=np.array(spot), veil=float(rng.uniform(30, 90)))
        case Lens.GREASE:
            return Effect(lens, blur=float(rng.uniform(3, 8)))
        case Lens.DEFOCUS:
            return Effect(lens, blur=float(rng.uniform(1.2, 3)))
        case Lens.DROPS:
            drops = rng.uniform((0, 0, 0.025), (1, 0.56, 0.06), (int(rng.integers(15, 40)), 3))
            return Effect(lens, blur=6.0, spots=drops)
        case Lens.TURNED:
            angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.15)
            return Effect(lens, turn=_about(rng.uniform(-5, 5), away * np.cos(angle), away * np.sin(angle)))
        case Lens.AWAY:
            turn = _about(rng.uniform(-5, 5), rng.choice([-1, 1]) * rng.uniform(0.4, 0.5), rng.uniform(-0.2, 0.2))
            mirrored = np.array([[-1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
            return Effect(lens, turn=turn @ mirrored)
    return Effect(lens)


def _about(degrees: float, right: float, down: float) -> NDArray[np.float64]:
    """Turn about the middle, then shift; shares of the width."""
    turn: NDArray[np.float64] = np.asarray(cv2.getRotationMatrix2D((0.5, 0.28), degrees, 1.0), np.float64)
    turn[:, 2] += right, down
    return turn


def _noisy(luma: NDArray[np.float32]) -> Plane:
    return np.clip(np.round(luma + _noise(*luma.shape)), 0, _WHITE).astype(np.uint8)


@functools.lru_cache(maxsize=4)
def _noise(height: int, width: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).standard_normal((height, width), np.float32) * np.float32(NOISE)

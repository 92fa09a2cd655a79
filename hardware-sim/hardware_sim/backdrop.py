"""Streets full of things that are no faces, in good and bad light: what a detector has to put up with.

A street from the composer, now and then mirrored, with boards, discs, letters and wires laid over it; then darkness,
noise and compression as a cheap sensor gives them. All from a seed.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator

from hardware_sim.planes import Image
from hardware_sim.street import street
from hardware_sim.view import View

STREETS: Final = 6
"""Drawn once; each takes about a second."""
THINGS: Final = (5, 40)
"""How many things lie over a street."""
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

Colour = tuple[float, float, float]


class Weather(StrEnum):
    """In what state a frame reaches the detector."""

    PLAIN = "plain"
    DARK = "dark"
    """A sixth to a half of the light, with the noise that comes with it."""
    NOISY = "noisy"
    COMPRESSED = "compressed"
    """JPEG of quality 25 to 60."""
    BLURRED = "blurred"
    HARSH = "harsh"
    """All of it, mildly."""


class Backdrops:
    """Streets of one view, drawn once."""

    def __init__(self, view: View, rng: Generator, count: int = STREETS) -> None:
        self._empty = [street(view, rng) for _ in range(count)]

    def one(self, rng: Generator) -> Image:
        """A street with things on it, (H, W, 3) uint8 RGB, the caller's own."""
        drawn = self._empty[int(rng.integers(len(self._empty)))][:, :: int(rng.choice((-1, 1)))]
        canvas = np.array(drawn, np.uint8, order="C")
        for _ in range(int(rng.integers(*THINGS))):
            shape = THINGS_DRAWN[int(rng.integers(len(THINGS_DRAWN)))]
            red, green, blue = (float(part) for part in rng.uniform(0, 255, 3))
            shape(canvas, rng, (red, green, blue))
        return canvas


def weathered(image: Image, weather: Weather, rng: Generator) -> Image:
    """The frame as it arrives, (H, W, 3) uint8 RGB."""
    match weather:
        case Weather.PLAIN:
            return image
        case Weather.DARK:
            return _exposed(image, rng.uniform(0.16, 0.5), rng.uniform(2, 5), rng)
        case Weather.NOISY:
            return _exposed(image, 1.0, rng.uniform(8, 20), rng)
        case Weather.COMPRESSED:
            return _compressed(image, int(rng.integers(25, 60)))
        case Weather.BLURRED:
            return _blurred(image, rng.uniform(1.5, 4.0))
        case Weather.HARSH:
            soft = _blurred(image, rng.uniform(0.5, 2.5))
            return _compressed(
                _exposed(soft, rng.uniform(0.25, 0.8), rng.uniform(2, 8), rng), int(rng.integers(40, 80))
            )


def _exposed(image: Image, light: float, noise: float, rng: Generator) -> Image:
    """Less light, and noise of that deviation, which neighbouring pixels share a little as after demosaicing."""
    grain = cv2.GaussianBlur(rng.standard_normal(image.shape, np.float32), (0, 0), 0.6)
    lit = np.asarray(image * np.float32(light) + grain * np.float32(noise / grain.std()), np.float32)
    return np.clip(lit, 0, 255).astype(np.uint8)


def _blurred(image: Image, deviation: float) -> Image:
    return cv2.GaussianBlur(image, (0, 0), deviation).astype(np.uint8, copy=False)


def _compressed(image: Image, quality: int) -> Image:
    _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def _board(canvas: Image, rng: Generator, colour: Colour) -> None:
    left, top = _place(canvas, rng)
    wide, high = (int(side) for side in rng.integers(8, 300, 2))
    cv2.rectangle(canvas, (left, top), (left + wide, top + high), colour, _stroke(rng))


def _disc(canvas: Image, rng: Generator, colour: Colour) -> None:
    axes = int(rng.integers(6, 90)), int(rng.integers(6, 90))
    cv2.ellipse(canvas, _place(canvas, rng), axes, rng.uniform(0, 180), 0, 360, colour, _stroke(rng), cv2.LINE_AA)


def _sign(canvas: Image, rng: Generator, colour: Colour) -> None:
    text = "".join(LETTERS[int(index)] for index in rng.integers(0, len(LETTERS), int(rng.integers(2, 9))))
    font, size, thick = int(rng.integers(8)), rng.uniform(0.5, 4), int(rng.integers(1, 6))
    cv2.putText(canvas, text, _place(canvas, rng), font, size, colour, thick, cv2.LINE_AA)


def _wire(canvas: Image, rng: Generator, colour: Colour) -> None:
    cv2.line(canvas, _place(canvas, rng), _place(canvas, rng), colour, int(rng.integers(1, 12)), cv2.LINE_AA)


def _place(canvas: Image, rng: Generator) -> tuple[int, int]:
    return int(rng.integers(canvas.shape[1])), int(rng.integers(canvas.shape[0]))


def _stroke(rng: Generator) -> int:
    """Filled more often than not."""
    return -1 if rng.random() < 0.6 else int(rng.integers(1, 8))


THINGS_DRAWN: Final[tuple[Callable[[Image, Generator, Colour], None], ...]] = (_board, _disc, _sign, _wire)

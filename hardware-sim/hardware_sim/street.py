"""The street before which people walk: drawn once, from a seed, in the perspective of the view.

Pavement of slabs, kerb and road, a row of house fronts with windows and doors, a gap between two houses with the sky.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hardware_sim.planes import Image
from hardware_sim.view import View

Canvas = NDArray[np.float32]
Colour = tuple[float, float, float]

KERB: Final = 13.6
"""Metres from the pole to the road."""
FRONTS: Final = 18.0
"""Metres from the pole to the house fronts, on the far side of the road."""
SLAB: Final = 0.6
GAP: Final = (1.9, 4.3)
"""Between which x the houses leave a gap."""
FAR: Final = 90.0


def street(view: View, rng: Generator) -> Image:
    """The empty street as (H, W, 3) uint8 RGB."""
    canvas = np.zeros((view.height, view.width, 3), np.float32)
    _sky(canvas, view)
    _ground(canvas, view, rng)
    _far_houses(canvas, view, rng)
    edge = view.half_width(FRONTS) + 1
    _brick_house(canvas, view, -edge, GAP[0], rng)
    _plaster_house(canvas, view, GAP[1], edge, rng)
    _pole(canvas, view)
    _light(canvas, rng)
    soft = cv2.GaussianBlur(canvas, (0, 0), 0.8)
    return np.clip(soft, 0, 255).astype(np.uint8)


def _sky(canvas: Canvas, view: View) -> None:
    # Down to where the ground begins to be drawn: between the two nothing may be left black.
    low = min(view.height, max(1, int(view.project(0, 0, FAR).y) + 1))
    rows = np.linspace(0, 1, low, dtype=np.float32)[:, None, None]
    canvas[: len(rows)] = (1 - rows) * np.array((176, 200, 226), np.float32) + rows * np.array(
        (226, 230, 232), np.float32
    )


def _ground(canvas: Canvas, view: View, rng: Generator) -> None:
    """Pavement up to the kerb, then the road."""
    first = max(0, int(view.project(0, 0, FAR).y))
    rows = np.arange(first, view.height, dtype=np.float64)
    angle = view.tilt + np.arctan((rows + 0.5 - view.height / 2) / view.focal)
    z = view.raised / np.tan(np.maximum(angle, 1e-3))
    depth = z * np.cos(view.tilt) + view.raised * np.sin(view.tilt)
    x = (np.arange(view.width) + 0.5 - view.width / 2)[None, :] / view.focal * depth[:, None]
    grain = _grain(canvas.shape[:2], rng)[first:]
    tone = rng.normal(0, 5, (64, 64)).astype(np.float32)
    across = np.floor(z / SLAB).astype(int)
    along = np.floor(x / SLAB + 0.5 * (across % 2)[:, None]).astype(int)
    ground = 152 + tone[across[:, None] % 64, along % 64] + grain * 5
    ground -= 42 * _joints(x / SLAB + 0.5 * (across % 2)[:, None], depth[:, None] / view.focal / SLAB)
    ground -= 42 * _joints(z[:, None] / SLAB, np.abs(np.gradient(z))[:, None] / SLAB)
    road = 96 + grain * 7 + _patches(ground.shape, rng) * 6
    road += 58 * ((z > FRONTS)[:, None] & (np.abs(x - sum(GAP) / 2) > 1.3 + 0.08 * z[:, None]))
    road += 60 * ((z > FRONTS)[:, None] & (np.abs(x - sum(GAP) / 2) < 0.07) & (z % 6 < 3)[:, None])
    kerb = 184 + grain * 3
    beyond, stone = (z > KERB)[:, None], ((z > KERB - 0.22) & (z <= KERB))[:, None]
    luma = np.where(beyond, road, np.where(stone, kerb, ground + _patches(ground.shape, rng) * 7))
    luma += (205 - luma) * (1 - np.exp(-np.maximum(0, z - FRONTS) / 45))[:, None]
    luma -= 26 * np.exp(-np.maximum(0, FRONTS - z) / 0.5)[:, None] * (z < FRONTS)[:, None]
    tint = np.where(beyond[..., None], np.array((0.99, 1.0, 1.02)), np.array((1.02, 1.0, 0.96)))
    canvas[first:] = luma[..., None] * tint


def _joints(position: NDArray[np.float64], pixel: NDArray[np.float64]) -> NDArray[np.float64]:
    """How dark the joint of a row of slabs is, 0..1. ``pixel`` is what one pixel covers, in slabs."""
    away = np.abs(position - np.round(position))
    width = np.maximum(0.012, 0.6 * pixel)
    return np.exp(-((away / width) ** 2)) * np.minimum(1.0, 0.02 / width)


def _far_houses(canvas: Canvas, view: View, rng: Generator) -> None:
    """What is seen through the gap: pale, because far."""
    left = -14.0
    while left < 18.0:
        wide, high = rng.uniform(4, 8), rng.uniform(4.5, 6.2)
        shade = rng.uniform(170, 205)
        _panel(canvas, view, (left, 0, left + wide, high), FAR, (shade, shade * 0.99, shade * 0.97))
        for level in (1.0, 2.9):
            for x in np.arange(left + 0.8, left + wide - 1.2, 1.9):
                _panel(canvas, view, (x, level, x + 0.9, level + 1.3), FAR, (shade - 38, shade - 32, shade - 26))
        left += wide


def _brick_house(canvas: Canvas, view: View, left: float, right: float, rng: Generator) -> None:
    top, bottom, x0, x1 = _panel(canvas, view, (left, 0, right, 9), FRONTS, (150, 96, 78))
    scale = view.project(0, 1, FRONTS).scale
    rows, columns = np.mgrid[top:bottom, x0:x1].astype(np.float32)
    course = np.floor((bottom - rows) / (0.085 * scale)).astype(int)
    place = columns / (0.25 * scale) + 0.5 * (course % 2)
    tone = rng.normal(0, 9, (64, 64)).astype(np.float32)
    bricks = tone[course % 64, np.floor(place).astype(int) % 64]
    mortar = _joints(place, np.float64(1 / (0.25 * scale)) * np.ones_like(place))
    mortar = np.maximum(mortar, _joints((bottom - rows) / (0.085 * scale), np.full(rows.shape, 1 / (0.085 * scale))))
    canvas[top:bottom, x0:x1] += (bricks + mortar * 95)[..., None]
    _shop(canvas, view, right - 4.6, 3.6, (58, 84, 74), rng)
    _door(canvas, view, right - 6.1, (62, 66, 84))
    _shop(canvas, view, left + 0.6, right - 7.2 - left, (74, 62, 56), rng)


def _plaster_house(canvas: Canvas, view: View, left: float, right: float, rng: Generator) -> None:
    top, bottom, x0, x1 = _panel(canvas, view, (left, 0, right, 9), FRONTS, (205, 197, 178))
    canvas[top:bottom, x0:x1] += _patches((bottom - top, x1 - x0), rng)[..., None] * 5
    _panel(canvas, view, (left, 0, right, 0.55), FRONTS, (150, 144, 134))
    _door(canvas, view, left + 0.5, (104, 58, 50))
    _shop(canvas, view, left + 1.9, right - left - 2.3, (60, 68, 92), rng)


def _shop(canvas: Canvas, view: View, left: float, wide: float, frame: Colour, rng: Generator) -> None:
    """A shop window with a sign board and an awning, dark inside, with soft reflections."""
    _panel(canvas, view, (left - 0.1, 0.45, left + wide + 0.1, 2.55), FRONTS, frame)
    panes = max(1, round(wide / 1.5))
    for number in range(panes):
        x = left + number * wide / panes
        top, bottom, x0, x1 = _panel(
            canvas, view, (x + 0.04, 0.55, x + wide / panes - 0.04, 2.45), FRONTS, (74, 82, 88)
        )
        glass = _patches((bottom - top, x1 - x0), rng)[..., None] * 16
        slope = np.linspace(26, -10, bottom - top, dtype=np.float32)[:, None, None]
        canvas[top:bottom, x0:x1] += glass + slope
        for _ in range(3):
            x_in, wide_in = x + rng.uniform(0.15, 0.9), rng.uniform(0.15, 0.35)
            colour = (rng.uniform(90, 160), rng.uniform(80, 130), rng.uniform(70, 130))
            _panel(
                canvas,
                view,
                (x_in, 0.6, min(x_in + wide_in, x + wide / panes - 0.08), rng.uniform(0.9, 1.5)),
                FRONTS,
                colour,
            )
    _panel(
        canvas,
        view,
        (left - 0.1, 2.6, left + wide + 0.1, 3.05),
        FRONTS,
        (frame[0] * 0.8, frame[1] * 0.8, frame[2] * 0.8),
    )
    stripe = 0.3
    for number in range(int(wide / stripe)):
        colour = (188.0, 182.0, 170.0) if number % 2 else (frame[0] + 44, frame[1] + 30, frame[2] + 30)
        _panel(canvas, view, (left + number * stripe, 2.3, left + (number + 1) * stripe, 2.62), FRONTS - 0.6, colour)


def _door(canvas: Canvas, view: View, left: float, colour: Colour) -> None:
    _panel(canvas, view, (left - 0.1, 0, left + 1.1, 2.35), FRONTS, (170, 164, 152))
    _panel(canvas, view, (left, 0.02, left + 1.0, 2.25), FRONTS, colour)
    for low in (0.25, 1.25):
        _panel(
            canvas,
            view,
            (left + 0.18, low, left + 0.82, low + 0.8),
            FRONTS,
            (colour[0] * 0.78, colour[1] * 0.78, colour[2] * 0.78),
        )


def _pole(canvas: Canvas, view: View) -> None:
    """A sign post before the houses."""
    _panel(canvas, view, (-3.95, 0, -3.87, 6), FRONTS - 0.3, (104, 108, 110))
    _panel(canvas, view, (-3.89, 0, -3.87, 6), FRONTS - 0.3, (138, 142, 144))
    _panel(canvas, view, (-4.22, 2.5, -3.6, 3.1), FRONTS - 0.32, (52, 88, 148))


def _panel(
    canvas: Canvas, view: View, metres: tuple[float, float, float, float], z: float, colour: Colour
) -> tuple[int, int, int, int]:
    """Fill an upright rectangle (left, bottom, right, top) at distance z; returns top, bottom, left, right pixels."""
    left, low, right, high = metres
    # Uprights stay upright: the convergence that the tilt would give them is left out.
    columns = np.clip([round(view.project(x, 1.0, z).x) for x in (left, right)], 0, view.width)
    rows = np.clip([round(view.project(0.0, y, z).y) for y in (high, low)], 0, view.height)
    canvas[rows[0] : rows[1], columns[0] : columns[1]] = colour
    return int(rows[0]), int(rows[1]), int(columns[0]), int(columns[1])


def _light(canvas: Canvas, rng: Generator) -> None:
    """Uneven daylight, a little fall-off towards the corners, and the grain of surfaces."""
    high, wide = canvas.shape[:2]
    x = np.linspace(-1, 1, wide, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, high, dtype=np.float32)[:, None]
    canvas *= (1.04 - 0.09 * (x**2 + y**2) + 0.03 * _patches((high, wide), rng))[..., None]
    canvas += _grain((high, wide), rng)[..., None] * 2.5


def _grain(shape: tuple[int, ...], rng: Generator) -> Canvas:
    return rng.standard_normal(shape, np.float32)


def _patches(shape: tuple[int, ...], rng: Generator) -> Canvas:
    """Large soft blotches, about -1..1."""
    coarse = rng.standard_normal((max(2, shape[0] // 90), max(2, shape[1] // 90)), np.float32)
    return cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC).astype(np.float32, copy=False)

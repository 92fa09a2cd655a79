"""What a walker wears below the head: drawn straight onto the planes, in the frame's own pixels, with swinging limbs.

Lengths are metres for a person 1.72 m tall, measured down from the top of the head and out from the middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from edge.domain.capture import Picture, Plane
from hardware_sim.planes import yuv_colour
from hardware_sim.sprites import Patch, patch
from hardware_sim.walkers import FACE_BELOW_TOP, Seen

Yuv = tuple[int, int, int]
Points = NDArray[np.float64]

USUAL: Final = 1.72
FINE: Final = 4
"""Bits behind the point in OpenCV's drawing coordinates."""
COATS: Final = (
    (52, 58, 74), (96, 70, 58), (70, 88, 74), (120, 46, 50), (44, 44, 48), (150, 128, 96), (62, 84, 120),
    (128, 126, 122), (34, 62, 72), (164, 152, 130), (92, 60, 92), (58, 62, 52),
)  # fmt: skip
SHIRTS: Final = ((222, 220, 212), (176, 190, 206), (60, 62, 68), (196, 168, 150), (120, 140, 128), (200, 196, 160))
TROUSERS: Final = ((40, 44, 58), (58, 56, 54), (70, 78, 96), (96, 86, 72), (34, 34, 38), (84, 92, 104))


@dataclass(frozen=True, slots=True)
class Outfit:
    """Colours and cut of somebody's clothes, as Y, U, V."""

    coat: Yuv
    lining: Yuv
    """The coat's seams and the shaded side of its sleeves."""
    shirt: Yuv
    trousers: Yuv
    shaded: Yuv
    """The trousers' leg that is behind."""
    shoes: Yuv
    skin: Yuv
    neck: Yuv
    """Skin in the shade of the chin."""
    hem: float
    """Metres down to where the coat ends."""
    open: float
    """Half the width of shirt that an open coat shows at the collar, metres."""


def dressed(skin: tuple[float, float, float], rng: Generator) -> Outfit:
    """Draw an outfit for somebody with this skin colour (RGB 0..255)."""
    coat, shirt, legs = (kinds[rng.integers(len(kinds))] for kinds in (COATS, SHIRTS, TROUSERS))
    return Outfit(
        coat=_colour(coat),
        lining=_colour(coat, 0.72),
        shirt=_colour(shirt),
        trousers=_colour(legs),
        shaded=_colour(legs, 0.72),
        shoes=_colour((38, 34, 32)),
        skin=_colour(skin, 0.94),
        neck=_colour(skin, 0.8),
        hem=float(rng.choice([0.86, 0.9, 1.12])),
        open=float(rng.uniform(0.05, 0.1)),
    )


def folds(rng: Generator) -> NDArray[np.int16]:
    """The fall of cloth: (256, 128) int16 grey levels, lighter in the middle and darker to the sides."""
    creases = cv2.resize(rng.standard_normal((9, 12), np.float32), (128, 256), interpolation=cv2.INTER_CUBIC)
    across = np.linspace(-1, 1, 128, dtype=np.float32)[None, :]
    fall: NDArray[np.int16] = np.clip(5.0 * creases + 10 - 26 * across**2, -40, 40).astype(np.int16)
    return fall


def draw(
    picture: Picture, seen: Seen, outfit: Outfit, cloth: NDArray[np.int16], grain: NDArray[np.int8]
) -> Patch | None:
    """Draw somebody up to the neck; returns where, or None where nothing of them is in the picture.

    ``cloth`` is what :func:`folds` gives; ``grain`` is (h, w) int8 noise, at least as large as the picture.
    """
    brush = _brush(picture, seen)
    if brush is None:
        return None
    _shadow(brush)
    _figure(brush, seen, outfit)
    _crease(picture.y[brush.where.luma], brush.drawn, cloth, grain[brush.where.luma])
    return brush.where


def shadow(picture: Picture, seen: Seen) -> None:
    """A soft dark spot on the pavement under somebody's feet."""
    brush = _brush(picture, seen)
    if brush is not None:
        _shadow(brush)


def figure(picture: Picture, seen: Seen, outfit: Outfit, cloth: NDArray[np.int16]) -> Plane:
    """Draw somebody without a shadow; returns (H, W) uint8, 255 where they are, less at their edges, 0 elsewhere."""
    covered = np.zeros_like(picture.y)
    brush = _brush(picture, seen)
    if brush is not None:
        _figure(brush, seen, outfit)
        _crease(picture.y[brush.where.luma], brush.drawn, cloth, np.zeros(brush.drawn.shape, np.int8))
        covered[brush.where.luma] = brush.drawn
    return covered


def _brush(picture: Picture, seen: Seen) -> _Brush | None:
    wide = seen.scale * seen.walker.tall / USUAL
    high = (seen.feet[1] - seen.face[1]) / (USUAL - FACE_BELOW_TOP)
    x, crown = seen.feet[0], seen.face[1] - FACE_BELOW_TOP * high
    where = patch(x - 0.42 * wide, crown, x + 0.42 * wide, crown + 1.8 * high, picture)
    if where is None:
        return None
    drawn = np.zeros((where.size[1], where.size[0]), np.uint8)
    return _Brush(picture, where, np.array([x, crown]), np.array([wide, high]), seen.face[0] - x, drawn)


def _figure(brush: _Brush, seen: Seen, outfit: Outfit) -> None:
    step = math.sin(seen.pose.stride)
    _legs(brush, outfit, step)
    _sleeve(brush, outfit, -1, step)
    _sleeve(brush, outfit, 1, -step)
    _coat(brush, outfit)


@dataclass(frozen=True, slots=True)
class _Brush:
    """Fills shapes given in metres on all three planes."""

    picture: Picture
    where: Patch
    origin: Points
    """Where the top of the head is, above the feet, pixels."""
    metre: Points
    """Pixels across and down."""
    lean: float
    """Pixels by which the head is off to the side."""
    drawn: Plane
    """(h, w) uint8 over the patch: not 0 where something was drawn."""

    def shape(self, points: list[tuple[float, float]], colour: Yuv) -> None:
        """A filled outline with a soft edge; points higher up follow the head."""
        outline = np.array(points)
        follow = np.clip(1 - outline[:, 1] / 0.9, 0, 1) * self.lean
        placed = outline * self.metre + self.origin
        placed[:, 0] += follow
        local = placed - (self.where.left, self.where.top)
        self._fill(self.picture.y[self.where.luma], local, colour[0])
        self._fill(self.drawn, local, 255)
        half = placed / 2 - (self.where.left / 2, self.where.top / 2)
        self._fill(self.picture.u[self.where.chroma], half, colour[1])
        self._fill(self.picture.v[self.where.chroma], half, colour[2])

    def disc(self, x: float, y: float, wide: float, high: float, colour: Yuv) -> None:
        """An ellipse."""
        turn = np.linspace(0, math.tau, 20, endpoint=False)
        self.shape([(x + wide * math.cos(a), y + high * math.sin(a)) for a in turn], colour)

    @staticmethod
    def _fill(plane: Plane, points: Points, value: int) -> None:
        fixed = np.round(points * (1 << FINE)).astype(np.int32)
        cv2.fillPoly(plane, [fixed], value, lineType=cv2.LINE_AA, shift=FINE)


def _shadow(brush: _Brush) -> None:
    """A soft dark spot on the pavement under the feet."""
    wide, high = 0.62 * brush.metre[0], 0.12 * brush.metre[1]
    x, y = brush.origin[0], brush.origin[1] + 1.69 * brush.metre[1]
    spot = patch(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2, brush.picture)
    if spot is None:
        return
    rows = (np.arange(spot.top, spot.bottom) - y)[:, None] / (high / 2)
    columns = (np.arange(spot.left, spot.right) - x)[None, :] / (wide / 2)
    keep = 1 - 0.45 * np.clip(1 - rows**2 - columns**2, 0, 1)
    area = brush.picture.y[spot.luma]
    area[...] = (area * keep).astype(np.uint8)


def _legs(brush: _Brush, outfit: Outfit, step: float) -> None:
    """Two legs, the one behind first; what swings towards the camera is lower in the picture."""
    for side, swing, colour in sorted(
        ((-1, step, outfit.trousers), (1, -step, outfit.trousers)), key=lambda leg: leg[1]
    ):
        shade = outfit.shaded if swing < 0 else colour
        x, foot = side * 0.085, 1.64 + 0.045 * swing
        knee = 1.24 + 0.02 * swing
        outline = [
            (x - 0.09, 0.84),
            (x + 0.09, 0.84),
            (x + 0.07, knee),
            (x + 0.05, foot),
            (x - 0.05, foot),
            (x - 0.07, knee),
        ]
        brush.disc(x + side * 0.01, foot + 0.02, 0.055, 0.04, outfit.shoes)
        brush.shape(outline, shade)


def _sleeve(brush: _Brush, outfit: Outfit, side: int, swing: float) -> None:
    hand = 0.84 + 0.03 * swing
    outer = 0.25 + 0.012 * swing
    brush.disc(side * 0.228, hand + 0.015, 0.034, 0.048, outfit.skin)
    outline = [
        (0.1, 0.275), (0.16, 0.288), (0.196, 0.312), (0.222, 0.37), (outer, 0.6), (0.262, hand), (0.192, hand),
        (0.186, 0.6), (0.16, 0.44),
    ]  # fmt: skip
    brush.shape([(side * x, y) for x, y in outline], outfit.lining if swing < 0 else outfit.coat)


def _coat(brush: _Brush, outfit: Outfit) -> None:
    half = [
        (0.062, 0.245), (0.1, 0.268), (0.15, 0.285), (0.18, 0.31), (0.19, 0.4), (0.165, 0.6), (0.175, 0.78),
        (0.192, outfit.hem),
    ]  # fmt: skip
    brush.shape(half + [(-x, y) for x, y in reversed(half)], outfit.coat)
    brush.shape([(-outfit.open, 0.25), (outfit.open, 0.25), (0.012, 0.6), (-0.012, 0.6)], outfit.shirt)
    brush.shape([(-0.004, 0.58), (0.004, 0.58), (0.006, outfit.hem), (-0.006, outfit.hem)], outfit.lining)
    brush.shape([(-0.062, 0.15), (0.062, 0.15), (0.068, 0.265), (0.0, 0.335), (-0.068, 0.265)], outfit.neck)
    for side in (-1, 1):
        lapel = [(0.064, 0.236), (0.112, 0.262), (outfit.open + 0.014, 0.4), (0.03, 0.48)]
        brush.shape([(side * x, y) for x, y in lapel], outfit.lining)


def _crease(luma: Plane, drawn: Plane, cloth: NDArray[np.int16], grain: NDArray[np.int8]) -> None:
    """Shade what was drawn, and nothing else."""
    fall = cv2.resize(cloth, (luma.shape[1], luma.shape[0]), interpolation=cv2.INTER_LINEAR)
    fall += grain
    cv2.add(luma, fall, dst=luma, mask=drawn, dtype=cv2.CV_8U)


def _colour(rgb: tuple[float, float, float], gain: float = 1.0) -> Yuv:
    return yuv_colour(rgb[0] * gain, rgb[1] * gain, rgb[2] * gain)

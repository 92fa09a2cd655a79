"""The street under the light of a moment, dry or wet, as the lens gives it, and the posts that stand in it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.capture import Picture
from edge.domain.face import Box
from hardware_sim.composed.heads import by_infrared
from hardware_sim.composed.layout import Layout
from hardware_sim.composed.lighting import Lit
from hardware_sim.composed.sensor import BLACK, Kept, rolled_off, tone
from hardware_sim.composed.tables import Posts
from hardware_sim.composed.weather import wetted
from hardware_sim.planes import Image, from_rgb
from hardware_sim.sprites import Sprite, lay
from hardware_sim.street import FRONTS, street
from hardware_sim.view import View

DISTANCES: Final = (1.5, 2.5, 4.0, 6.5, 10.0, 14.0, FRONTS)
"""Metres at which the ground's blur is computed; it is the same half-way to the next."""
FAINT: Final = 0.3
"""Pixels of blur that nobody sees."""


class Grounds:
    """All versions of one street."""

    def __init__(self, layout: Layout, seed: int) -> None:
        self._layout = layout
        self._dry = _street(layout.view, seed)
        self._plain: dict[tuple[bool, bool], Picture] = {}
        self._lit: Kept[Picture] = Kept(4)
        self._posts: dict[float, Sprite] = {}

    def under(self, lit: Lit, *, wet: bool) -> Picture:
        """The empty street. Not to be drawn on."""
        key = (lit.sky, lit.lamps, lit.infrared, wet)
        return self._lit.of(key, lambda: self._under(lit, wet=wet))

    def post(self, picture: Picture, post: tuple[Posts, Box], lit: Lit, light: float, defocus: float) -> None:
        """Draw a post."""
        box = post[1]
        ratio = max(2.0, min(80.0, box.height / max(box.width, 1)))
        sprite = self._posts.setdefault(round(ratio), _post(round(ratio)))
        wide, high = sprite.size
        turn = np.array([[box.width / wide, 0.0, box.left], [0.0, box.height / high, box.top]])
        lay(picture, sprite, turn, soft=defocus, tone=tone(light, lit.exposure.colour, lit.warm))

    def _under(self, lit: Lit, *, wet: bool) -> Picture:
        plain = self._drawn(infrared=lit.infrared, wet=wet)
        factors = self._layout.lighting.factors(lit)
        luma = cv2.multiply(np.maximum(plain.y, BLACK) - np.uint8(BLACK), factors, scale=1 / 128)
        half = cv2.resize(factors, (factors.shape[1] // 2, factors.shape[0] // 2), interpolation=cv2.INTER_AREA)
        share = np.minimum(half.astype(np.float32) / 128, 1.0)
        colour = lit.exposure.colour
        chroma = [
            np.clip(128 + ((plane.astype(np.float32) - 128) * colour + tint * lit.warm) * share, 0, 255)
            for plane, tint in ((plain.u, -9.0), (plain.v, 7.0))
        ]
        table = rolled_off(np.arange(256, dtype=np.float32) + BLACK).astype(np.uint8)
        return Picture(
            cv2.LUT(luma, table).astype(np.uint8, copy=False), chroma[0].astype(np.uint8), chroma[1].astype(np.uint8)
        )

    def _drawn(self, *, infrared: bool, wet: bool) -> Picture:
        if (infrared, wet) not in self._plain:
            image = wetted(self._dry, self._layout.view) if wet else self._dry
            image = by_infrared(image) if infrared else image
            self._plain[infrared, wet] = from_rgb(self._focused(image))
        return self._plain[infrared, wet]

    def _focused(self, image: Image) -> Image:
        """Every row as blurred as the ground there, and whatever stands behind the road as that is."""
        view, lens = self._layout.view, self._layout.lens
        if max(lens.blur(distance) for distance in DISTANCES) < FAINT:
            return image
        rows = np.arange(view.height) + 0.5
        steep = np.tan(np.maximum(view.tilt + np.arctan((rows - view.height / 2) / view.focal), 1e-3))
        away = np.minimum(view.raised / steep, FRONTS)
        nearest = np.abs(np.log(away[:, None] / np.array(DISTANCES))).argmin(axis=1)
        done: Image = image.copy()
        for index in np.unique(nearest):
            where: NDArray[np.bool_] = nearest == index
            blur = lens.blur(DISTANCES[index])
            if blur >= FAINT:
                done[where] = cv2.GaussianBlur(image, (0, 0), blur)[where]
        return done


@lru_cache(2)
def _street(view: View, seed: int) -> Image:
    """The street in daylight: the same for all films of a camera and a seed."""
    return street(view, np.random.default_rng([seed, 21]))


def _post(ratio: int) -> Sprite:
    """A round steel post, so many times as high as wide."""
    wide = 24
    across = np.linspace(-1, 1, wide)
    grey = 96 + 60 * np.exp(-(((across + 0.35) / 0.3) ** 2)) - 34 * np.abs(across)
    image = np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[None, :, None], wide * ratio, axis=0)
    return Sprite.of(np.repeat(image, 3, axis=2), np.full(image.shape[:2], 255, np.uint8))

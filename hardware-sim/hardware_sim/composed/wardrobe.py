"""Bodies of passers, drawn once for each step of their stride and kept, as their heads are."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator

from edge.domain.capture import Picture
from hardware_sim import bodies
from hardware_sim.bodies import USUAL, Outfit, Yuv
from hardware_sim.composed.passers import Facing, Passer
from hardware_sim.composed.sensor import Kept
from hardware_sim.portraits import Person
from hardware_sim.sprites import Sprite, Transform
from hardware_sim.walkers import FACE_BELOW_TOP, Gait, Pose, Seen, Walker, Way

METRE: Final = 200
"""Pixels of a metre in a body's sprite."""
HALF_WIDE: Final = 0.42
HIGH: Final = 1.8
"""Reach of the sprite from the middle, and down from the crown, metres of somebody 1.72 m tall."""
STRIDES: Final = 16
"""Steps of a stride that are told apart."""
KEPT: Final = 320
BACK: Final = 95.0
"""Degrees of yaw of the shoulders from which on the back is seen."""
NARROW: Final = 0.62
"""The width of a body from the side, 1 from the front."""
FABRIC: Final = (0.45, 62)
"""What infrared leaves of a fabric's own tone, and what it adds: most are alike in it."""


class Wardrobe:
    """Dresses each passage, always the same."""

    def __init__(self, people: dict[str, Person], rng: Generator) -> None:
        self._people = people
        self._seed = int(rng.integers(1 << 31))
        self._cloths = [bodies.folds(rng) for _ in range(6)]
        self._kept: Kept[Sprite] = Kept(KEPT)

    def of(self, passer: Passer, pose: Pose, facing: Facing, *, infrared: bool) -> Sprite:
        """A passer's body up to the neck, in daylight."""
        step = round(pose.stride / math.tau * STRIDES) % STRIDES
        back = abs(facing.body) > BACK
        key = (passer.passage, step, back, infrared)
        return self._kept.of(key, lambda: self._drawn(passer, step, back=back, infrared=infrared))

    def _drawn(self, passer: Passer, step: int, *, back: bool, infrared: bool) -> Sprite:
        head = self._people[passer.person].portraits[passer.picture].head
        outfit = bodies.dressed(head.skin, np.random.default_rng([self._seed, passer.passage]))
        if back:
            outfit = replace(outfit, shirt=outfit.coat, lining=outfit.coat)
        if infrared:
            outfit = _in_infrared(outfit)
        wide, high = (round(side * METRE / 2) * 2 for side in (2 * HALF_WIDE, HIGH))
        # What is behind shows at soft edges: the body's own colours.
        planes = [np.empty((high // part, wide // part), np.uint8) for part in (1, 2, 2)]
        for plane, above, below in zip(planes, outfit.coat, outfit.trousers, strict=True):
            hem = round(plane.shape[0] * outfit.hem / HIGH)
            plane[:hem], plane[hem:] = above, below
        picture = Picture(*planes)
        covered = bodies.figure(picture, _seen(step), outfit, self._cloths[passer.passage % len(self._cloths)])
        chroma = [cv2.resize(plane, (wide, high), interpolation=cv2.INTER_LINEAR) for plane in (picture.u, picture.v)]
        alpha = (covered.astype(np.uint16) * 128 + 127) // 255
        level = np.dstack([picture.y, *chroma, alpha.astype(np.uint8)]).astype(np.uint8, copy=False)
        return Sprite.stacked(level)


def placement(seen: Seen, facing: Facing) -> Transform:
    """The (2, 3) float64 transform from a body's sprite to the picture."""
    broad = NARROW + (1 - NARROW) * abs(math.cos(math.radians(facing.body)))
    wide = seen.scale * seen.walker.tall / USUAL * broad / METRE
    high = (seen.feet[1] - seen.face[1]) / (USUAL - FACE_BELOW_TOP) / METRE
    crown = seen.face[1] - FACE_BELOW_TOP * high * METRE
    # The crown follows the head, the feet stay.
    lean = (seen.face[0] - seen.feet[0]) / (USUAL * METRE)
    across = seen.face[0] - HALF_WIDE * METRE * wide
    return np.array([[wide, -lean, across], [0.0, high, crown]])


def _seen(step: int) -> Seen:
    """Somebody who fills the sprite."""
    walker = Walker(0, "", 0, 0.0, Way((0.0, 9.0), (0.0, 6.0), (0.0, 3.0)), Gait(), USUAL, 0.21)
    pose = Pose(0.0, 6.0, USUAL, 0.0, 0.0, 1.0, step / STRIDES * math.tau)
    middle = HALF_WIDE * METRE
    return Seen(walker, pose, 6.0, METRE, (middle, FACE_BELOW_TOP * METRE), 0.21 * METRE, (middle, USUAL * METRE))


def _in_infrared(outfit: Outfit) -> Outfit:
    share, more = FABRIC

    def cloth(colour: Yuv) -> Yuv:
        return round(16 + share * (colour[0] - 16) + more), 128, 128

    def pale(colour: Yuv) -> Yuv:
        return min(235, colour[0] + 20), 128, 128

    return replace(
        outfit, coat=cloth(outfit.coat), lining=cloth(outfit.lining), shirt=cloth(outfit.shirt),
        trousers=cloth(outfit.trousers), shaded=cloth(outfit.shaded), shoes=pale(outfit.shoes), skin=pale(outfit.skin),
        neck=pale(outfit.neck),
    )  # fmt: skip

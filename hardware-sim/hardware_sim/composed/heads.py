"""Heads that turn: a photograph on the relief of a head, looked at from a side or from above, a few degrees at a time.

A photograph shows one side of a head. Beyond :data:`PROFILE` degrees there is nothing of it to be shown: there a head
is drawn with its hair and skin, and nobody's features.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Landmarks
from hardware_sim.composed.passers import Facing, Passer
from hardware_sim.composed.wearing import dressed
from hardware_sim.cutout import Cutout
from hardware_sim.planes import Image
from hardware_sim.portraits import Person
from hardware_sim.sprites import Sprite
from hardware_sim.surface import relief, rotation

YAW: Final = 3.0
PITCH: Final = 4.0
"""Degrees that are told apart."""
PROFILE: Final = 62.0
"""Degrees of yaw from which on no features are seen."""
COARSE: Final = 4
"""Texels of a cell of the displacements, which are smooth."""
ROUNDS: Final = 22
"""Steps of depth in which a line of sight is followed."""
KEPT: Final = 192
"""Turned heads that are kept."""
NIGHT: Final = 0.75
"""How much lighter in infrared is what is red by day: skin, above all."""


@dataclass(slots=True)
class Heads:
    """Turns heads, and remembers those that it has turned."""

    people: dict[str, Person]
    _kept: OrderedDict[tuple[object, ...], Sprite] = field(default_factory=OrderedDict)
    _marks: dict[tuple[object, ...], Landmarks] = field(default_factory=dict)
    _worn: dict[tuple[object, ...], Cutout] = field(default_factory=dict)

    def of(self, passer: Passer, facing: Facing, *, infrared: bool) -> Sprite:
        """The head of a passer."""
        key = (passer.person, passer.picture, passer.hat, passer.mask, *steps(facing), infrared)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        cutout = self.worn(passer)
        yaw, pitch = steps(facing)
        image, alpha = turned(cutout, yaw * YAW, pitch * PITCH)
        sprite = self._kept[key] = Sprite.of(by_infrared(image) if infrared else image, alpha)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return sprite

    def landmarks(self, passer: Passer, facing: Facing) -> Landmarks:
        """(5, 2) float32, in pixels of that sprite; where they were before it turned, where nothing is seen of them."""
        head = self.people[passer.person].portraits[passer.picture].head
        yaw, pitch = steps(facing)
        if featureless(facing):
            return head.landmarks
        key = (passer.person, passer.picture, yaw, pitch)
        if key not in self._marks:
            self._marks[key] = marks(head, yaw * YAW, pitch * PITCH)
        return self._marks[key]

    def worn(self, passer: Passer) -> Cutout:
        """The head with what it wears, looked at straight on."""
        key = (passer.person, passer.picture, passer.hat, passer.mask)
        if key not in self._worn:
            head = self.people[passer.person].portraits[passer.picture].head
            self._worn[key] = dressed(head, passer.hat, passer.mask, passer.person)
        return self._worn[key]


def steps(facing: Facing) -> tuple[int, int]:
    """The steps of yaw and pitch in which a head is drawn."""
    return round(facing.yaw / YAW), round(facing.pitch / PITCH)


def featureless(facing: Facing) -> bool:
    """Whether a head is drawn without features."""
    return abs(steps(facing)[0] * YAW) > PROFILE


def marks(head: Cutout, yaw: float, pitch: float) -> Landmarks:
    """The landmarks of a head turned by degrees, (5, 2) float32 in its pixels."""
    turn = rotation(math.radians(yaw), math.radians(pitch), 0.0)
    depth, metre = relief((head.alpha.shape[0], head.alpha.shape[1]), head.landmarks)
    at, middle = head.landmarks.astype(np.float32), np.array(head.box.centre)
    deep = cv2.remap(depth, at[:, 0], at[:, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    there = (at - middle) @ turn[:2, :2].T + turn[:2, 2] * (metre * deep.reshape(-1, 1)) + middle
    return np.asarray(there, np.float32)


def turned(head: Cutout, yaw: float, pitch: float) -> tuple[Image, NDArray[np.uint8]]:
    """A head turned by degrees: (H, W, 3) uint8 RGB and (H, W) uint8 alpha."""
    if abs(yaw) > PROFILE:
        return _featureless(head, yaw)
    turn = rotation(math.radians(yaw), math.radians(pitch), 0.0)
    shape = head.alpha.shape
    depth, metre = relief((shape[0], shape[1]), head.landmarks)
    middle = np.array(head.box.centre)
    lay, out = turn[:2, :2], turn[:2, 2]
    back = np.linalg.inv(lay)
    rows, columns = np.mgrid[0 : shape[0] + COARSE : COARSE, 0 : shape[1] + COARSE : COARSE].astype(np.float32)
    there = np.stack([columns - middle[0], rows - middle[1]], axis=-1)
    here = _met(depth, there, back.astype(np.float32), (out * metre).astype(np.float32), middle.astype(np.float32))
    # The cells' corners are texels: what is between them is interpolated, the grid's own offset taken out.
    affine = np.array([(1 / COARSE, 0, 0), (0, 1 / COARSE, 0)])
    source = [
        cv2.warpAffine((here[..., axis] + middle[axis]).astype(np.float32), affine, (shape[1], shape[0]),
                       flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
        for axis in (0, 1)
    ]  # fmt: skip
    image = cv2.remap(head.image, source[0], source[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.remap(head.alpha, source[0], source[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return image.astype(np.uint8, copy=False), alpha.astype(np.uint8, copy=False)


def _met(
    depth: NDArray[np.float32], there: NDArray[np.float32], back: NDArray[np.float32], out: NDArray[np.float32],
    middle: NDArray[np.float32],
) -> NDArray[np.float32]:  # fmt: skip
    """Where the line of sight through each point meets the relief first, coming from the front.

    A far cheek lies behind the nose, and is not to be seen through it: so lines are followed in steps of depth, from
    the nearest to the farthest, until they are below the surface.
    """
    deepest, nearest = float(depth.min()), float(depth.max())
    found = (there - out * deepest) @ back.T
    open_ = np.ones(there.shape[:2], bool)
    above = np.full(there.shape[:2], np.float32(nearest))
    gap = np.zeros_like(above)
    for level in np.linspace(nearest, deepest, ROUNDS, dtype=np.float32):
        here = (there - out * level) @ back.T
        x, y = ((here[..., axis] + middle[axis]).astype(np.float32) for axis in (0, 1))
        below = cv2.remap(depth, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) - level
        met = open_ & (below >= 0)
        # Between this step and the one before, the surface is taken to be straight.
        share = gap[met] / np.maximum(gap[met] + below[met], 1e-9)
        exact = above[met] + (level - above[met]) * share
        found[met] = (there[met] - out * exact[:, None]) @ back.T
        open_ &= ~met
        above[open_], gap[open_] = level, -below[open_]
    return np.asarray(found, np.float32)


def by_infrared(image: Image) -> Image:
    """How it looks in near infrared: grey, skin pale, as (H, W, 3) uint8 RGB."""
    planes = image.astype(np.float32)
    grey = planes @ np.array((0.3, 0.55, 0.15), np.float32)
    pale = grey + np.float32(NIGHT) * np.clip(planes[..., 0] - grey, -40, 60)
    return np.repeat(np.clip(pale, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def _featureless(head: Cutout, yaw: float) -> tuple[Image, NDArray[np.uint8]]:
    """A head from behind, or from the side where it is turned less than that."""
    high, wide = head.alpha.shape
    x, y = head.box.centre
    face = head.box.height
    rows, columns = np.mgrid[:high, :wide].astype(np.float32)
    skull = np.hypot((columns - x) / (0.4 * face), (rows - y + 0.14 * face) / (0.58 * face))
    nape = np.clip((0.24 * face - np.abs(columns - x)) / (0.03 * face), 0, 1) * np.clip((rows - y) / (0.1 * face), 0, 1)
    nape *= np.clip((y + 0.95 * face - rows) / (0.2 * face), 0, 1)
    alpha = 255 * np.maximum(np.clip((1 - skull) / 0.06, 0, 1), nape)
    top = head.image[max(0, int(y - 0.75 * face)) : int(y - 0.5 * face), int(x - 0.2 * face) : int(x + 0.2 * face)]
    hair = np.median(top.reshape(-1, 3), axis=0) if top.size else np.array((60.0, 50.0, 45.0))
    skin = np.array(head.skin)
    image = np.empty((high, wide, 3), np.float32)
    image[:] = hair * 0.85
    strands = cv2.resize(np.random.default_rng(7).standard_normal((9, 160), np.float32), (wide, high))
    image += 5 * strands[..., None]
    neck = np.clip((rows - (y + 0.42 * face)) / (0.06 * face), 0, 1)[..., None]
    image = image * (1 - neck) + skin * 0.8 * neck
    if abs(yaw) < 125:
        side = math.copysign(1.0, yaw) * 0.27 * face
        away = ((columns - x - side) / (0.22 * face)) ** 2 + ((rows - y - 0.06 * face) / (0.5 * face)) ** 2
        cheek = np.clip((1.15 - away) / 0.3, 0, 1)[..., None]
        image = image * (1 - cheek) + skin * 0.92 * cheek
    shade = 1.05 - 0.35 * np.clip(np.abs(columns - x) / (0.5 * face), 0, 1) ** 2
    return np.clip(image * shade[..., None], 0, 255).astype(np.uint8), alpha.astype(np.uint8)

"""Where how much light falls: from the sky, from street lamps, from infrared lamps beside the lens."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware_sim.composed import curves
from hardware_sim.composed.exposure import GAMMA, INFRARED_LUX, MARGIN, Exposure, exposed
from hardware_sim.composed.tables import Camera, Light
from hardware_sim.street import FAR, FRONTS, GAP
from hardware_sim.view import View

LIT_BELOW: Final = 60.0
"""Lux of the sky at which the street lamps come on."""
LAMPS: Final = ((-5.5, 12.8), (0.6, 5.4), (6.5, 12.8))
"""Where they stand: x and z."""
LAMP_HEIGHT: Final = 5.0
LAMP_LUX: Final = 22.0
"""Right below one."""
SHOP_LUX: Final = 6.0
"""That windows give to the fronts around them."""
GRAIN: Final = 8
"""Pixels of a cell of the map."""
STEPS: Final = 6.0
"""Steps of light that are told apart, an octave."""
METERED: Final = 75
"""Per cent of that part which is darker than what the camera exposes for."""
BEAM: Final = 1.5
"""Exponent of the cosine with which infrared lamps fade away from their axis."""

Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lit:
    """The light at a moment, as far as it is told apart."""

    sky: float
    """Lux."""
    lamps: float
    """Share of their full light."""
    infrared: bool
    metered: float
    """Lux for which the camera exposes."""
    exposure: Exposure
    warm: float
    """0..1: how much of the light is that of street lamps, as far as colour is left."""


@dataclass(frozen=True, slots=True)
class Lighting:
    """The light of a scene over its view."""

    camera: Camera
    light: Light
    view: View
    _where: tuple[Map, Map, Map, Map] = field(init=False, repr=False)
    """x, y and z of what is seen in each cell, metres, and its distance from the lens."""
    _known: dict[tuple[int, float, bool], Lit] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_where", _places(self.view))

    def at(self, second: float) -> Lit:
        """The light at a moment, in steps of a sixth of an octave."""
        lux = curves.at(self.light.lux, second, octaves=True)
        step = round(math.log2(lux) * STEPS)
        lamps = round(curves.at(self.light.lamps, second) * 32) / 32 if lux < LIT_BELOW else 0.0
        infrared = self._infrared(second)
        key = (step, lamps, infrared)
        if key not in self._known:
            sky = 2 ** (step / STEPS)
            field_ = self._lux(sky, lamps, infrared)
            high = field_.shape[0]
            # The camera meters the middle and the lower part, where people walk, and spares what is bright.
            metered = float(np.percentile(field_[high // 3 :], METERED))
            exposure = exposed(self.camera, metered, infrared=infrared)
            warm = 0.0 if infrared else max(0.0, 1 - sky / metered)
            self._known[key] = Lit(sky, lamps, infrared, metered, exposure, warm)
        return self._known[key]

    def factors(self, lit: Lit) -> NDArray[np.uint8]:
        """(H, W) uint8: what the street's grey levels are multiplied with, times 128."""
        lux = self._lux(lit.sky, lit.lamps, lit.infrared)
        exposure = lit.exposure
        cells = np.asarray(exposure.bright * (lux / lit.metered) ** (1 / GAMMA) * 128, np.float32)
        size = (self.view.width, self.view.height)
        return np.clip(cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR), 0, 255).astype(np.uint8)

    def factor(self, lit: Lit, x: float, y: float, z: float) -> float:
        """The same for somebody's face at a place, 1 where it is as bright as its picture."""
        # Upright faces are lit by lamps above them as the ground at their feet is, not as the tops of their heads.
        distance, y = math.sqrt(x * x + (y - self.view.raised) ** 2 + z * z), 0.3
        there = tuple(np.full((1, 1), value, np.float32) for value in (x, y, z, distance))
        lux = float(
            _lux(self.view, lit.sky, lit.lamps, self._reach(lit.infrared), (there[0], there[1], there[2], there[3]))[
                0, 0
            ]
        )
        return min(1.9, lit.exposure.factor(lux, lit.metered))

    def _infrared(self, second: float) -> bool:
        """Whether the filter is out: between the two limits, what it was when the light last was beyond one of them."""
        limit = self.camera.infrared_below
        if limit <= 0:
            return False
        lux = curves.at(self.light.lux, second, octaves=True)
        if lux < limit or lux >= limit * MARGIN or not isinstance(self.light.lux, tuple):
            return lux < limit
        for moment, before in reversed(self.light.lux):
            if moment <= second and not limit <= before < limit * MARGIN:
                return before < limit
        return False

    def _reach(self, infrared: bool) -> float:
        return self.camera.infrared_reach if infrared else 0.0

    def _lux(self, sky: float, lamps: float, infrared: bool) -> Map:
        return _lux(self.view, sky, lamps, self._reach(infrared), self._where)


def _places(view: View) -> tuple[Map, Map, Map, Map]:
    """What every cell of the picture shows: the ground, the house fronts, or what lies far behind."""
    rows = (np.arange(0, view.height, GRAIN, dtype=np.float64) + GRAIN / 2)[:, None]
    columns = (np.arange(0, view.width, GRAIN, dtype=np.float64) + GRAIN / 2)[None, :]
    angle = view.tilt + np.arctan((rows - view.height / 2) / view.focal)
    down = np.tan(np.maximum(angle, 1e-4))
    gap = [view.project(x, 1.0, FRONTS).x for x in GAP]
    ends = np.where((columns > gap[0]) & (columns < gap[1]), FAR, FRONTS)
    z = np.minimum(view.raised / down, ends)
    y = np.where(view.raised / down <= ends, 0.0, view.raised - ends * np.tan(angle))
    depth = z * np.cos(view.tilt) + (view.raised - y) * np.sin(view.tilt)
    x = (columns - view.width / 2) / view.focal * depth
    distance = np.sqrt(x**2 + (y - view.raised) ** 2 + z**2)
    return x.astype(np.float32), y.astype(np.float32), z.astype(np.float32), distance.astype(np.float32)


def _lux(view: View, sky: float, lamps: float, reach: float, where: tuple[Map, Map, Map, Map]) -> Map:
    """Lux at places. ``reach`` is that of the infrared lamps, 0 where they are off."""
    x, y, z, distance = where
    lux = np.full(x.shape, sky, np.float32)
    if lamps > 0:
        for at_x, at_z in LAMPS:
            square = (x - at_x) ** 2 + (z - at_z) ** 2 + (LAMP_HEIGHT - np.minimum(y, LAMP_HEIGHT - 1)) ** 2
            lux += np.float32(lamps * LAMP_LUX) * (LAMP_HEIGHT**2 / square) ** 1.5
        lux += np.float32(lamps * SHOP_LUX) * np.exp(-np.abs(z - FRONTS + 0.5))
    if reach > 0:
        ahead = z * math.cos(view.tilt) + (view.raised - y) * math.sin(view.tilt)
        beam = np.clip(ahead / distance, 0.05, 1) ** np.float32(BEAM)
        lux += np.float32(INFRARED_LUX) * (reach / np.maximum(distance, 1)) ** 2 * beam
    return np.asarray(lux, np.float32)

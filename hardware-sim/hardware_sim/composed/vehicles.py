"""Cars on the road behind the pavement, cars out of the side street, and what their lamps do to the picture."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hardware_sim.composed.tables import Traffic
from hardware_sim.sprites import Sprite
from hardware_sim.street import FAR, FRONTS, GAP
from hardware_sim.traffic import CAR, LANES, METRE, PAINT, painted
from hardware_sim.view import View

BENEATH: Final = 400.0
"""Lux below which headlights are on."""
TURNS_AT: Final = FRONTS + 2.0
"""Metres from the pole at which a car from the side street turns behind the houses."""
LONGEST: Final = 40.0
"""Seconds that no car is in the picture for longer."""
LAMPS: Final = (0.62, 0.66)
"""Half the distance between headlights, and their height, metres."""
GLOW: Final = 520.0
"""Scale of a headlight's halo, pixels of a 1080 row picture times metres."""
WIDE: Final = 1.75


class Ride(NamedTuple):
    """One car."""

    arrives: float
    """Seconds at which it is in the middle of the picture, or turns."""
    speed: float
    """Metres a second, positive to the right; of an oncoming car, towards the camera."""
    paint: int
    oncoming: bool


class Car(NamedTuple):
    """A car at a moment."""

    sprite: Sprite
    transform: NDArray[np.float64]
    z: float
    lamps: tuple[tuple[float, float, float], ...]
    """x, y and radius of the halo of each lamp that shines at the camera, pixels."""
    strength: float
    """Of them, 0 to 1."""
    between: tuple[int, int] | None
    """Columns outside which houses hide it."""


@dataclass(slots=True)
class Vehicles:
    """All cars of a scene."""

    view: View
    traffic: Traffic
    rides: list[Ride]
    _arrivals: list[float] = field(init=False)
    _sprites: dict[tuple[int, bool, bool], Sprite] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rides.sort()
        self._arrivals = [ride.arrives for ride in self.rides]

    @staticmethod
    def drawn(view: View, traffic: Traffic, lasts: float, rng: Generator) -> Vehicles:
        """Draw them for a scene of so many seconds."""
        rides = []
        for rate, oncoming in ((traffic.crossing, False), (traffic.oncoming, True)):
            moment = 0.0
            while rate > 0 and (moment := moment + 2.5 + float(rng.exponential(60 / rate))) < lasts + LONGEST:
                speed = float(rng.uniform(4.5, 7.0)) * (1.0 if oncoming else float(rng.choice([-1.0, 1.0])))
                rides.append(Ride(moment, speed, int(rng.integers(len(PAINT))), oncoming))
        return Vehicles(view, traffic, rides)

    def shining(self, lux: float) -> bool:
        """Whether headlights are on."""
        return self.traffic.headlights == "always" or (self.traffic.headlights == "dark" and lux < BENEATH)

    def at(self, seconds: float, readout: float, lux: float) -> Iterator[Car]:
        """The cars at a moment, the farthest first. ``readout`` slants those that drive across."""
        first = bisect.bisect_left(self._arrivals, seconds - LONGEST)
        near = self.rides[first : bisect.bisect_right(self._arrivals, seconds + LONGEST)]
        for ride in (one for one in near if one.oncoming):
            if (car := self._oncoming(ride, seconds, lux)) is not None:
                yield car
        for ride in sorted((one for one in near if not one.oncoming), key=lambda one: -one.speed):
            if (car := self._crossing(ride, seconds, readout, lux)) is not None:
                yield car

    def _crossing(self, ride: Ride, seconds: float, readout: float, lux: float) -> Car | None:
        z = LANES[0] if ride.speed > 0 else LANES[1]
        x = ride.speed * (seconds - ride.arrives)
        if abs(x) > self.view.half_width(z) + CAR[0]:
            return None
        sprite = self._sprite(ride, lux)
        spot = self.view.project(x, 0.0, z)
        scale = spot.scale / METRE
        wide, high = sprite.size
        # Lower rows are read later, when the car is farther on.
        slant = ride.speed * spot.scale * readout / self.view.height
        turn = np.array([
            [scale, slant * scale, spot.x - scale * wide / 2 - slant * scale * high * 0.93],
            [0.0, scale, spot.y - scale * high * 0.93],
        ])  # fmt: skip
        lamp = self.view.project(x + math.copysign(CAR[0] / 2, ride.speed), LAMPS[1], z)
        glow = ((lamp.x, lamp.y, GLOW / spot.depth * 2.2 * self.view.height / 1080),) if self.shining(lux) else ()
        return Car(sprite, turn, z, glow, 0.7, None)

    def _oncoming(self, ride: Ride, seconds: float, lux: float) -> Car | None:
        before = ride.speed * (ride.arrives - seconds)
        z, x = TURNS_AT + max(0.0, before), 0.7 * GAP[0] + 0.3 * GAP[1] + max(0.0, -before)
        if z > FAR or x > GAP[1] + WIDE:
            return None
        spot, sprite = self.view.project(x, 0.0, z), self._sprite(ride, lux)
        scale = spot.scale / METRE
        wide, high = sprite.size
        turn = np.array([[scale, 0.0, spot.x - scale * wide / 2], [0.0, scale, spot.y - scale * high * 0.95]])
        between = (round(self.view.project(GAP[0], 1.0, FRONTS).x), round(self.view.project(GAP[1], 1.0, FRONTS).x))
        lamps = []
        if self.shining(lux):
            for side in (-1, 1):
                lamp = self.view.project(x + side * LAMPS[0], LAMPS[1], z)
                if between[0] <= lamp.x <= between[1]:
                    lamps.append((lamp.x, lamp.y, (80 + GLOW * 11 / spot.depth) * self.view.height / 1080))
        # While it turns, its beams sweep off to the side.
        return Car(sprite, turn, z, tuple(lamps), 1.0 if before >= 0 else max(0.0, 1 + before / 2), between)

    def _sprite(self, ride: Ride, lux: float) -> Sprite:
        key = (ride.paint, ride.oncoming, ride.speed > 0)
        if key not in self._sprites:
            image, alpha = _front(PAINT[ride.paint]) if ride.oncoming else painted(PAINT[ride.paint])
            if ride.speed < 0:
                image, alpha = np.ascontiguousarray(image[:, ::-1]), np.ascontiguousarray(alpha[:, ::-1])
            self._sprites[key] = Sprite.of(image, alpha)
        return self._sprites[key]


def halo(radius: int) -> NDArray[np.uint8]:
    """A lamp that shines into the lens: (2r, 2r) uint8 that is added to the luma plane."""
    rows, columns = np.mgrid[-radius:radius, -radius:radius].astype(np.float32) / radius
    away = np.hypot(rows, columns)
    star = 0.35 * np.exp(-np.abs(rows) * 42) * np.exp(-np.abs(columns) * 3.2)
    light = np.exp(-((away / 0.09) ** 2)) * 2.2 + 0.42 * np.exp(-away * 5.5) + star
    fade = np.clip((1 - away) / 0.4, 0, 1)
    return np.asarray(np.clip(255 * light * fade, 0, 255), np.uint8)


def _front(paint: tuple[int, int, int]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A car from the front: (H, W, 3) uint8 RGB and (H, W) uint8 alpha."""
    wide, high = int((WIDE + 0.2) * METRE), int((CAR[1] + 0.1) * METRE)
    image, alpha = np.zeros((high, wide, 3), np.uint8), np.zeros((high, wide), np.uint8)
    image[:] = paint

    def fill(points: list[tuple[float, float]], colour: tuple[float, float, float]) -> None:
        """Points are metres from the middle, and up from the road."""
        outline = np.array([((x + wide / METRE / 2) * METRE * 16, (CAR[1] + 0.05 - y) * METRE * 16) for x, y in points])
        for plane, value in ((image, colour), (alpha, 255)):
            cv2.fillPoly(plane, [outline.astype(np.int32)], value, cv2.LINE_AA, 4)

    dark = (paint[0] * 0.6, paint[1] * 0.6, paint[2] * 0.6)
    for side in (-1, 1):
        fill([(side * 0.85, 0.0), (side * 0.6, 0.0), (side * 0.6, 0.4), (side * 0.85, 0.4)], (24, 24, 26))
    fill([(-0.87, 0.25), (0.87, 0.25), (0.88, 0.85), (0.8, 0.98), (-0.8, 0.98), (-0.88, 0.85)], paint)
    fill([(-0.76, 0.95), (0.76, 0.95), (0.58, 1.44), (-0.58, 1.44)], paint)
    fill([(-0.68, 0.98), (0.68, 0.98), (0.53, 1.38), (-0.53, 1.38)], (64, 72, 78))
    fill([(-0.5, 0.42), (0.5, 0.42), (0.5, 0.66), (-0.5, 0.66)], dark)
    for side in (-1, 1):
        fill([(side * 0.52, 0.58), (side * 0.82, 0.6), (side * 0.82, 0.76), (side * 0.54, 0.72)], (238, 236, 222))
    return image, alpha

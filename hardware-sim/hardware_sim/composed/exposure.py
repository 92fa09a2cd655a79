"""What a camera makes of so much light: exposure, gain, noise, colour, and from when on it looks in infrared.

The scale is that of a sensor of base sensitivity ISO 100: a grey surface under E lux is exposed rightly after
2.5 * N^2 / E seconds at the f-number N (ISO 2720's incident-light equation with C = 250 and S = 100).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from hardware_sim.composed.tables import Camera

CALIBRATION: Final = 2.5
"""C / S, lux seconds."""
GAMMA: Final = 2.2
"""Of the planes: what is half as bright is drawn at 2 ** (-1 / 2.2)."""
SHOT: Final = 0.4
"""Variance of the noise in grey levels squared, for each unit of gain."""
READ: Final = 0.06
"""Deviation of it for each unit of gain."""
FLOOR: Final = 1.0
"""Variance that no light takes away."""
COLOURFUL: Final = 4.0
"""Gain up to which colours are what they are."""
COLOURLESS: Final = 256.0
"""Gain at which none would be left."""
INFRARED_LUX: Final = 40.0
"""What the camera's own lamps are worth at ``infrared_reach``."""
MOOD: Final = (300.0, 0.07)
"""Below so many lux a camera leaves the picture darker, by the light's share to this power: night looks like it."""
MARGIN: Final = 1.6
"""Infrared begins below its limit, and ends above this many times it: no flicker between the two at dusk."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """One setting of the camera."""

    seconds: float
    gain: float
    """1 is none."""
    bright: float
    """What a surface under the light that was metered is drawn with, 1 where it is exposed rightly."""
    noise: float
    """Standard deviation, grey levels."""
    colour: float
    """Share of the saturation that is left."""
    infrared: bool

    def factor(self, lux: float, metered: float) -> float:
        """What the grey levels of a surface under ``lux`` are multiplied with, where ``metered`` was metered."""
        return self.bright * float((max(lux, 1e-4) / max(metered, 1e-4)) ** (1 / GAMMA))


def exposed(camera: Camera, metered: float, *, infrared: bool) -> Exposure:
    """The camera's choice under ``metered`` lux: as short as the light allows, then gain, then darkness."""
    wanted = CALIBRATION * camera.aperture**2 / max(metered, 1e-4)
    most = 10 ** (camera.most_gain / 20)
    seconds = min(max(wanted, camera.shortest_exposure), camera.longest_exposure)
    gain = min(max(wanted / seconds, 1.0), most)
    bright = min(1.0, seconds * gain / wanted) ** (1 / GAMMA) * min(1.0, metered / MOOD[0]) ** MOOD[1]
    noise = camera.noise * math.sqrt(FLOOR + SHOT * gain + (READ * gain) ** 2)
    left = 1 - math.log(max(gain, COLOURFUL) / COLOURFUL) / math.log(COLOURLESS / COLOURFUL)
    return Exposure(seconds, gain, bright, noise, 0.0 if infrared else min(1.0, max(0.0, left)), infrared)

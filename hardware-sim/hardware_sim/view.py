"""Where the simulated camera hangs, and what of the street it sees: a pinhole without distortion.

World coordinates are metres: x to the right, y up from the pavement, z along the pavement away from the pole.
Pixels are those of the main stream, origin at the top left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple


class Spot(NamedTuple):
    """A point of the world as the camera sees it."""

    x: float
    """Pixels."""
    y: float
    """Pixels."""
    scale: float
    """Pixels per metre at this distance."""
    depth: float
    """Metres along the optical axis."""


@dataclass(frozen=True, slots=True)
class View:
    """A camera on a lamp post, looking down a pavement."""

    width: int = 1920
    height: int = 1080
    focal: float = 2400.0
    """Pixels."""
    raised: float = 3.2
    """Metres above the pavement."""
    tilt: float = math.radians(11.5)
    """Radians below the horizontal."""

    def project(self, x: float, y: float, z: float) -> Spot:
        """A point of the world in pixels. Raises ValueError for one that is not before the camera."""
        drop = y - self.raised
        depth = z * math.cos(self.tilt) - drop * math.sin(self.tilt)
        if depth < 0.1:
            raise ValueError(f"({x}, {y}, {z}) is not before the camera")
        up = drop * math.cos(self.tilt) + z * math.sin(self.tilt)
        scale = self.focal / depth
        return Spot(self.width / 2 + x * scale, self.height / 2 - up * scale, scale, depth)

    def half_width(self, z: float, y: float = 0.0) -> float:
        """Half the width in metres of what is seen at distance ``z`` and height ``y``."""
        return self.width / 2 / self.project(0.0, y, z).scale

    @property
    def horizon(self) -> float:
        """The row in which the horizon lies, pixels."""
        return self.height / 2 - self.focal * math.tan(self.tilt)

"""Ways over the pavement through several points, with rounded corners and places to stand still."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from hardware_sim.walkers import Ground

ROUND: Final = 0.45
"""Share of the shorter leg at a corner that is walked in a curve."""
PIECES: Final = 10
"""Straight pieces of such a curve."""
AHEAD: Final = 0.25
"""Metres over which a heading is taken."""


@dataclass(frozen=True, slots=True)
class Trail:
    """A way through points. Distances are metres walked."""

    points: tuple[Ground, ...]
    """After rounding."""
    _lengths: tuple[float, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        legs = (math.hypot(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(self.points))
        object.__setattr__(self, "_lengths", tuple(itertools.accumulate(legs, initial=0.0)))

    @staticmethod
    def through(points: Sequence[Ground]) -> Trail:
        """Through two points or more, corners rounded."""
        rounded: list[Ground] = [points[0]]
        for before, corner, after in zip(points, points[1:], points[2:], strict=False):
            short = min(math.dist(before, corner), math.dist(corner, after)) * ROUND
            into, out = _towards(corner, before, short), _towards(corner, after, short)
            for step in range(PIECES + 1):
                t = step / PIECES
                rounded.append((
                    (1 - t) ** 2 * into[0] + 2 * t * (1 - t) * corner[0] + t * t * out[0],
                    (1 - t) ** 2 * into[1] + 2 * t * (1 - t) * corner[1] + t * t * out[1],
                ))  # fmt: skip
        return Trail((*rounded, points[-1]))

    @property
    def length(self) -> float:
        """Metres."""
        return self._lengths[-1]

    def at(self, distance: float) -> Ground:
        """The point so many metres from the start; it stays at the ends."""
        distance = min(max(distance, 0.0), self.length)
        leg = min(bisect.bisect_right(self._lengths, distance) - 1, len(self.points) - 2)
        long = self._lengths[leg + 1] - self._lengths[leg]
        share = (distance - self._lengths[leg]) / long if long else 0.0
        (x0, z0), (x1, z1) = self.points[leg], self.points[leg + 1]
        return x0 + (x1 - x0) * share, z0 + (z1 - z0) * share

    def heading(self, distance: float) -> Ground:
        """The direction in which one walks there, of length 1."""
        here = min(max(distance, 0.0), self.length)
        low, high = self.at(here - AHEAD / 2), self.at(here + AHEAD / 2)
        long = math.dist(low, high) or 1.0
        return (high[0] - low[0]) / long, (high[1] - low[1]) / long


def _towards(start: Ground, end: Ground, metres: float) -> Ground:
    share = metres / math.dist(start, end)
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share

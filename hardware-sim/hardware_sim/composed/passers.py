"""Those who pass: walkers who turn their heads, stand still, and wear hats and masks."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from hardware_sim.composed.tables import Hat, Mask, Turn
from hardware_sim.composed.ways import Trail
from hardware_sim.sight import look
from hardware_sim.view import View
from hardware_sim.walkers import FACE_BELOW_TOP, Seen, Walker

QUICK = 0.35
"""Seconds that a head takes to turn."""
NEAREST = 0.6
"""Metres before the lens within which nobody is drawn any more."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How somebody holds their head."""

    sway: float = 0.0
    """Degrees by which it turns to either side and back, all the time."""
    every: float = 4.0
    """Seconds for that."""
    phase: float = 0.0
    nod: float = 0.0
    """Degrees up."""


class Facing(NamedTuple):
    """How a face is turned, as the camera sees it, degrees. 0, 0 looks into the lens."""

    yaw: float
    """Positive to the picture's right, -180 to 180."""
    pitch: float
    """Positive up; a camera that hangs high sees level faces from above: negative."""
    body: float
    """The yaw of shoulders and feet."""


@dataclass(frozen=True, slots=True)
class Passer(Walker):
    """One person going by once."""

    trail: Trail = field(default_factory=lambda: Trail(((0.0, 9.0), (0.0, 3.0))))
    hat: Hat | None = None
    mask: Mask | None = None
    turns: tuple[Turn, ...] = ()
    stands: tuple[float, float] = (0.0, 0.0)
    """Metres walked, and seconds for which they then stand."""
    habit: Habit = field(default_factory=Habit)

    @property
    def ends(self) -> float:
        """Seconds into the scene at which the way is walked."""
        return self.starts + self.trail.length / self.gait.speed + self.stands[1]

    def walked(self, seconds: float) -> float:
        """Metres walked so many seconds into the scene."""
        going, stop = seconds - self.starts, self.stands[0] / self.gait.speed
        return (min(going, stop) + max(0.0, going - stop - self.stands[1])) * self.gait.speed

    def facing(self, seconds: float, view: View) -> Facing:
        """How the face is turned towards the camera at a moment."""
        pose = self.pose(seconds)
        ahead = self.trail.heading(self.walked(seconds))
        to_camera = (-pose.x, -pose.z)
        body = math.degrees(math.atan2(
            to_camera[0] * ahead[1] - to_camera[1] * ahead[0], to_camera[0] * ahead[0] + to_camera[1] * ahead[1]
        ))  # fmt: skip
        sway = self.habit.sway * math.sin(math.tau * (seconds / self.habit.every) + self.habit.phase)
        away = math.hypot(pose.x, pose.z)
        pitch = -math.degrees(math.atan2(view.raised - (pose.top - FACE_BELOW_TOP), away)) + self.habit.nod
        yaw = (body + sway + self._turned(seconds - self.starts) + 180) % 360 - 180
        return Facing(yaw, pitch, body)

    def _turned(self, going: float) -> float:
        """Degrees by which the head is turned from the way ahead."""
        total = 0.0
        for turn in self.turns:
            into = min(1.0, max(0.0, (going - turn.second) / QUICK))
            back = min(1.0, max(0.0, (going - turn.second - turn.lasts) / QUICK))
            total += turn.to * (_eased(into) - _eased(back))
        return total


class Register:
    """All passers of a scene, to be asked who is there at a moment."""

    def __init__(self, passers: Sequence[Passer]) -> None:
        self.all = tuple(sorted(passers, key=lambda one: (one.starts, one.passage)))
        self._starts = [one.starts for one in self.all]
        self._longest = max((one.ends - one.starts for one in self.all), default=0.0)

    def walking(self, seconds: float) -> list[Passer]:
        """Who is on their way."""
        first = bisect.bisect_left(self._starts, seconds - self._longest)
        return [one for one in self.all[first : bisect.bisect_right(self._starts, seconds)] if one.walking(seconds)]


def seen(passer: Passer, seconds: float, view: View) -> Seen | None:
    """A passer as the camera sees them; None where they are beside or behind the lens."""
    pose = passer.pose(seconds)
    level = pose.z * math.cos(view.tilt)
    depths = [level - (y - view.raised) * math.sin(view.tilt) for y in (0.0, pose.top)]
    return look(passer, seconds, view) if min(depths) > NEAREST else None


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share)

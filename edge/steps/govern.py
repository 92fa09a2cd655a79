"""How often to look, on a device that is too hot or too slow: the rule of the governor.

A device that cannot keep up drops frames anyway, in bursts; one that gets too hot is slowed down by its firmware, at a
time of its choosing. The governor does it first and evenly: it looks at every second, third or fifth frame. The
detector's input is never made smaller: it was chosen for the smallest face of the view, which would then be lost, and
what looks at people would be another detector than the one that was authorised and calibrated. Nor is the rate lowered
beyond what following a walker and collecting a passage's samples need.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from edge.domain.capture import Instant
from edge.domain.host import Heat

SHARES: Final = (1, 2, 3, 5)
"""By level: one frame in so many is looked at."""


class Cause(enum.Enum):
    """Why fewer frames are looked at."""

    HEAT = "heat"
    LOAD = "load"


@dataclass(frozen=True, slots=True)
class Governing:
    """Settings of the governor."""

    hot: float = 80.0
    """Degrees Celsius from which the rate is lowered; a Raspberry Pi slows its cores down from 80 on."""
    cool: float = 75.0
    """Below it, the rate may rise again."""
    full: float = 0.95
    """Share of the time between two frames that work on one may take."""
    spare: float = 0.7
    """Share of it, at the faster rate, below which the rate may rise again."""
    patience: timedelta = timedelta(seconds=2)
    """How long it must be hot or late before the rate is lowered, again and again."""
    calm: timedelta = timedelta(seconds=10)
    """How long it must be cool and quick before the rate is raised by one level."""
    slowest: timedelta = timedelta(milliseconds=200)
    """Never less often: further apart, a walker's face is not the nearest to where it was."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was measured lately."""

    heat: Heat
    interval: timedelta
    """Between two frames of the capture device; zero where none came."""
    work: timedelta
    """Mean time spent on one frame; zero where none was looked at."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often frames are looked at, and since when there has been a reason to change it."""

    level: int = 0
    cause: Cause | None = None
    """Why it was lowered last; None at full rate."""
    pressed: Instant | None = None
    easy: Instant | None = None

    @property
    def share(self) -> int:
        """One frame in so many is looked at."""
        return SHARES[self.level]


def judge(pace: Pace, seen: Seen, now: Instant, settings: Governing) -> Pace:
    """The pace from now on: one level down, one up, or as it was."""
    cause = _pressed(pace, seen, settings)
    if cause is not None:
        since = pace.pressed or now
        if now.since(since) >= settings.patience and _may_lower(pace, seen, settings):
            return Pace(pace.level + 1, cause)
        return replace(pace, pressed=since, easy=None)
    if pace.level and _easy(pace, seen, settings):
        since = pace.easy or now
        if now.since(since) >= settings.calm:
            level = pace.level - 1
            return Pace(level, pace.cause if level else None)
        return replace(pace, pressed=None, easy=since)
    return replace(pace, pressed=None, easy=None)


def _pressed(pace: Pace, seen: Seen, settings: Governing) -> Cause | None:
    celsius = seen.heat.celsius
    if seen.heat.throttled or (celsius is not None and celsius >= settings.hot):
        return Cause.HEAT
    # While nothing is known of the rate that frames come at, nothing can be said to be too slow for it.
    late = seen.interval > timedelta(0) and seen.work > settings.full * seen.interval * pace.share
    return Cause.LOAD if late else None


def _may_lower(pace: Pace, seen: Seen, settings: Governing) -> bool:
    return pace.level + 1 < len(SHARES) and seen.interval * SHARES[pace.level + 1] <= settings.slowest


def _easy(pace: Pace, seen: Seen, settings: Governing) -> bool:
    celsius = seen.heat.celsius
    cool = not seen.heat.throttled and (celsius is None or celsius < settings.cool)
    return cool and seen.work <= settings.spare * seen.interval * SHARES[pace.level - 1]

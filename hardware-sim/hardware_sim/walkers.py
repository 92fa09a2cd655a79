"""People who walk: their way across the pavement, their gait, and where that puts them at any moment."""

from __future__ import annotations

import bisect
import itertools
import math
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from edge.domain.face import Box

BEND: Final = 32
"""Straight pieces into which a bent way is cut."""
FACE_BELOW_TOP: Final = 0.125
"""Metres from the top of the head to the middle of the face."""
SHOULDERS: Final = 0.22
"""Half the width of the shoulders, metres."""
NECK: Final = 0.26
"""Metres from the top of the head to the shoulders."""

Ground = tuple[float, float]
"""x and z on the pavement, metres."""


class Course(Protocol):
    """Any way over the pavement."""

    @property
    def length(self) -> float:
        """Metres."""
        ...

    def at(self, distance: float) -> Ground:
        """The point so many metres from the start; it stays at the ends."""
        ...


@dataclass(frozen=True, slots=True)
class Way:
    """A way from one point of the pavement to another, bent towards a third."""

    start: Ground
    bend: Ground
    end: Ground
    _lengths: tuple[float, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        points = [self._curve(step / BEND) for step in range(BEND + 1)]
        lengths = [0.0]
        for (x0, z0), (x1, z1) in itertools.pairwise(points):
            lengths.append(lengths[-1] + math.hypot(x1 - x0, z1 - z0))
        object.__setattr__(self, "_lengths", tuple(lengths))

    @property
    def length(self) -> float:
        """Metres."""
        return self._lengths[-1]

    def at(self, distance: float) -> Ground:
        """The point so many metres from the start; it stays at the ends."""
        distance = min(max(distance, 0.0), self.length)
        step = min(bisect.bisect_right(self._lengths, distance) - 1, BEND - 1)
        piece = self._lengths[step + 1] - self._lengths[step]
        return self._curve((step + (distance - self._lengths[step]) / piece) / BEND)

    def _curve(self, t: float) -> Ground:
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
        return (
            a * self.start[0] + b * self.bend[0] + c * self.end[0],
            a * self.start[1] + b * self.bend[1] + c * self.end[1],
        )


@dataclass(frozen=True, slots=True)
class Gait:
    """How somebody walks."""

    speed: float = 1.4
    """Metres a second."""
    stride: float = 1.45
    """Metres for two steps."""
    bob: float = 0.018
    """Metres the head rises and falls with each step."""
    sway: float = 0.022
    """Metres the head moves to each side with each stride."""
    roll: float = math.radians(2.0)
    """Radians the head tilts to each side with each stride."""
    tilt: float = 0.0
    """Radians by which the head is always tilted."""
    turn: float = 0.04
    """Share by which the face narrows when it turns a little to the side, back and forth every few seconds."""
    phase: float = 0.0
    """Radians into the stride at the start."""


class Pose(NamedTuple):
    """One walker at one moment."""

    x: float
    """Metres, as in :class:`hardware_sim.view.View`."""
    z: float
    top: float
    """Metres from the pavement to the top of the head."""
    sway: float
    """Metres the head is off to the side."""
    roll: float
    """Radians, clockwise in the picture."""
    narrow: float
    """The width of the face, 1 straight on."""
    stride: float
    """Radians into the stride."""


@dataclass(frozen=True, slots=True)
class Walker:
    """One person going by once."""

    passage: int
    person: str
    picture: int
    """Which of the person's portraits they wear."""
    starts: float
    """Seconds into the scene."""
    way: Course
    gait: Gait
    tall: float
    """Metres."""
    face: float
    """Height of the face, metres."""

    @property
    def ends(self) -> float:
        """Seconds into the scene at which the way is walked."""
        return self.starts + self.way.length / self.gait.speed

    def walking(self, seconds: float) -> bool:
        """Whether they are on their way."""
        return self.starts <= seconds < self.ends

    def walked(self, seconds: float) -> float:
        """Metres walked so many seconds into the scene."""
        return (seconds - self.starts) * self.gait.speed

    def pose(self, seconds: float) -> Pose:
        """Where and how they are so many seconds into the scene."""
        walked = self.walked(seconds)
        x, z = self.way.at(walked)
        stride = self.gait.phase + walked / self.gait.stride * math.tau
        narrow = 1.0 - self.gait.turn * (0.5 - 0.5 * math.cos((seconds - self.starts) * 1.7 + self.gait.phase))
        return Pose(
            x,
            z,
            self.tall + self.gait.bob * math.sin(2 * stride),
            self.gait.sway * math.sin(stride),
            self.gait.tilt + self.gait.roll * math.sin(stride + 0.6),
            narrow,
            stride % math.tau,
        )


class Seen(NamedTuple):
    """One walker as the camera sees them."""

    walker: Walker
    pose: Pose
    depth: float
    """Metres."""
    scale: float
    """Pixels per metre."""
    face: tuple[float, float]
    """The middle of the face, pixels."""
    pixels: float
    """Height of the face, pixels."""
    feet: tuple[float, float]
    """The point of the pavement on which they stand, pixels."""

    def body(self) -> Box:
        """Neck, shoulders and all below, as a rectangle."""
        shoulders = self.face[1] + (NECK - FACE_BELOW_TOP) * self.scale
        return Box(
            self.feet[0] - SHOULDERS * self.scale, shoulders, self.feet[0] + SHOULDERS * self.scale, self.feet[1]
        )

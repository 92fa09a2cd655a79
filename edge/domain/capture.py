"""What a capture device gives: instants, pictures, frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on both clocks.

    ``wall`` is aware UTC and can step; ``boot`` is the time since boot including suspend (CLOCK_BOOTTIME),
    which never steps but means nothing after a restart. Deadlines hold on whichever passes first.
    """

    wall: datetime
    boot: timedelta

    def __post_init__(self) -> None:
        if self.wall.tzinfo is None:
            raise ValueError("an instant needs an aware datetime")

    def later(self, span: timedelta) -> Instant:
        """The instant ``span`` after this one, on both clocks."""
        return Instant(self.wall + span, self.boot + span)

    def reached(self, deadline: Instant) -> bool:
        """Whether ``deadline`` has passed on either clock."""
        return self.wall >= deadline.wall or self.boot >= deadline.boot

    def since(self, earlier: Instant) -> timedelta:
        """Time gone by since ``earlier``, on the clock that cannot step."""
        return self.boot - earlier.boot


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Planar YUV 4:2:0 (BT.601, limited range), as cameras and video decoders give it.

    ``y`` is (H, W) uint8; ``u`` and ``v`` are (H/2, W/2) uint8. The planes may be views of a buffer that the
    capture device reuses, so a picture must not outlive its frame.
    """

    y: Plane = field(repr=False)
    u: Plane = field(repr=False)
    v: Plane = field(repr=False)

    def __post_init__(self) -> None:
        height, width = self.y.shape
        if height % 2 or width % 2 or self.u.shape != (height // 2, width // 2) or self.v.shape != self.u.shape:
            raise ValueError(f"not YUV 4:2:0: y {self.y.shape}, u {self.u.shape}, v {self.v.shape}")

    @property
    def width(self) -> int:
        """Width of the luma plane, pixels."""
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        """Height of the luma plane, pixels."""
        return int(self.y.shape[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What a sensor says of itself with an exposure. None is what it does not say."""

    exposure: timedelta | None = None
    gain: float | None = None
    """Of the sensor's amplifier: 1 is none."""
    lux: float | None = None
    """How bright the view is, as the camera estimates it."""
    celsius: float | None = None
    """How hot the sensor is."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Both streams of one exposure. It lives as long as the loop variable that holds it."""

    sequence: int
    captured: Instant
    main: Picture = field(repr=False)
    """Full resolution: faces are aligned from it."""
    small: Picture = field(repr=False)
    """Low resolution, same field of view: the detector sees it."""
    readings: Readings | None = None

"""The nouns of this package: what a camera is asked for, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.capture import Picture, Readings


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """What a camera is configured with, once. It is never switched to another mode."""

    width: int
    height: int
    small_width: int
    small_height: int
    frames_per_second: int

    @property
    def period(self) -> timedelta:
        """Between two frames."""
        return timedelta(seconds=1 / self.frames_per_second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How a fixed zone is exposed. None leaves a value to the camera."""

    exposure: timedelta | None = None
    """Shorter than the frame. Half a hundredth of a second keeps a walking face sharp."""
    gain: float | None = None
    """Of the sensor's amplifier, 1 and above."""
    brightness: float = 0.0
    """What automatic exposure aims at, in stops (EV) beside its own judgement."""
    focus: float | None = None
    """Dioptres: the reciprocal of the distance in metres, so that 0.2 is five metres. For a lens with a motor."""
    mains: int = 50
    """Hertz of the lamps' mains, whose flicker exposure times avoid: 50, 60, or 0 for no such thing."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """Both streams of one exposure. The pixels belong to whoever takes it."""

    main: Picture = field(repr=False)
    small: Picture = field(repr=False)
    sensed: timedelta | None
    """When the sensor exposed it, on CLOCK_BOOTTIME; None where the camera does not say."""
    readings: Readings | None = None


class Source(Protocol):
    """One kind of camera. ``cancel`` and ``close`` may be called from any thread, all else from one."""

    @property
    def live(self) -> bool:
        """Whether the pictures come from a sensor at this machine. Over a network anybody may play anything."""

    @property
    def still(self) -> timedelta:
        """How long pictures that are alike to the last bit are believed. A sensor has noise: not at all."""

    def open(self, profile: Profile) -> None:
        """Open, configure and start. Raises CaptureLost, and is closed then."""

    def restart(self, profile: Profile) -> None:
        """Stop the stream and start it again, without opening the device anew. Raises CaptureLost."""

    def expose(self, profile: Profile) -> None:
        """Expose differently from now on. Raises CaptureLost."""

    def next(self, timeout: timedelta) -> Shot | None:
        """The next shot; None after the timeout, after :meth:`cancel`, and where it is closed. Raises CaptureLost."""

    def cancel(self) -> None:
        """Make :meth:`next` return at once."""

    def close(self) -> None:
        """Stop, and give every buffer back. Does nothing where it is closed."""


def planes(packed: NDArray[np.uint8], width: int, height: int) -> Picture:
    """Planes of a (height * 3 / 2, stride) uint8 array of YUV 4:2:0, without what the hardware pads rows with.

    A chroma row is half as long as a luma row, padding and all. What has no padding is not copied.
    """
    stride = packed.shape[1]
    chroma = packed[height:].reshape(-1)[: height // 2 * stride].reshape(2, height // 2, stride // 2)
    views = (packed[:height, :width], chroma[0, :, : width // 2], chroma[1, :, : width // 2])
    return Picture(*(np.ascontiguousarray(view) for view in views))


def resized(picture: Picture, width: int, height: int) -> Picture:
    """The picture in another size, by area, plane by plane. Both sides are even."""
    sides = ((width, height), (width // 2, height // 2), (width // 2, height // 2))
    whole = (picture.y, picture.u, picture.v)
    made = (cv2.resize(plane, side, interpolation=cv2.INTER_AREA) for plane, side in zip(whole, sides, strict=True))
    return Picture(*(plane.astype(np.uint8, copy=False) for plane in made))

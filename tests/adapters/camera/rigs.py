"""What the tests of cameras share: a view, a clock that is moved by hand, and a Pi's camera over a virtual sensor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from edge.adapters.camera import Dusk, DuskSettings, PiSource, Profile, SteadyCamera, Streams
from edge.domain.capture import Frame, Instant, Picture
from edge.ports import Clock, Switch
from hardware_sim.footage import Pictures
from hardware_sim.picamera2 import Sensor

STREAMS = Streams(width=208, height=118, small_width=104, small_height=58, frames_per_second=40)
"""Nothing of it is a whole number of 64 bytes."""
NOW = timedelta(0)
TICK = timedelta(milliseconds=100)


class HandClock:
    """Time that passes only by hand."""

    def __init__(self) -> None:
        self.at = Instant(datetime(2026, 6, 1, 12, tzinfo=UTC), timedelta(seconds=100))

    def now(self) -> Instant:
        return self.at

    def synchronised(self) -> bool:
        return True

    def advance(self, span: timedelta) -> None:
        self.at = self.at.later(span)


@dataclass(frozen=True, slots=True)
class SlopeShot:
    """Brighter to the right and below, and brighter by the shot."""

    number: int
    offset: timedelta

    def pictures(self) -> Pictures:
        whole = slope(self.number)
        return Pictures(whole, whole)


def slope(number: int) -> Picture:
    """Every sample says where it is: luma in steps of one along x, chroma along x and y."""
    rows, columns = np.indices((STREAMS.height, STREAMS.width))
    half_rows, half_columns = np.indices((STREAMS.height // 2, STREAMS.width // 2))
    luma = (32 + columns % 160 + rows % 2 + number % 8).astype(np.uint8)
    return Picture(luma, (64 + half_columns % 120).astype(np.uint8), (64 + half_rows % 120).astype(np.uint8))


class Slope:
    """Footage of twenty shots, forty a second; a camera shows it over and over."""

    interval = timedelta(milliseconds=25)

    def shots(self) -> Iterator[SlopeShot]:
        return (SlopeShot(number, self.interval * number) for number in range(20))


@dataclass(slots=True)
class Rig:
    """A sensor that is asked in lock-step, and the product's camera on it."""

    sensor: Sensor
    camera: SteadyCamera
    clock: HandClock

    def look(self, span: timedelta = TICK) -> Frame | None:
        """The frame after so long."""
        self.clock.advance(span)
        return self.camera.next(NOW)


class TickingClock(HandClock):
    """Time that passes by being asked for."""

    def now(self) -> Instant:
        self.advance(timedelta(milliseconds=5))
        return self.at


@dataclass(frozen=True, slots=True)
class Still:
    """One shot."""

    picture: Picture
    offset: timedelta = timedelta(0)

    def pictures(self) -> Pictures:
        return Pictures(self.picture, self.picture)


class Plain:
    """Footage of one colour, 118 pixels high."""

    interval = timedelta(milliseconds=25)

    def __init__(self, width: int) -> None:
        half = (59, width // 2)
        luma = np.full((118, width), 100, np.uint8)
        self._still = Still(Picture(luma, np.full(half, 90, np.uint8), np.full(half, 140, np.uint8)))

    def shots(self) -> Iterator[Still]:
        return iter([self._still])


def over(
    clock: Clock, *, day: Profile | None = None, dusk: DuskSettings | None = None,
    ir_cut: Switch | None = None, streams: Streams = STREAMS,
) -> SteadyCamera:  # fmt: skip
    """The product's camera on the sensor that is attached."""
    return SteadyCamera(PiSource(streams), streams, clock, Dusk(day or Profile(), dusk, ir_cut))

"""The simulated camera keeps the camera's contract in both paces, and breaks as it is told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from edge.domain.capture import Instant, Picture
from edge.domain.errors import CaptureLost, Undecodable
from hardware_sim.camera import CameraCounts, Fault, Pace, SimulatedCamera
from hardware_sim.footage import Pictures
from hardware_sim.planes import Buffers, smaller
from tests.contracts.camera import CameraContract

MOMENT = timedelta(milliseconds=50)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CountingShot:
    """A picture whose every pixel is its number."""

    number: int
    offset: timedelta
    buffers: Buffers

    def pictures(self) -> Pictures:
        main = self.buffers.take()
        for plane in (main.y, main.u, main.v):
            plane.fill(self.number % 256)
        return Pictures(main, smaller(main, 32, 18))


class Counting:
    """Numbered pictures, forty a second."""

    def __init__(self, shots: int, *, breaks: bool = False) -> None:
        self.interval = timedelta(milliseconds=25)
        self._count, self._breaks = shots, breaks

    def shots(self) -> Iterator[CountingShot]:
        buffers = Buffers(64, 36)
        for number in range(self._count):
            yield CountingShot(number, self.interval * number, buffers)
        if self._breaks:
            raise Undecodable("The film has torn.", "Mend it.")


class RealClock:
    """The machine's monotonic time, with a wall that can be moved."""

    def __init__(self) -> None:
        self.stepped = timedelta()

    def now(self) -> Instant:
        boot = timedelta(seconds=time.monotonic())
        return Instant(NOON + boot + self.stepped, boot)

    def synchronised(self) -> bool:
        return True


class HandClock:
    """Time that passes only by hand."""

    def __init__(self) -> None:
        self.at = Instant(NOON, timedelta(seconds=100))

    def now(self) -> Instant:
        return self.at

    def synchronised(self) -> bool:
        return True


class _Contract(CameraContract):
    @pytest.fixture
    def breaker(self, camera: SimulatedCamera) -> tuple[Callable[[], None], Callable[[], None]]:
        return lambda: camera.fail(Fault.UNPLUGGED), camera.mend


class TestPaced(_Contract):
    @pytest.fixture
    def camera(self) -> SimulatedCamera:
        return SimulatedCamera(Counting(400), RealClock())


class TestLockstep(_Contract):
    @pytest.fixture
    def camera(self) -> SimulatedCamera:
        return SimulatedCamera(Counting(100_000), HandClock(), Pace.LOCKSTEP)


def lockstep(shots: int = 100, clock: HandClock | None = None, **options: bool) -> SimulatedCamera:
    camera = SimulatedCamera(Counting(shots), clock or HandClock(), Pace.LOCKSTEP, **options)
    camera.open()
    return camera


def numbers(camera: SimulatedCamera, most: int = 1000) -> list[int]:
    found: list[int] = []
    while len(found) < most and (frame := camera.next(MOMENT)) is not None:
        found.append(int(frame.main.y[0, 0]))
    return found


def test_lockstep_gives_every_shot_once_with_the_footages_own_time() -> None:
    camera = lockstep(30)
    frames = [camera.next(timedelta(0)) for _ in range(30)]
    assert [int(frame.main.y[0, 0]) for frame in frames if frame] == list(range(30))
    assert [frame.captured.boot for frame in frames if frame][:2] == [
        timedelta(seconds=100),
        timedelta(seconds=100, milliseconds=25),
    ]
    assert not camera.ended or camera.next(timedelta(0)) is None
    assert camera.next(timedelta(seconds=5)) is None  # at once: there is nothing to wait for
    assert camera.ended
    assert camera.counts == CameraCounts(opens=1, frames=30)


def test_lockstep_passes_over_what_happened_while_it_was_shut() -> None:
    clock = HandClock()
    camera = lockstep(clock=clock)
    assert numbers(camera, 4) == [0, 1, 2, 3]
    camera.close()
    clock.at = clock.at.later(timedelta(seconds=1))
    camera.open()
    assert numbers(camera, 2) == [40, 41]
    assert camera.counts.skipped == 0


def test_repeated_footage_goes_on_with_rising_offsets() -> None:
    camera = lockstep(3, repeat=True)
    frames = [camera.next(MOMENT) for _ in range(7)]
    assert [int(frame.main.y[0, 0]) for frame in frames if frame] == [0, 1, 2, 0, 1, 2, 0]
    assert frames[6] is not None
    assert camera.start is not None
    assert frames[6].captured.since(camera.start) == timedelta(milliseconds=150)
    assert not camera.ended


def test_empty_footage_ends_at_once() -> None:
    assert numbers(lockstep(0, repeat=True)) == []


def test_paced_frames_come_at_their_offsets() -> None:
    camera = SimulatedCamera(Counting(400), RealClock())
    camera.open()
    began = time.monotonic()
    for _ in range(8):
        assert camera.next(timedelta(seconds=1)) is not None
    assert 0.15 < time.monotonic() - began < 2


def test_a_slow_reader_gets_the_newest_and_what_it_missed_is_counted() -> None:
    camera = SimulatedCamera(Counting(400), RealClock())
    camera.open()
    assert numbers(camera, 1) == [0]
    time.sleep(0.3)
    frame = camera.next(timedelta(seconds=1))
    assert frame is not None
    assert int(frame.main.y[0, 0]) >= 11
    assert camera.counts.skipped == int(frame.main.y[0, 0]) - 1
    assert frame.sequence == int(frame.main.y[0, 0]) + 1


def test_next_gives_up_after_its_timeout() -> None:
    camera = SimulatedCamera(Counting(1), RealClock())
    camera.open()
    assert camera.next(MOMENT) is not None
    began = time.monotonic()
    assert camera.next(timedelta(milliseconds=120)) is None
    assert 0.1 < time.monotonic() - began < 2


def test_a_step_of_the_wall_clock_shows_in_the_frames() -> None:
    clock = RealClock()
    camera = SimulatedCamera(Counting(400), clock)
    camera.open()
    before = camera.next(timedelta(seconds=1))
    clock.stepped = timedelta(hours=-1)
    after = camera.next(timedelta(seconds=1))
    assert before is not None
    assert after is not None
    assert after.captured.boot > before.captured.boot
    assert after.captured.wall < before.captured.wall


def test_a_frozen_camera_opens_and_gives_nothing_until_it_is_mended() -> None:
    camera = SimulatedCamera(Counting(400), RealClock())
    camera.fail(Fault.FROZEN)
    camera.open()
    assert camera.next(timedelta(milliseconds=120)) is None
    camera.mend()
    frame = camera.next(timedelta(seconds=1))
    assert frame is not None
    assert int(frame.main.y[0, 0]) >= 4  # the street went on
    assert camera.counts.skipped == 0


def test_mending_wakes_a_reader() -> None:
    camera = SimulatedCamera(Counting(400), RealClock())
    camera.open()
    camera.fail(Fault.FROZEN)
    threading.Timer(0.1, camera.mend).start()
    began = time.monotonic()
    assert camera.next(timedelta(seconds=5)) is not None
    assert time.monotonic() - began < 1


def test_unplugging_wakes_a_reader() -> None:
    camera = SimulatedCamera(Counting(1), RealClock())
    camera.open()
    camera.next(MOMENT)
    threading.Timer(0.1, camera.fail, [Fault.UNPLUGGED]).start()
    with pytest.raises(CaptureLost, match="unplugged"):
        camera.next(timedelta(seconds=5))
    assert camera.counts.losses == 1


def test_footage_that_breaks_off_loses_the_camera() -> None:
    camera = SimulatedCamera(Counting(2, breaks=True), HandClock(), Pace.LOCKSTEP)
    camera.open()
    with pytest.raises(CaptureLost, match="torn"):
        numbers(camera)
    assert camera.counts.losses == 1


def test_opens_and_closes_are_counted_once_each() -> None:
    camera = lockstep()
    camera.open()
    camera.close()
    camera.close()
    camera.open()
    assert (camera.counts.opens, camera.counts.closes) == (2, 1)


def test_nothing_is_rendered_while_the_camera_is_shut() -> None:
    rendered = []

    class Watched(CountingShot):
        def pictures(self) -> Pictures:
            rendered.append(self.number)
            return CountingShot.pictures(self)

    class Footage(Counting):
        def shots(self) -> Iterator[CountingShot]:
            return (Watched(shot.number, shot.offset, shot.buffers) for shot in super().shots())

    camera = SimulatedCamera(Footage(50), HandClock(), Pace.LOCKSTEP)
    assert numbers(camera) == []
    camera.open()
    camera.close()
    assert numbers(camera) == []
    assert rendered == []


def test_pictures_are_what_the_footage_gave() -> None:
    frame = lockstep().next(MOMENT)
    assert frame is not None
    assert isinstance(frame.main, Picture)
    assert (frame.small.width, frame.small.height) == (32, 18)
    assert np.all(frame.main.u == 0)

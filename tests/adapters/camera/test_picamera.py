"""The camera of a Raspberry Pi, on the virtual library: the contract, and what it does when things go wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import numpy as np
import pytest

from edge.adapters.camera import PiSource, Profile, SteadyCamera, Streams
from edge.adapters.host import SystemClock
from edge.domain.errors import CaptureLost, Misconfigured
from hardware_sim.picamera2 import Fault, Model, Pace, Sensor, attached
from hardware_sim.picamera2.libcamera import ColorSpace
from tests.adapters.camera.rigs import NOW, STREAMS, TICK, HandClock, Plain, Rig, Slope, TickingClock, over, slope
from tests.contracts.camera import SHORT, CameraContract, frame


class TestOnAThread(CameraContract):
    @pytest.fixture
    def sensor(self) -> Iterator[Sensor]:
        made = Sensor(Slope(), SystemClock())
        with attached(made):
            yield made
        made.mend()

    @pytest.fixture
    def camera(self, sensor: Sensor) -> Iterator[SteadyCamera]:
        made = over(SystemClock())
        yield made
        made.close()

    @pytest.fixture
    def breaker(self, sensor: Sensor, camera: SteadyCamera) -> tuple[Callable[[], None], Callable[[], None]]:
        return lambda: sensor.fail(Fault.UNPLUGGED), sensor.mend

    def test_a_thousand_impatient_calls_lose_no_buffer(self, camera: SteadyCamera) -> None:
        """A job that was not waited for long enough is still given its buffer."""
        camera.open()
        got = sum(camera.next(timedelta(milliseconds=1)) is not None for _ in range(1000))
        assert got > 8
        assert frame(camera)

    def test_nothing_hangs_where_it_is_closed_while_it_waits_for_a_frame_that_never_comes(
        self, sensor: Sensor, camera: SteadyCamera
    ) -> None:
        camera.open()
        frame(camera)
        sensor.fail(Fault.UNPLUGGED)
        assert camera.next(SHORT) is None
        closing = threading.Thread(target=camera.close, daemon=True)
        closing.start()
        closing.join(1)
        assert not closing.is_alive()

    def test_opening_and_closing_over_and_over_leaves_no_thread(self, camera: SteadyCamera) -> None:
        camera.open()
        frame(camera)
        before = threading.active_count()
        for _ in range(20):
            camera.close()
            camera.open()
        frame(camera)
        camera.close()
        time.sleep(0.1)
        assert threading.active_count() < before

    def test_a_kernel_that_does_not_let_go_keeps_the_one_who_closes(self, sensor: Sensor, camera: SteadyCamera) -> None:
        """So that the gate, which does not wait, ends the process. Nobody pretends that it was shut."""
        camera.open()
        frame(camera)
        sensor.fail(Fault.HANGS)
        closing = threading.Thread(target=camera.close, daemon=True)
        closing.start()
        closing.join(0.3)
        assert closing.is_alive()
        sensor.mend()
        closing.join(2)
        assert not closing.is_alive()


@pytest.fixture
def rig() -> Iterator[Rig]:
    clock = HandClock()
    made = Sensor(Slope(), clock, pace=Pace.LOCKSTEP)
    with attached(made):
        camera = over(clock)
        camera.open()
        yield Rig(made, camera, clock)


class TestInLockstep(CameraContract):
    """The same with a clock that is moved by each frame that is asked for."""

    @pytest.fixture
    def camera(self) -> Iterator[SteadyCamera]:
        clock = TickingClock()
        made = Sensor(Slope(), clock, pace=Pace.LOCKSTEP)
        with attached(made):
            yield over(clock)


@pytest.mark.parametrize("model", Model)
@pytest.mark.parametrize("width", [704, 208, 1918])
def test_no_padding_is_seen_whatever_it_is(model: Model, width: int) -> None:
    clock = HandClock()
    streams = Streams(width=width, height=118, small_width=104, small_height=58, frames_per_second=25)
    with attached(Sensor(Plain(width), clock, model=model, pace=Pace.LOCKSTEP)):
        camera = over(clock, streams=streams)
        camera.open()
        clock.advance(TICK)
        found = camera.next(NOW)
        assert found is not None
        for picture, wide, high in ((found.main, width, 118), (found.small, 104, 58)):
            assert (picture.width, picture.height) == (wide, high)
            assert {int(value) >> 1 for value in np.unique(picture.y)} == {50}
            assert set(np.unique(picture.u)) == {90}
            assert set(np.unique(picture.v)) == {140}
        camera.close()


def test_what_the_sensor_says_is_in_the_frame(rig: Rig) -> None:
    found = rig.look()
    assert found is not None
    assert found.readings is not None
    assert (found.readings.lux, found.readings.celsius) == (400.0, 41.0)
    assert found.readings.exposure == timedelta(milliseconds=8)
    assert found.captured == rig.clock.now()
    assert np.abs(found.main.y.astype(int) - slope(0).y).max() <= 8
    assert rig.camera.gauges() == {
        "camera-night": 0, "camera-over-network": 0, "camera-exposure-us": 8000, "camera-gain-percent": 200,
        "camera-lux": 400, "camera-celsius": 41,
    }  # fmt: skip


def test_a_zone_is_exposed_as_its_profile_says() -> None:
    clock = HandClock()
    made = Sensor(Slope(), clock, pace=Pace.LOCKSTEP)
    profile = Profile(exposure=timedelta(milliseconds=4), gain=3.0, focus=0.2, mains=60)
    with attached(made):
        camera = over(clock, day=profile)
        camera.open()
        clock.advance(TICK)
        found = camera.next(NOW)
        assert found is not None
        assert found.readings is not None
        assert (found.readings.exposure, found.readings.gain) == (timedelta(milliseconds=4), 3.0)
        library = camera._source._camera  # type: ignore[attr-defined]
        assert library._controls["AeFlickerPeriod"] == 8333
        assert library._controls["LensPosition"] == 0.2
        assert library._controls["AeEnable"] is False


def test_a_profile_that_the_camera_cannot_follow_is_said() -> None:
    clock = HandClock()
    made = Sensor(Slope(), clock, pace=Pace.LOCKSTEP)
    made.motor = False
    with attached(made):
        camera = over(clock, day=Profile(focus=0.2))
        with pytest.raises(CaptureLost, match="LensPosition"):
            camera.open()
        assert not made.held


def test_colours_are_bt_601_whatever_the_size(rig: Rig) -> None:
    source = PiSource(STREAMS)
    library = rig.camera._source._camera  # type: ignore[attr-defined]
    assert source._configuration(library, Profile())["colour_space"] == ColorSpace.Smpte170m()


def test_without_the_library_it_says_what_to_install() -> None:
    with pytest.raises(Misconfigured, match="python3-picamera2"):
        PiSource(STREAMS)


def test_a_camera_that_another_program_has_is_lost_and_comes_back(rig: Rig) -> None:
    rig.camera.close()
    rig.sensor.fail(Fault.BUSY)
    with pytest.raises(CaptureLost, match="no other program"):
        rig.camera.open()
    rig.sensor.mend()
    rig.camera.open()
    assert rig.look() is not None


def test_a_stream_that_stalls_is_restarted_and_goes_on(rig: Rig) -> None:
    before = rig.look()
    assert before is not None
    rig.sensor.fail(Fault.STALLED)
    for _ in range(9):
        assert rig.look() is None
    assert rig.camera.counters()["camera-stream-restarts"] == 0
    assert rig.look() is None
    assert rig.camera.counters()["camera-stream-restarts"] == 1
    after = rig.look()
    assert after is not None
    assert after.sequence == before.sequence + 1


def test_a_restart_that_does_not_help_is_not_tried_again(rig: Rig) -> None:
    """The gate gives up on the device then; opening it anew is what helps."""
    assert rig.look() is not None
    rig.sensor.fail(Fault.STALLED_DEEPLY)
    for _ in range(40):
        assert rig.look() is None
    assert rig.camera.counters()["camera-stream-restarts"] == 1
    rig.camera.close()
    rig.camera.open()
    assert rig.look() is not None


def test_a_camera_of_one_frame_a_second_is_not_stalled_between_two() -> None:
    clock = HandClock()
    made = Sensor(Slope(), clock, pace=Pace.LOCKSTEP)
    slow = Streams(width=208, height=118, small_width=104, small_height=58, frames_per_second=1)
    with attached(made):
        camera = over(clock, streams=slow)
        camera.open()
        for _ in range(5):
            clock.advance(timedelta(seconds=1.1))
            assert camera.next(NOW) is not None
        assert camera.counters()["camera-stream-restarts"] == 0


@pytest.mark.parametrize(
    ("fault", "counter"),
    [
        (Fault.STALE, "camera-frames-stale"),
        (Fault.STUCK_CLOCK, "camera-frames-repeated"),
        (Fault.FROZEN, "camera-frames-repeated"),
    ],
)
def test_a_picture_that_is_no_new_one_is_dropped_and_counted(rig: Rig, fault: Fault, counter: str) -> None:
    assert rig.look(timedelta(milliseconds=10)) is not None
    rig.sensor.fail(fault)
    # The scene stands still for so short a time; only the sensor's noise would differ.
    came = [rig.look(timedelta(milliseconds=1)) for _ in range(6)]
    assert came[1:] == [None] * 5
    assert rig.camera.counters()[counter] >= 5
    rig.sensor.mend()
    assert rig.look() is not None


def test_no_buffer_is_lost_over_a_thousand_frames_and_restarts(rig: Rig) -> None:
    for number in range(1000):
        if number % 100 == 50:
            rig.sensor.fail(Fault.STALLED)
            while rig.look() is None:
                pass
        assert rig.look() is not None
    library = rig.camera._source._camera  # type: ignore[attr-defined]
    assert len(library._free) == len(library._buffers) == 4


def test_a_library_that_raises_loses_the_camera(rig: Rig) -> None:
    assert rig.look() is not None
    library = rig.camera._source._camera  # type: ignore[attr-defined]

    def breaks() -> tuple[bool, None]:
        raise RuntimeError("Failed to queue buffer")

    rig.camera._source._job = library._dispatch(breaks)  # type: ignore[attr-defined]
    with pytest.raises(CaptureLost, match="Failed to queue"):
        rig.look()
    rig.camera.close()
    rig.camera.open()
    assert rig.look() is not None

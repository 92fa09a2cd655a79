"""What every camera must do, whatever it is made of. Subclass it where a camera is tested, and give it one."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest

from edge.domain.capture import Frame
from edge.domain.errors import CaptureLost
from edge.ports import Camera

PATIENCE = timedelta(seconds=5)
SHORT = timedelta(milliseconds=30)
AT_ONCE = 1.0
"""Seconds: the gate ends the process where a camera is not shut so soon."""


class CameraContract:
    """The tests. A subclass overrides the fixture ``camera`` and, where it can break one, ``breaker``."""

    @pytest.fixture
    def camera(self) -> Camera:
        """A camera that was never opened, and that will have frames."""
        raise NotImplementedError

    @pytest.fixture
    def breaker(self, camera: Camera) -> tuple[Callable[[], None], Callable[[], None]]:
        """How to unplug this very camera and how to plug it in again."""
        pytest.skip("this camera cannot be unplugged by a test")

    def test_it_says_whether_it_is_simulated(self, camera: Camera) -> None:
        assert camera.simulated in (True, False)

    def test_a_camera_that_was_never_opened_gives_no_frame(self, camera: Camera) -> None:
        assert camera.next(SHORT) is None

    def test_closing_what_is_closed_does_nothing(self, camera: Camera) -> None:
        camera.close()
        camera.open()
        camera.close()
        camera.close()
        assert camera.next(SHORT) is None

    def test_frames_come_in_order_and_show_one_view_in_two_sizes(self, camera: Camera) -> None:
        camera.open()
        first, second, third = (frame(camera) for _ in range(3))
        camera.close()
        assert first.sequence < second.sequence < third.sequence
        assert first.captured.boot < second.captured.boot < third.captured.boot
        assert (second.main.width, second.main.height) == (first.main.width, first.main.height)
        assert first.small.width <= first.main.width
        assert first.small.width / first.small.height == pytest.approx(first.main.width / first.main.height, rel=0.02)

    def test_pictures_stay_as_they_are_while_they_are_held(self, camera: Camera) -> None:
        camera.open()
        held = frame(camera)
        before = [plane.copy() for plane in (held.main.y, held.main.u, held.main.v, held.small.y)]
        for _ in range(6):
            frame(camera)
        camera.close()
        after = (held.main.y, held.main.u, held.main.v, held.small.y)
        assert all(np.array_equal(was, now) for was, now in zip(before, after, strict=True))

    def test_a_picture_may_be_overwritten_and_no_later_one_shows_it(self, camera: Camera) -> None:
        camera.open()
        earlier = [plane.copy() for plane in (frame(camera).main.y for _ in range(6))]
        for _ in range(6):
            picture = frame(camera).main
            for plane in (picture.y, picture.u, picture.v):
                plane[::2] = 255
        later = [frame(camera).main.y.copy() for _ in range(3)]
        camera.close()
        assert not any((plane[::2] == 255).all() for plane in (*earlier, *later))

    def test_a_camera_can_be_opened_again(self, camera: Camera) -> None:
        camera.open()
        before = frame(camera)
        camera.close()
        assert camera.next(SHORT) is None
        camera.open()
        after = frame(camera)
        camera.close()
        assert after.sequence > before.sequence
        assert after.captured.boot > before.captured.boot

    def test_cancel_stops_a_reader_at_once(self, camera: Camera) -> None:
        camera.open()
        frame(camera)
        with reader(camera) as reading:
            camera.cancel()
            reading.join(AT_ONCE)
            assert not reading.is_alive()
        camera.close()

    def test_close_stops_a_reader_at_once(self, camera: Camera) -> None:
        camera.open()
        frame(camera)
        with reader(camera) as reading:
            camera.close()
            reading.join(AT_ONCE)
            assert not reading.is_alive()

    def test_a_cancelled_camera_gives_no_frame_until_it_is_opened_again(self, camera: Camera) -> None:
        camera.open()
        frame(camera)
        camera.cancel()
        assert camera.next(SHORT) is None
        assert camera.next(SHORT) is None
        camera.close()
        camera.open()
        assert frame(camera)
        camera.close()

    def test_cancel_may_come_at_any_time(self, camera: Camera) -> None:
        camera.cancel()
        camera.open()
        assert frame(camera)
        camera.close()
        camera.cancel()

    def test_a_camera_that_is_unplugged_is_lost(
        self, camera: Camera, breaker: tuple[Callable[[], None], Callable[[], None]]
    ) -> None:
        unplug, plug_in = breaker
        camera.open()
        frame(camera)
        unplug()
        # Some say so; of others nothing more is heard.
        with contextlib.suppress(CaptureLost):
            assert next_after_the_last(camera) is None
        camera.close()
        with pytest.raises(CaptureLost):
            camera.open()
        plug_in()
        camera.open()
        assert frame(camera)
        camera.close()


def next_after_the_last(camera: Camera) -> Frame | None:
    """What comes after those frames that were on their way."""
    for _ in range(3):
        last = camera.next(timedelta(seconds=1.5))
        if last is None:
            return None
    return last


def frame(camera: Camera) -> Frame:
    """The next frame, which must come."""
    found = camera.next(PATIENCE)
    assert found is not None
    return found


class reader:  # noqa: N801
    """A thread that asks for frames, with a long timeout, until it gets none."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> threading.Thread:
        self._thread.start()
        time.sleep(0.05)
        return self._thread

    def __exit__(self, *_: object) -> None:
        self._camera.cancel()
        self._thread.join(AT_ONCE)

    def _read(self) -> None:
        while self._camera.next(PATIENCE) is not None:
            pass

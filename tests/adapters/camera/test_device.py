"""The contract on a real camera: ``LAMPPOST_CAMERA=picamera2``, ``/dev/video0`` or ``rtsp://...`` names it.

``make boot-machine`` has it kept by the virtual camera of the kernel itself, ``vivid``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.adapters.camera import Dusk, PiSource, Profile, RtspSource, Source, SteadyCamera, Streams, V4l2Source
from edge.adapters.host import SystemClock
from edge.ports import Camera
from tests.contracts.camera import PATIENCE, CameraContract

STREAMS = Streams(width=1280, height=720, small_width=640, small_height=360, frames_per_second=25)


def named(camera: str) -> Source:
    if camera.startswith("rtsp"):
        return RtspSource(STREAMS, camera)
    if camera.startswith("/dev/"):
        return V4l2Source(STREAMS, Path(camera), encoding=os.environ.get("LAMPPOST_CAMERA_ENCODING", "MJPG"))
    return PiSource(STREAMS, int(camera.partition(":")[2] or 0))


def _told(file: Path, device: str) -> None:
    file.write_text(device)


@pytest.mark.device
class TestOnTheDevice(CameraContract):
    @pytest.fixture
    def camera(self) -> Iterator[Camera]:
        name = os.environ.get("LAMPPOST_CAMERA")
        if not name:
            pytest.skip("no camera: name one with LAMPPOST_CAMERA=picamera2, /dev/video0 or rtsp://...")
        made = SteadyCamera(named(name), STREAMS, SystemClock(), Dusk(Profile()))
        yield made
        made.close()

    @pytest.fixture
    def breaker(self, camera: Camera) -> tuple[Callable[[], None], Callable[[], None]]:
        """Through the kernel, which takes it from its driver and gives it back. Only root can ask for that."""
        driven = os.environ.get("LAMPPOST_CAMERA_DRIVER")
        if not driven:
            pytest.skip(
                "nobody unplugs it: name its driver with LAMPPOST_CAMERA_DRIVER=/sys/bus/.../drivers/vivid/vivid.0"
            )
        driver, device = Path(driven).parent, Path(driven).name
        return lambda: _told(driver / "unbind", device), lambda: _told(driver / "bind", device)

    def test_it_knows_when_a_picture_was_taken(self, camera: Camera) -> None:
        camera.open()
        found = camera.next(PATIENCE)
        assert found is not None
        age = SystemClock().now().since(found.captured).total_seconds()
        camera.close()
        assert 0 <= age < 1

"""The contract on a real camera: ``LAMPPOST_CAMERA=picamera2``, ``/dev/video0`` or ``rtsp://...`` names it."""

from __future__ import annotations

import os
from collections.abc import Iterator
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

    def test_it_knows_when_a_picture_was_taken(self, camera: Camera) -> None:
        camera.open()
        found = camera.next(PATIENCE)
        assert found is not None
        age = SystemClock().now().since(found.captured).total_seconds()
        camera.close()
        assert 0 <= age < 1

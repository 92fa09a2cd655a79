"""A camera on a network, over RTSP on loopback."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.adapters.camera import Dusk, Profile, RtspSource, SteadyCamera
from edge.adapters.host import SystemClock
from edge.domain.errors import CaptureLost
from edge.ports import Camera
from hardware_sim.network_camera import NetworkCamera, serving
from tests.adapters.camera.rigs import STREAMS, Slope
from tests.contracts.camera import CameraContract, frame

pytest.importorskip("av")


def over(served: NetworkCamera, login: Path | None = None) -> SteadyCamera:
    source = RtspSource(STREAMS, served.address, login)
    return SteadyCamera(source, STREAMS, SystemClock(), Dusk(Profile()))


class TestOverTheNetwork(CameraContract):
    @pytest.fixture
    def served(self) -> Iterator[NetworkCamera]:
        with serving(NetworkCamera(Slope())) as made:
            yield made

    @pytest.fixture
    def camera(self, served: NetworkCamera) -> Iterator[Camera]:
        made = over(served)
        yield made
        made.close()

    @pytest.fixture
    def breaker(self, served: NetworkCamera, camera: Camera) -> tuple[Callable[[], None], Callable[[], None]]:
        pytest.skip("a camera on a network opens whether or not it is there")


@pytest.fixture
def served() -> Iterator[NetworkCamera]:
    with serving(NetworkCamera(Slope())) as made:
        yield made


def test_it_says_that_nothing_shows_its_picture_to_be_live(served: NetworkCamera) -> None:
    camera = over(served)
    assert camera.live is False
    assert camera.gauges()["camera-over-network"] == 1


def test_a_connection_that_is_cut_loses_the_camera_and_another_opening_brings_it_back(served: NetworkCamera) -> None:
    camera = over(served)
    camera.open()
    frame(camera)
    served.cut()
    with pytest.raises(CaptureLost, match="127.0.0.1"):
        while True:
            assert camera.next(timedelta(seconds=5)) is not None
    camera.close()
    camera.open()
    assert frame(camera)
    camera.close()


def test_a_stream_that_falls_silent_is_joined_anew(served: NetworkCamera) -> None:
    camera = over(served)
    camera.open()
    frame(camera)
    served.plays = False
    until = time.monotonic() + 8
    while camera.counters()["camera-stream-restarts"] == 0 and time.monotonic() < until:
        camera.next(timedelta(milliseconds=300))
    served.plays = True
    assert camera.counters()["camera-stream-restarts"] == 1
    assert frame(camera)
    assert served.viewers == 2
    camera.close()


def test_where_nobody_answers_the_camera_is_lost(served: NetworkCamera) -> None:
    served.stop()
    camera = over(served)
    camera.open()
    with pytest.raises(CaptureLost, match="network"):
        camera.next(timedelta(seconds=5))
    camera.close()


def test_login_comes_from_a_file_and_is_in_no_message(tmp_path: Path) -> None:
    login = tmp_path / "login"
    login.write_text("viewer:pa/ss@word\n")
    with serving(NetworkCamera(Slope(), login="viewer:pa/ss@word")) as served:
        camera = over(served, login)
        camera.open()
        assert frame(camera)
        camera.close()
        login.write_text("viewer:another")
        camera.open()
        with pytest.raises(CaptureLost) as told:
            camera.next(timedelta(seconds=5))
        camera.close()
    assert "another" not in str(told.value)
    login.unlink()
    with serving(NetworkCamera(Slope(), login="viewer:x")) as served:
        camera = over(served, login)
        camera.open()
        with pytest.raises(CaptureLost, match="user:password"):
            camera.next(timedelta(seconds=5))
        camera.close()


def test_a_picture_of_another_size_is_brought_to_the_size_of_the_zone() -> None:
    with serving(NetworkCamera(Slope())) as served:
        larger = replace(STREAMS, width=416, height=236)
        camera = SteadyCamera(RtspSource(larger, served.address), larger, SystemClock(), Dusk(Profile()))
        camera.open()
        found = frame(camera)
        camera.close()
    assert (found.main.width, found.main.height, found.small.width) == (416, 236, 104)

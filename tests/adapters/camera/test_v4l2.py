"""Cameras that the kernel shows as files, as far as a machine without one can tell. The contract runs on devices."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.adapters.camera import Dusk, Profile, SteadyCamera, V4l2Source
from edge.adapters.camera.v4l2 import AUTO_EXPOSURE, EXPOSURE, FOCUS, GAIN, MAINS, SET_CONTROL, controls, in_planes
from edge.adapters.host import SystemClock
from edge.domain.errors import CaptureLost
from tests.adapters.camera.rigs import STREAMS

BGR = np.zeros((STREAMS.height, STREAMS.width, 3), np.uint8)


def source(device: Path) -> V4l2Source:
    return V4l2Source(STREAMS, device)


def test_a_device_that_is_not_there_is_said(tmp_path: Path) -> None:
    camera = SteadyCamera(source(tmp_path / "video7"), STREAMS, SystemClock(), Dusk(Profile()))
    with pytest.raises(CaptureLost, match=r"video7.*v4l2-ctl"):
        camera.open()
    assert camera.next(timedelta(milliseconds=10)) is None
    camera.close()


def test_a_file_that_is_no_camera_is_said(tmp_path: Path) -> None:
    (tmp_path / "video7").write_bytes(b"no camera")
    with pytest.raises(CaptureLost, match="video7"):
        source(tmp_path / "video7").open(Profile())


def test_a_control_that_the_profile_needs_and_the_camera_lacks_is_said(tmp_path: Path) -> None:
    (tmp_path / "video7").write_bytes(b"no camera")
    source(tmp_path / "video7").expose(Profile())  # nothing of it is needed
    with pytest.raises(CaptureLost, match="0x980913"):
        source(tmp_path / "video7").expose(Profile(gain=2))


def test_the_kernels_time_becomes_time_since_boot() -> None:
    """CLOCK_MONOTONIC stands still in suspend, CLOCK_BOOTTIME does not."""
    now = time.clock_gettime(time.CLOCK_MONOTONIC)
    shot = source(Path("/dev/video7"))._shot(BGR, now * 1000)
    assert shot.sensed is not None
    assert abs(shot.sensed.total_seconds() - time.clock_gettime(time.CLOCK_BOOTTIME)) < 0.1
    assert (shot.main.width, shot.small.width) == (STREAMS.width, STREAMS.small_width)


def test_a_picture_without_a_timestamp_is_not_believed() -> None:
    with pytest.raises(CaptureLost, match="how old"):
        source(Path("/dev/video7"))._shot(BGR, 0)


def test_a_picture_of_another_size_is_refused() -> None:
    """The zone is drawn for one size, and a camera that changes its own is another camera."""
    with pytest.raises(CaptureLost, match="another size"):
        source(Path("/dev/video7"))._shot(BGR[:-2], 5)


@pytest.mark.parametrize(
    ("bgr", "yuv"),
    [((0, 0, 0), (16, 128, 128)), ((255, 255, 255), (235, 128, 128)), ((0, 0, 255), (82, 90, 240))],
)
def test_planes_are_bt_601_in_limited_range(bgr: tuple[int, int, int], yuv: tuple[int, int, int]) -> None:
    picture = in_planes(np.full((16, 32, 3), bgr, np.uint8))
    assert [int(np.unique(plane)[0]) for plane in (picture.y, picture.u, picture.v)] == pytest.approx(yuv, abs=1)


def test_controls_are_set_in_an_order_that_cameras_take() -> None:
    profile = Profile(exposure=timedelta(milliseconds=5), gain=12, focus=30, mains=60)
    asked = list(controls(profile))
    assert asked[0] == (MAINS, 2, False)
    assert asked.index((AUTO_EXPOSURE, 1, True)) < asked.index((EXPOSURE, 50, True))
    assert (GAIN, 12, True) in asked
    assert asked[-1] == (FOCUS, 30, True)
    assert list(controls(Profile(mains=0))) == [(MAINS, 0, False), (AUTO_EXPOSURE, 3, False)]


def test_the_call_is_the_kernels() -> None:
    """_IOWR('V', 28, struct v4l2_control), from linux/videodev2.h."""
    assert (3 << 30) | (8 << 16) | (ord("V") << 8) | 28 == SET_CONTROL


def test_opencv_reads_such_cameras() -> None:
    """What is installed was built with it, and can wait for a frame without blocking for good."""
    assert "v4l/v4l2:                    YES" in cv2.getBuildInformation()
    assert hasattr(cv2.VideoCapture, "waitAny")

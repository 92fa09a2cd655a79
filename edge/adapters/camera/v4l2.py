"""Cameras that the kernel shows as ``/dev/video``: on USB, or virtual.

OpenCV reads them: it is there already, negotiates and decodes whatever a camera offers, and gives the kernel's
timestamp of each buffer (``CAP_PROP_POS_MSEC``; a picture without one is refused). FFmpeg as PyAV ships it has no V4L2
input, and linuxpy, with a good interface of its own, is under the GPL. OpenCV hides one thing, that it keeps buffers:
only one is asked for beside the one that is being filled, and every picture's age is known and judged.

Exposure, gain, focus and mains frequency are V4L2 controls, set by the kernel's own call on a second handle: any handle
may set them (Linux media documentation, "Opening and Closing Devices"; numbers from ``linux/v4l2-controls.h``).
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.adapters.camera.pump import Pump, Pumped
from edge.adapters.camera.source import Profile, Shot, Streams, planes, resized
from edge.domain.capture import Picture, Readings
from edge.domain.errors import CaptureLost

SET_CONTROL: Final = 0xC008561C
"""VIDIOC_S_CTRL, with a number and a value of 32 bits each."""
MAINS: Final = 0x00980918
GAIN: Final = 0x00980913
AUTO_EXPOSURE: Final = 0x009A0901
EXPOSURE: Final = 0x009A0902
AUTO_FOCUS: Final = 0x009A090C
FOCUS: Final = 0x009A090A
MANUAL: Final = 1
"""V4L2_EXPOSURE_MANUAL."""
APERTURE_PRIORITY: Final = 3
"""V4L2_EXPOSURE_APERTURE_PRIORITY: what automatic exposure is on nearly every USB camera."""
HUNDRED_MICROSECONDS: Final = timedelta(microseconds=100)
POLLED: Final = 200_000_000
"""Nanoseconds that are waited for a frame before somebody looks whether reading is still wanted."""
BUFFERS: Final = 2


class V4l2Source(Pumped):
    """One camera, by its path."""

    live = True
    still = timedelta(0)

    def __init__(self, streams: Streams, device: Path, *, encoding: str = "MJPG") -> None:
        """``encoding`` is the four-letter code of what the camera sends: large pictures mostly come as JPEG."""
        self._streams = streams
        self._device = device
        self._encoding = encoding

    def open(self, profile: Profile) -> None:
        """Open, set and start. Raises CaptureLost."""
        capture = self._capture()
        try:
            self.expose(profile)
        except CaptureLost:
            capture.release()
            raise
        self._pump = Pump(lambda over: self._reads(capture, over))

    def restart(self, profile: Profile) -> None:
        """The stream ends where its last buffers are given back, which is where the device is released."""
        self.close()
        self.open(profile)

    def expose(self, profile: Profile) -> None:
        """Raises CaptureLost where the camera lacks what the profile asks for."""
        try:
            handle = os.open(self._device, os.O_RDWR | os.O_NONBLOCK)
        except OSError as error:
            raise self._lost(str(error.strerror)) from error
        try:
            for control, value, must in controls(profile):
                try:
                    fcntl.ioctl(handle, SET_CONTROL, struct.pack("Ii", control, value))
                except OSError as error:
                    if must:
                        what = f"The camera {self._device} does not take control {control:#x}: {error.strerror}."
                        raise CaptureLost(what, "Compare [camera] with `v4l2-ctl --list-ctrls`.") from error
        finally:
            os.close(handle)

    def close(self) -> None:
        """Wait until the device is released, however long the driver takes: the gate ends a process that waits."""
        pump, self._pump = self._pump, None
        if pump is not None:
            pump.stop()

    def _capture(self) -> cv2.VideoCapture:
        wanted = self._streams
        asked = {
            cv2.CAP_PROP_FOURCC: int.from_bytes(self._encoding.encode("ascii"), "little"),
            cv2.CAP_PROP_FRAME_WIDTH: wanted.width,
            cv2.CAP_PROP_FRAME_HEIGHT: wanted.height,
            cv2.CAP_PROP_FPS: wanted.frames_per_second,
            cv2.CAP_PROP_BUFFERSIZE: BUFFERS,
        }
        capture = cv2.VideoCapture(str(self._device), cv2.CAP_V4L2)
        for name, value in asked.items() if capture.isOpened() else ():
            capture.set(name, value)
        got = round(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if not capture.isOpened():
            raise self._lost("it is not there, or in use")
        if got != (wanted.width, wanted.height):
            capture.release()
            raise self._lost(f"it gives {got[0]}x{got[1]} in place of {wanted.width}x{wanted.height}")
        return capture

    def _reads(self, capture: cv2.VideoCapture, over: threading.Event) -> Iterator[Shot]:
        try:
            while not over.is_set():
                ready, _ = cv2.VideoCapture.waitAny([capture], POLLED)
                if not ready:
                    if not self._device.exists():
                        raise self._lost("it went away")
                    continue
                got, picture = capture.retrieve()
                if not got:
                    raise self._lost("it sends nothing that can be read")
                yield self._shot(np.asarray(picture, np.uint8), capture.get(cv2.CAP_PROP_POS_MSEC))
        except cv2.error as error:
            raise self._lost(error.err or "it went away") from error
        finally:
            capture.release()

    def _shot(self, bgr: NDArray[np.uint8], milliseconds: float) -> Shot:
        wanted = self._streams
        if bgr.shape != (wanted.height, wanted.width, 3):
            raise self._lost(f"it sends pictures of another size: {bgr.shape}")
        if milliseconds <= 0:
            raise self._lost("it gives no timestamps, so that nobody knows how old a picture is")
        main = in_planes(bgr)
        # The driver's time is CLOCK_MONOTONIC, which stands still in suspend.
        apart = time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
        sensed = timedelta(milliseconds=milliseconds) + timedelta(seconds=apart)
        return Shot(main, resized(main, wanted.small_width, wanted.small_height), sensed, Readings())

    def _lost(self, why: str) -> CaptureLost:
        return CaptureLost(
            f"The camera {self._device} cannot be used: {why}.",
            "Check its plug, `v4l2-ctl --list-formats-ext`, and that no other program has it.",
        )


def controls(profile: Profile) -> Iterator[tuple[int, int, bool]]:
    """Number, value, and whether the camera must have it, in an order in which a camera takes them."""
    # 0, 1 and 2: disabled, 50 Hz, 60 Hz.
    yield MAINS, {0: 0, 50: 1, 60: 2}[profile.mains], False
    yield AUTO_EXPOSURE, APERTURE_PRIORITY if profile.exposure is None else MANUAL, profile.exposure is not None
    if profile.exposure is not None:
        yield EXPOSURE, profile.exposure // HUNDRED_MICROSECONDS, True
    if profile.gain is not None:
        # The unit is the driver's own; what a profile says is passed on as a whole number.
        yield GAIN, round(profile.gain), True
    if profile.focus is not None:
        yield AUTO_FOCUS, 0, False
        yield FOCUS, round(profile.focus), True


def in_planes(bgr: NDArray[np.uint8]) -> Picture:
    """(H, W, 3) uint8 BGR, both sides even, as planes: BT.601, limited range."""
    packed = cv2.cvtColor(np.ascontiguousarray(bgr), cv2.COLOR_BGR2YUV_I420)
    return planes(packed.astype(np.uint8, copy=False), bgr.shape[1], bgr.shape[0])

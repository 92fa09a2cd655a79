"""The camera of a Raspberry Pi, through picamera2 (from the distribution's packages, never from pip).

It is configured once, with a main and a low-resolution stream of the same view, and never switched to another mode.
Every picture is copied out and its buffer given back at once: libcamera has few, and one kept too long stops the
stream.
"""

from __future__ import annotations

import importlib
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.domain.capture import Frame, Instant, Picture
from edge.domain.errors import CaptureLost, Misconfigured
from edge.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """What the camera is configured with, once."""

    width: int
    height: int
    small_width: int
    small_height: int
    frames_per_second: int


class PiCamera:
    """The first camera that libcamera knows."""

    simulated = False

    def __init__(self, streams: Streams, clock: Clock) -> None:
        """Find the library. Raises Misconfigured where it is not installed."""
        try:
            self._library: Any = importlib.import_module("picamera2")
        except ImportError as error:
            raise Misconfigured(
                f"picamera2 cannot be imported: {error}.",
                "Install python3-picamera2 with apt, in an environment that sees the system's packages.",
            ) from error
        self._streams = streams
        self._clock = clock
        self._camera: Any = None
        self._cancelled = threading.Event()
        self._sequence = 0

    def open(self) -> None:
        """Configure and start. Raises CaptureLost."""
        wanted = self._streams
        self._cancelled.clear()
        period = 1_000_000 // wanted.frames_per_second
        try:
            camera = self._library.Picamera2()
            self._camera = camera
            camera.configure(
                camera.create_video_configuration(
                    main={"size": (wanted.width, wanted.height), "format": "YUV420"},
                    lores={"size": (wanted.small_width, wanted.small_height), "format": "YUV420"},
                    controls={"FrameDurationLimits": (period, period)},
                    buffer_count=4,
                    queue=False,
                )
            )
            camera.start()
        except (RuntimeError, IndexError, OSError) as error:
            raise CaptureLost(
                f"The camera cannot be opened: {error}.", "Check its cable and `libcamera-hello`."
            ) from error

    def next(self, timeout: timedelta) -> Frame | None:
        """The next frame, or None after the timeout or :meth:`cancel`. Raises CaptureLost."""
        if self._camera is None or self._cancelled.is_set():
            return None
        try:
            job = self._camera.capture_request(wait=False)
            request = job.get_result(timeout=timeout.total_seconds())
        except TimeoutError:
            self._camera.cancel_all_and_flush()
            return None
        except (RuntimeError, OSError) as error:
            raise CaptureLost(f"The camera stopped: {error}.", "Check its cable, power and temperature.") from error
        if request is None:
            return None
        try:
            return self._frame(request)
        finally:
            request.release()

    def cancel(self) -> None:
        """Make :meth:`next` return. May be called from any thread."""
        self._cancelled.set()
        camera = self._camera
        if camera is not None:
            camera.cancel_all_and_flush()

    def close(self) -> None:
        """Stop the camera and give every buffer back."""
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.stop()
            camera.close()

    def _frame(self, request: Any) -> Frame:  # noqa: ANN401
        wanted = self._streams
        self._sequence += 1
        main = _picture(request.make_array("main"), wanted.width, wanted.height)
        small = _picture(request.make_array("lores"), wanted.small_width, wanted.small_height)
        now = self._clock.now()
        # The sensor's timestamp counts on the clock of CLOCK_BOOTTIME, in nanoseconds.
        sensed = request.get_metadata().get("SensorTimestamp")
        boot = now.boot if sensed is None else timedelta(microseconds=int(sensed) // 1000)
        return Frame(self._sequence, Instant(now.wall - (now.boot - boot), boot), main, small)


def _picture(packed: NDArray[np.uint8], width: int, height: int) -> Picture:
    """Planes of a (height * 3 / 2, stride) uint8 array, without the padding that the hardware puts behind rows."""
    stride = packed.shape[1]
    chroma = packed[height:].reshape(-1)[: height // 2 * stride].reshape(2, height // 2, stride // 2)
    planes = (packed[:height, :width], chroma[0, :, : width // 2], chroma[1, :, : width // 2])
    return Picture(*(np.ascontiguousarray(plane) for plane in planes))

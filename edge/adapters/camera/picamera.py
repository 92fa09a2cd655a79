"""The camera of a Raspberry Pi, through picamera2 (from the distribution's packages, never from pip).

It is configured once, with a main and a low-resolution stream of the same view, and never switched to another mode.
Every picture is copied out and its buffer given back at once: libcamera has few, and one kept too long stops the
stream.

A capture that has to be waited for is a *job* there. One that did not come in time is waited for again, not cancelled:
it may be given its buffer in that very moment, and a buffer that nobody takes is never given back. Before the camera is
stopped all jobs are cancelled, because the stop is a job too, and waits behind one that will never end (picamera2
issues 1065 and 1264).
"""

from __future__ import annotations

import contextlib
import importlib
import threading
from concurrent.futures import CancelledError
from datetime import timedelta
from typing import Any, Final

from edge.adapters.camera.source import Profile, Shot, Streams, planes
from edge.domain.capture import Readings
from edge.domain.errors import CaptureLost, Misconfigured

BUFFERS: Final = 4
DRAIN: Final = 0.2
"""Seconds in which a cancelled job has ended one way or the other."""
MICROSECOND: Final = timedelta(microseconds=1)
SECOND: Final = 1_000_000
"""Microseconds."""


class PiSource:
    """One of the cameras that libcamera knows."""

    live = True
    still = timedelta(0)

    def __init__(self, streams: Streams, number: int = 0) -> None:
        """``number`` as ``rpicam-hello --list-cameras`` says it. Raises Misconfigured without the library."""
        try:
            self._library: Any = importlib.import_module("picamera2")
            self._libcamera: Any = importlib.import_module("libcamera")
        except ImportError as error:
            raise Misconfigured(
                f"picamera2 cannot be imported: {error}.",
                "Install python3-picamera2 with apt, in an environment that sees the system's packages.",
            ) from error
        self._streams = streams
        self._number = number
        self._camera: Any = None
        self._job: Any = None
        self._lock = threading.Lock()
        """Held while a buffer is read, and while the camera is stopped."""

    def open(self, profile: Profile) -> None:
        """Configure and start. Raises CaptureLost."""
        try:
            camera = self._library.Picamera2(self._number)
        except (RuntimeError, IndexError, OSError) as error:
            raise CaptureLost(
                f"The camera cannot be opened: {error}.",
                "Check its cable with `rpicam-hello`, and that no other program has it.",
            ) from error
        with contextlib.ExitStack() as undo:
            undo.callback(_closed, camera)
            try:
                camera.configure(self._configuration(camera, profile))
                camera.start()
            except (RuntimeError, OSError) as error:
                remedy = "Check its cable and its settings."
                raise CaptureLost(f"The camera cannot be started: {error}.", remedy) from error
            undo.pop_all()
        self._camera = camera

    def restart(self, profile: Profile) -> None:
        """Stop and start again, with the same configuration. Raises CaptureLost."""
        with self._lock:
            camera = self._camera
            if camera is None:
                return
            self._drain(camera)
            try:
                camera.stop()
                # They go with the first request, as at the first start.
                camera.set_controls(self._controls(camera, profile))
                camera.start()
            except (RuntimeError, OSError) as error:
                raise CaptureLost(
                    f"The stream cannot be started again: {error}.", "Check the camera's cable."
                ) from error

    def expose(self, profile: Profile) -> None:
        """Expose differently from one of the next frames on. Raises CaptureLost."""
        try:
            self._camera.set_controls(self._controls(self._camera, profile))
        except (RuntimeError, AttributeError) as error:
            raise CaptureLost(
                f"The camera refuses its profile: {error}.", "Compare [camera] with its sensor."
            ) from error

    def next(self, timeout: timedelta) -> Shot | None:
        """The next shot, or None after the timeout or :meth:`cancel`. Raises CaptureLost."""
        with self._lock:
            camera = self._camera
            if camera is None:
                return None
            job = self._job = self._job or camera.capture_request(wait=False)
        try:
            request = job.get_result(timeout=timeout.total_seconds())
        except TimeoutError:
            return None
        except CancelledError:
            self._forget(job)
            return None
        except (RuntimeError, OSError) as error:
            self._forget(job)
            raise CaptureLost(f"The camera stopped: {error}.", "Check its cable, power and temperature.") from error
        with self._lock:
            if self._job is not job:
                return None  # whoever closed the camera gave the buffer back
            self._job = None
            try:
                return self._shot(request)
            finally:
                request.release()

    def cancel(self) -> None:
        """Make :meth:`next` return."""
        camera = self._camera
        if camera is not None:
            camera.cancel_all_and_flush()

    def close(self) -> None:
        """Stop the camera and give every buffer back."""
        with self._lock:
            camera, self._camera = self._camera, None
            if camera is None:
                return
            self._drain(camera)
            _closed(camera)

    def _forget(self, job: object) -> None:
        with self._lock:
            self._job = None if self._job is job else self._job

    def _drain(self, camera: Any) -> None:  # noqa: ANN401
        """Cancel the job that waits; where it was quicker, give its buffer back."""
        job, self._job = self._job, None
        camera.cancel_all_and_flush()
        if job is not None:
            with contextlib.suppress(CancelledError, TimeoutError, RuntimeError, OSError):
                job.get_result(timeout=DRAIN).release()

    def _configuration(self, camera: Any, profile: Profile) -> Any:  # noqa: ANN401
        wanted = self._streams
        return camera.create_video_configuration(
            main={"size": (wanted.width, wanted.height), "format": "YUV420"},
            lores={"size": (wanted.small_width, wanted.small_height), "format": "YUV420"},
            raw=None,
            # BT.601, limited range, whatever the size: the default changes to BT.709 at 1280x720.
            colour_space=self._libcamera.ColorSpace.Smpte170m(),
            controls=self._controls(camera, profile),
            buffer_count=BUFFERS,
            # A capture waits for the next frame; none is kept for it (issue 426).
            queue=False,
            display=None,
            encode=None,
        )

    def _controls(self, camera: Any, profile: Profile) -> dict[str, object]:  # noqa: ANN401
        """As libcamera names them. Raises CaptureLost where the camera lacks what the profile asks for."""
        period = SECOND // self._streams.frames_per_second
        names, known = self._libcamera.controls, camera.camera_controls
        asked: dict[str, object] = {}
        if profile.exposure is not None:
            asked["ExposureTime"] = profile.exposure // MICROSECOND
        if profile.gain is not None:
            asked["AnalogueGain"] = profile.gain
        if profile.focus is not None:
            asked |= {"AfMode": names.AfModeEnum.Manual, "LensPosition": profile.focus}
        lacking = sorted(asked.keys() - known.keys())
        if lacking:
            raise CaptureLost(f"The camera has no {', '.join(lacking)}.", "Take it out of [camera] in the settings.")
        # Each of these is something to have where there is such a thing.
        wished: dict[str, object] = {"FrameDurationLimits": (period, period), "ExposureValue": profile.brightness}
        wished["AeEnable"] = profile.exposure is None or profile.gain is None
        flicker = names.AeFlickerModeEnum
        if profile.mains:
            # Lamps flicker twice in a cycle.
            wished |= {"AeFlickerMode": flicker.Manual, "AeFlickerPeriod": SECOND // (2 * profile.mains)}
        else:
            wished["AeFlickerMode"] = flicker.Off
        return {name: value for name, value in wished.items() if name in known} | asked

    def _shot(self, request: Any) -> Shot:  # noqa: ANN401
        wanted, said = self._streams, request.get_metadata()
        main = planes(request.make_array("main"), wanted.width, wanted.height)
        small = planes(request.make_array("lores"), wanted.small_width, wanted.small_height)
        sensed, exposed = said.get("SensorTimestamp"), said.get("ExposureTime")
        readings = Readings(
            exposure=None if exposed is None else exposed * MICROSECOND,
            gain=said.get("AnalogueGain"),
            lux=said.get("Lux"),
            celsius=said.get("SensorTemperature"),
        )
        # Nanoseconds on CLOCK_BOOTTIME (libcamera's control_ids_core.yaml, SensorTimestamp).
        return Shot(main, small, None if sensed is None else timedelta(microseconds=int(sensed) // 1000), readings)


def _closed(camera: Any) -> None:  # noqa: ANN401
    """Whatever it says on the way out, it is closed as far as it can be."""
    for step in (camera.stop, camera.close):
        with contextlib.suppress(RuntimeError, OSError):
            step()

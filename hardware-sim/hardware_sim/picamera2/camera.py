"""``Picamera2``: configuring, starting, capturing, stopping."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar, Final

import numpy as np

from edge.domain.capture import Picture
from hardware_sim.picamera2.jobs import Buffer, CompletedRequest, Job
from hardware_sim.picamera2.libcamera import ColorSpace
from hardware_sim.picamera2.sensor import LATE, Fault, Pace, Sensor
from hardware_sim.planes import copy_into, smaller

RUBBISH: Final = 0xA5
"""What is in the padding."""
STARTUP: Final = 1
"""Frames after a start that no request gets: the exposure is still being found."""
AUTOMATIC: Final = {"ExposureTime": 8_000, "AnalogueGain": 2.0}
"""What automatic exposure settles on."""


class Picamera2:
    """The camera of one sensor. ``attached`` makes a class of it that knows its sensors."""

    sensors: ClassVar[tuple[Sensor, ...]] = ()

    def __init__(self, camera_num: int = 0) -> None:
        """Open it. Raises IndexError where there is none, RuntimeError where it is taken."""
        found = [sensor for sensor in self.sensors if Fault.UNPLUGGED not in sensor.faults]
        self._sensor = found[camera_num]
        if self._sensor.held or Fault.BUSY in self._sensor.faults:
            raise RuntimeError("Camera __init__ sequence did not complete.")
        self._sensor.held = True
        self._sensor.opened()
        self._lock = threading.Condition()
        self._open, self.started = True, False
        self._streams: dict[str, tuple[int, int]] = {}
        self._buffers: list[dict[str, Buffer]] = []
        self._free: deque[dict[str, Buffer]] = deque()
        self._stops = 0
        self._jobs: list[Job] = []
        self._controls: dict[str, Any] = {}
        self._period = timedelta(0)
        self._due = False
        """Whether a frame has just been exposed that nobody has yet."""
        self._exposed: timedelta | None = None
        self._asked: timedelta | None = None
        self._thread: threading.Thread | None = None

    @property
    def camera_controls(self) -> dict[str, tuple[int, int, None]]:
        """What may be set, with limits."""
        return dict.fromkeys(self._sensor.controls, (0, 0, None))

    def create_video_configuration(
        self, *, main: dict[str, Any], lores: dict[str, Any], raw: None, colour_space: ColorSpace,
        controls: dict[str, Any], buffer_count: int = 6, queue: bool = True, display: None, encode: None,
    ) -> dict[str, Any]:  # fmt: skip
        """A configuration, with sides made even."""
        streams = {name: {**one, "size": _even(one["size"])} for name, one in (("main", main), ("lores", lores))}
        return {**streams, "raw": raw, "colour_space": colour_space, "controls": controls,
                "buffer_count": buffer_count, "queue": queue, "display": display, "encode": encode}  # fmt: skip

    def configure(self, configuration: dict[str, Any]) -> None:
        """Make the buffers. Raises RuntimeError."""
        if self.started:
            raise RuntimeError("Camera must be stopped before configuring")
        if configuration["queue"]:
            raise RuntimeError("this virtual camera keeps no frame for later: configure it with queue=False")
        if not isinstance(configuration["colour_space"], ColorSpace):
            raise RuntimeError("Colour space has incorrect type")
        main, lores = configuration["main"]["size"], configuration["lores"]["size"]
        if lores[0] > main[0] or lores[1] > main[1]:
            raise RuntimeError("lores stream dimensions may not exceed main stream")
        if {configuration[name]["format"] for name in ("main", "lores")} != {"YUV420"}:
            raise RuntimeError("this virtual camera gives YUV420")
        self._streams = {"main": main, "lores": lores}
        self._buffers = [
            {name: self._buffer(*size) for name, size in self._streams.items()}
            for _ in range(configuration["buffer_count"])
        ]
        self.set_controls(configuration["controls"])

    def set_controls(self, controls: dict[str, Any]) -> None:
        """They hold from the next request on. Raises RuntimeError."""
        for name in controls:
            if name not in self._sensor.controls:
                raise RuntimeError(f"Control {name} is not advertised by libcamera")
        self._controls |= controls
        limits = self._controls.get("FrameDurationLimits", (33_333, 33_333))
        self._period = timedelta(microseconds=limits[0])

    def start(self) -> None:
        """Start the stream. Raises RuntimeError."""
        if not self._streams:
            raise RuntimeError("Camera has not been configured")
        if self.started:
            return
        self._sensor.started()
        self._free = deque(self._buffers)
        self.started = True
        if self._sensor.pace is Pace.REAL:
            self._thread = threading.Thread(target=self._run, args=(self._stops,), daemon=True)
            self._thread.start()

    def capture_request(self, *, wait: bool) -> Job:
        """A job that gets the next frame."""
        if wait:
            raise RuntimeError("this virtual camera is asked without waiting")
        return self._dispatch(self._capture)

    def cancel_all_and_flush(self) -> None:
        """Cancel what waits."""
        with self._lock:
            jobs, self._jobs = self._jobs, []
        for job in jobs:
            job.cancel()

    def stop(self) -> None:
        """Stop the stream: behind the jobs that wait. Hangs where those never end, or the kernel does not let go."""
        if self.started:
            job = self._dispatch(self._stop)
            self._process()
            if self._sensor.pace is Pace.LOCKSTEP and not job.future.done():
                raise AssertionError("the program hangs here: it stops a camera behind a job that never ends")
            job.future.result()

    def close(self) -> None:
        """Give the camera back."""
        if not self._open:
            return
        self.stop()
        self._open = False
        self._sensor.held = False
        self._buffers, self._streams = [], {}
        self._free.clear()

    def _dispatch(self, attempt: Callable[[], tuple[bool, Any]]) -> Job:
        job = Job(attempt, self._poke)
        with self._lock:
            self._jobs.append(job)
            self._lock.notify_all()
        return job

    def _poke(self) -> None:
        """Without a thread: expose a frame for this instant, if it was not yet."""
        if self._sensor.pace is Pace.LOCKSTEP and self.started:
            now = self._sensor.clock.now().boot
            self._due = self._due or self._asked != now
            self._asked = now
            self._process()

    def _run(self, stops: int) -> None:
        """The camera's thread: frames as they fall due, and the jobs in their order."""
        clock = self._sensor.clock
        due = clock.now().boot + (1 + STARTUP) * self._period
        while self.started and self._stops == stops:
            with self._lock:
                left = (due - clock.now().boot).total_seconds()
                if left > 0:
                    self._lock.wait(left)
                if clock.now().boot >= due:
                    due = max(due + self._period, clock.now().boot)
                    self._due = True
                self._process()
                # Nobody wanted it: its buffers go back as they are.
                self._due = False

    def _process(self) -> None:
        """Do what can be done, in its order."""
        done = []
        with self._lock:
            while self._jobs:
                try:
                    finished, result = self._jobs[0].attempt()
                except RuntimeError as error:
                    self._jobs.pop(0).future.set_exception(error)
                    continue
                if not finished:
                    break
                done.append((self._jobs.pop(0), result))
        # Between the two somebody may cancel everything: such a job is no longer in the list, and gets its result.
        for job, result in done:
            job.future.set_result(result)

    def _capture(self) -> tuple[bool, CompletedRequest | None]:
        now = self._sensor.clock.now().boot
        if not self._due or self._sensor.silent or not self._free:
            return False, None
        self._due = False
        sensed = now if not (Fault.STUCK_CLOCK in self._sensor.faults and self._exposed) else self._exposed
        self._exposed = sensed
        buffers = self._free.popleft()
        self._expose(buffers, sensed)
        said = self._metadata(sensed - LATE if Fault.STALE in self._sensor.faults else sensed)
        stops = self._stops
        return True, CompletedRequest(buffers, said, lambda given: self._take_back(given, stops))

    def _take_back(self, buffers: dict[str, Buffer], stops: int) -> None:
        """What comes back after a stop has no place any more."""
        with self._lock:
            if self._stops == stops:
                self._free.append(buffers)

    def _stop(self) -> tuple[bool, None]:
        if Fault.HANGS in self._sensor.faults:
            if self._sensor.pace is Pace.LOCKSTEP:
                raise AssertionError("the program hangs here: the kernel does not let go of the camera")
            self._sensor.mended.wait()
        self._stops += 1
        self.started = False
        return True, None

    def _expose(self, buffers: dict[str, Buffer], at: timedelta) -> None:
        seen, low = self._sensor.sees(at)
        if (seen.width, seen.height) != self._streams["main"]:
            seen = smaller(seen, *self._streams["main"])
        if (low.width, low.height) != self._streams["lores"]:
            low = smaller(seen, *self._streams["lores"])
        for name, picture in (("main", seen), ("lores", low)):
            target = inside(buffers[name], *self._streams[name])
            copy_into(target, picture)
            self._sensor.shake(target.y)

    def _metadata(self, sensed: timedelta) -> dict[str, object]:
        auto = self._controls.get("AeEnable", True)
        exposed = AUTOMATIC if auto else {}
        set_by_hand = {name: self._controls[name] for name in AUTOMATIC if name in self._controls}
        return {
            **exposed, **set_by_hand,
            "SensorTimestamp": sensed // timedelta(microseconds=1) * 1000,
            "Lux": self._sensor.lux,
            "SensorTemperature": self._sensor.celsius,
            "FrameDuration": self._period // timedelta(microseconds=1),
        }  # fmt: skip

    def _buffer(self, width: int, height: int) -> Buffer:
        pad = self._sensor.model.value
        return np.full((height * 3 // 2, -(-width // pad) * pad), RUBBISH, np.uint8)


def inside(buffer: Buffer, width: int, height: int) -> Picture:
    """The planes inside a padded buffer, as views. A chroma row is half as long as a luma row, padding and all."""
    stride = buffer.shape[1]
    chroma = buffer[height:].reshape(2, height // 2, stride // 2)
    return Picture(buffer[:height, :width], chroma[0, :, : width // 2], chroma[1, :, : width // 2])


def _even(size: tuple[int, int]) -> tuple[int, int]:
    return size[0] - size[0] % 2, size[1] - size[1] % 2

"""The camera port over any source: fresh pictures only, a stalled stream restarted, day and night."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from edge.adapters.camera.dusk import Dusk
from edge.adapters.camera.freshness import Freshness, Verdict
from edge.adapters.camera.source import Shot, Source, Streams
from edge.domain.capture import Frame, Instant, Readings
from edge.ports import Clock

STALLED: Final = timedelta(seconds=1)
"""A stream that has brought nothing new for so long is restarted. The gate gives up on the device after two."""
NOTHING: Final = timedelta(0)
MOMENT: Final = timedelta(milliseconds=1)


class SteadyCamera:
    """Implements :class:`edge.ports.Camera`. ``cancel`` and ``close`` may be called from any thread."""

    simulated = False

    def __init__(self, source: Source, streams: Streams, clock: Clock, dusk: Dusk) -> None:
        self._source = source
        self._clock = clock
        self._dusk = dusk
        self._freshness = Freshness(source.still)
        # A camera of one frame a second is not stalled between two.
        self._stalled = max(STALLED, streams.period * 1.25)
        self._open = threading.Event()
        self._cancelled = threading.Event()
        self._sequence = 0
        self._good: Instant | None = None
        """When the latest fresh frame of this stream came, or when it was restarted."""
        self._restarted = False
        self._readings: Readings | None = None
        self._restarts = self._stale = self._repeated = 0

    @property
    def live(self) -> bool:
        """Whether a sensor at this machine takes the pictures."""
        return self._source.live

    def open(self) -> None:
        """Start capturing. Raises CaptureLost. Does nothing where it is open."""
        if self._open.is_set():
            return
        self._cancelled.clear()
        self._dusk.settle()
        self._source.open(self._dusk.profile)
        self._freshness.forget()
        self._good, self._restarted = None, False
        self._open.set()

    def next(self, timeout: timedelta) -> Frame | None:
        """The next fresh frame, or None after the timeout or :meth:`cancel`. Raises CaptureLost."""
        until = time.monotonic() + timeout.total_seconds()
        while self._open.is_set() and not self._cancelled.is_set():
            asked = time.monotonic()
            wait = self._patience(max(NOTHING, timedelta(seconds=until - asked)))
            shot = self._source.next(wait)
            now = self._clock.now()
            if shot is not None:
                frame = self._frame(shot, now)
                if frame is not None:
                    return frame
            self._restart_where_stalled(now)
            came_early = shot is None and time.monotonic() - asked < (wait - MOMENT).total_seconds()
            if came_early or time.monotonic() >= until:
                break
        return None

    def cancel(self) -> None:
        """Make :meth:`next` return None at once, until the camera is opened again."""
        self._cancelled.set()
        self._source.cancel()

    def close(self) -> None:
        """Stop capturing. Does nothing where it is closed."""
        self._open.clear()
        self._source.close()

    def counters(self) -> Mapping[str, int]:
        """What has happened since the start."""
        return {
            "camera-stream-restarts": self._restarts,
            "camera-frames-stale": self._stale,
            "camera-frames-repeated": self._repeated,
            "camera-ir-cut-stuck": self._dusk.stuck,
            "camera-profile-changes": self._dusk.changes,
        }

    def gauges(self) -> Mapping[str, int]:
        """What the sensor said of itself with the latest frame, in whole numbers; and whether it is night."""
        read = self._readings or Readings()
        told = {
            "camera-exposure-us": None if read.exposure is None else read.exposure / timedelta(microseconds=1),
            "camera-gain-percent": None if read.gain is None else 100 * read.gain,
            "camera-lux": read.lux,
            "camera-celsius": read.celsius,
        }
        said = {name: round(value) for name, value in told.items() if value is not None}
        return {"camera-night": int(self._dusk.is_night), "camera-over-network": int(not self.live), **said}

    def _patience(self, left: timedelta) -> timedelta:
        """Until the caller's time is up, or the stream counts as stalled."""
        if self._good is None or self._restarted:
            return left
        stalls = self._stalled - self._clock.now().since(self._good)
        return min(left, max(stalls, MOMENT))

    def _frame(self, shot: Shot, now: Instant) -> Frame | None:
        verdict = self._freshness.judge(shot, now)
        if verdict is not Verdict.FRESH:
            self._stale += verdict is Verdict.STALE
            self._repeated += verdict is Verdict.REPEATED
            return None
        self._good, self._restarted = now, False
        self._sequence += 1
        self._readings = shot.readings
        if shot.readings is not None and self._dusk.changed(shot.readings.lux, now):
            self._source.expose(self._dusk.profile)
        boot = now.boot if shot.sensed is None else shot.sensed
        captured = Instant(now.wall - (now.boot - boot), boot)
        return Frame(self._sequence, captured, shot.main, shot.small, shot.readings)

    def _restart_where_stalled(self, now: Instant) -> None:
        """Once; what does not help then is for the gate to give up."""
        if self._good is None or self._restarted or now.since(self._good) < self._stalled:
            return
        if self._cancelled.is_set() or not self._open.is_set():
            return
        self._restarted = True
        self._restarts += 1
        self._source.restart(self._dusk.profile)
        self._freshness.forget()

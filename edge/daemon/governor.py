"""The governor: measures heat and work, and leaves frames out where there is too much of either. It says so, always.

Three threads meet here: capture asks whether a frame is looked at, recognise says how long it took, main judges.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Final

from edge.daemon.pulse import Pulse
from edge.domain.capture import Frame, Instant
from edge.domain.errors import Reason
from edge.ports import Host
from edge.steps import govern
from edge.steps.govern import Cause, Governing, Pace, Seen

EVERY: Final = timedelta(seconds=1)
NOTHING: Final = timedelta(0)
_SETTLED: Final = 0.1
"""Share of each new measurement in the estimate of the time between frames."""
_GAP: Final = timedelta(seconds=1)
"""Frames further apart say nothing about the capture device's rate."""
SAID: Final = {Cause.HEAT: Reason.SLOWED_BY_HEAT, Cause.LOAD: Reason.SLOWED_BY_LOAD}


class Governor:
    """Between the capture device and the mailbox."""

    def __init__(self, host: Host, pulse: Pulse, settings: Governing) -> None:
        self._host = host
        self._pulse = pulse
        self._settings = settings
        self._lock = threading.Lock()
        self._pace = Pace()
        self._interval = NOTHING
        self._last: tuple[int, Instant] | None = None
        """Number and instant of the latest frame; never the frame."""
        self._looked: Instant | None = None
        self._work = NOTHING
        self._worked = 0
        self._judged: Instant | None = None
        self._celsius: float | None = None

    def admits(self, frame: Frame) -> bool:
        """Whether a frame is looked at. Those left out are counted."""
        with self._lock:
            self._learn(frame)
            if self._looked is not None and self._pace.level:
                # Half a frame early, because no two frames are evenly apart.
                gap = self._interval * (self._pace.share - 0.5)
                if frame.captured.since(self._looked) < gap:
                    self._pulse.count("frames-left-out")
                    return False
            self._looked = frame.captured
            return True

    def worked(self, span: timedelta) -> None:
        """A frame took so long, from the mailbox to the end of its path."""
        with self._lock:
            self._work += span
            self._worked += 1

    def step(self, now: Instant) -> None:
        """Judge, once a second."""
        if self._judged is not None and now.since(self._judged) < EVERY:
            return
        heat = self._host.heat()
        with self._lock:
            self._judged, self._celsius = now, heat.celsius
            work = self._work / self._worked if self._worked else NOTHING
            before, self._work, self._worked = self._pace, NOTHING, 0
            self._pace = govern.judge(before, Seen(heat, self._interval, work), now, self._settings)
            if self._pace.level > before.level and self._pace.cause is not None:
                self._pulse.count(f"pace-lowered-{self._pace.cause.value}")
            elif self._pace.level < before.level:
                self._pulse.count("pace-raised")

    def reasons(self) -> tuple[Reason, ...]:
        """Why fewer frames are looked at than come."""
        cause = self._pace.cause
        return () if cause is None else (SAID[cause],)

    def counters(self) -> dict[str, int]:
        """For health: one frame in how many is looked at, and how hot it is where a sensor tells."""
        celsius = self._celsius
        return {"pace-one-in": self._pace.share} | ({} if celsius is None else {"celsius": round(celsius)})

    def _learn(self, frame: Frame) -> None:
        """Estimate the time between two frames; those that were never delivered show in their numbers."""
        last, self._last = self._last, (frame.sequence, frame.captured)
        if last is not None and frame.sequence > last[0]:
            gap = frame.captured.since(last[1]) / (frame.sequence - last[0])
            if NOTHING < gap < _GAP:
                known = self._interval or gap
                self._interval = known + _SETTLED * (gap - known)

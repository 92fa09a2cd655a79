"""How long each stage takes, as histograms with fixed bounds. Nothing is kept of any one frame."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable
from datetime import timedelta
from itertools import accumulate
from types import TracebackType
from typing import Final

from edge.domain.capture import Instant
from edge.domain.health import BOUNDS_MS, Latency, Stage
from edge.domain.leaves.hits import HitAcknowledged, HitExpired
from edge.domain.record import Event
from edge.ports import Clock

_BOUNDS: Final = tuple(timedelta(milliseconds=bound) for bound in BOUNDS_MS)
_NOTHING: Final = timedelta(0)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MOST_WAITING: Final = 4096
"""Publications whose acknowledgement is waited for; of more than these the oldest are not timed."""


class Timings:
    """One histogram for each stage. Any thread may add to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = {stage: [0] * (len(_BOUNDS) + 1) for stage in Stage}
        self._sums = dict.fromkeys(Stage, _NOTHING)
        self._published: dict[int, Instant] = {}

    def took(self, stage: Stage, span: timedelta) -> None:
        """A stage took so long. Less than nothing, where clocks disagree, is nothing."""
        span = max(span, _NOTHING)
        with self._lock:
            self._counts[stage][bisect_left(_BOUNDS, span)] += 1
            self._sums[stage] += span

    def stopwatch(self, stage: Stage, clock: Clock) -> Stopwatch:
        """A stopwatch for one thread, to be used again and again."""
        return Stopwatch(self, stage, clock)

    def published(self, sequence: int, now: Instant) -> None:
        """A hit was handed to the connection. Only its first time counts."""
        with self._lock:
            self._published.setdefault(sequence, now)
            if len(self._published) > _MOST_WAITING:
                del self._published[next(iter(self._published))]

    def follower(self, clock: Clock) -> Callable[[Event], None]:
        """To be called with every leaf: an acknowledgement ends what its publication began."""

        def take(event: Event) -> None:
            if not isinstance(event, HitAcknowledged | HitExpired):
                return
            with self._lock:
                published = self._published.pop(event.sequence, None)
            if published is not None and isinstance(event, HitAcknowledged):
                self.took(Stage.PUBLISH_TO_ACK, clock.now().since(published))

        return take

    def latencies(self) -> tuple[Latency, ...]:
        """All of them, since boot."""
        with self._lock:
            return tuple(
                Latency(
                    stage=stage,
                    counts=tuple(accumulate(self._counts[stage])),
                    sum_ms=self._sums[stage] // _MILLISECOND,
                )
                for stage in Stage
            )


class Stopwatch:
    """Times a ``with`` block. What leaves it by an exception is not counted."""

    __slots__ = ("_began", "_clock", "_stage", "_timings")

    def __init__(self, timings: Timings, stage: Stage, clock: Clock) -> None:
        self._timings = timings
        self._stage = stage
        self._clock = clock
        self._began: Instant | None = None

    def __enter__(self) -> None:
        self._began = self._clock.now()

    def __exit__(self, error: type[BaseException] | None, _value: object, _trace: TracebackType | None) -> None:
        if error is None and self._began is not None:
            self._timings.took(self._stage, self._clock.now().since(self._began))

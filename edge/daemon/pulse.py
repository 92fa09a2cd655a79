"""Signs of life: which thread moved when, counts of what happened, and how long each stage took."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from edge.daemon.timing import Timings
from edge.domain.capture import Instant

STUCK: Final = timedelta(seconds=10)
AWAY: Final = timedelta(seconds=5)


class Pulse:
    """Each thread beats whenever it comes round its loop, busy or idle; one that does not is stuck."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._beats: dict[str, Instant] = {}
        self._judged: Instant | None = None
        self._counts: Counter[str] = Counter()
        self.timings = Timings()

    def beat(self, thread: str, now: Instant) -> None:
        """A thread came round."""
        with self._lock:
            self._beats[thread] = now

    def expect(self, threads: Iterable[str], now: Instant) -> None:
        """These begin now: one that never comes round for the first time is stuck too."""
        for thread in threads:
            self.beat(thread, now)

    def stuck(self, now: Instant) -> list[str]:
        """Threads that have not come round for too long.

        Where whoever asks was away as well, the machine slept or was starved: everybody gets another chance.
        """
        with self._lock:
            if self._judged is not None and now.since(self._judged) > AWAY:
                self._beats = dict.fromkeys(self._beats, now)
            self._judged = now
            return sorted(name for name, beat in self._beats.items() if now.since(beat) > STUCK)

    def count(self, what: str, by: int = 1) -> None:
        """Count something that happened."""
        with self._lock:
            self._counts[what] += by

    def counters(self) -> dict[str, int]:
        """All counts since boot."""
        with self._lock:
            return dict(self._counts)

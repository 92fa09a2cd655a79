"""The writer: journal, outbox, and publishing until a recipient has signed. Hits wait here; frames never do."""

from __future__ import annotations

import queue
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from edge.daemon.pulse import Pulse
from edge.daemon.sending import Sending
from edge.domain.capture import Instant
from edge.domain.comparison import Hit
from edge.domain.errors import Refusal, Unsafe
from edge.domain.health import Stage
from edge.safeguards.clock import Timekeeper
from edge.safeguards.disk import Disk
from edge.safeguards.hits import Hits, Sealed
from edge.safeguards.journal import Journal
from edge.safeguards.retention import Retention

ROOM: Final = 64
COUNTED: Final = timedelta(minutes=1)
"""How often the number of searches is recorded."""


class Tell:
    """Two ends: :meth:`tell` for the frame path, :meth:`step` for the writer's thread."""

    def __init__(
        self, hits: Hits, journal: Journal, retention: Retention, disk: Disk, sending: Sending, clock: Timekeeper,
        pulse: Pulse, in_force: Callable[[], str | None],
    ) -> None:  # fmt: skip
        self._hits = hits
        self._journal = journal
        self._retention = retention
        self._disk = disk
        self.sending = sending
        self._clock = clock
        self._pulse = pulse
        self._in_force = in_force
        self._queue: queue.Queue[Sealed] = queue.Queue(ROOM)
        self._counted: Instant | None = None
        self._sealing = pulse.timings.stopwatch(Stage.SEAL, clock)
        self._committing = pulse.timings.stopwatch(Stage.COMMIT, clock)

    def tell(self, hit: Hit) -> None:
        """Seal a hit and leave it to the writer. Never waits; a full queue is unsafe, and stops the looking."""
        with self._sealing:
            sealed = self._hits.seal(hit)
        if isinstance(sealed, Refusal):
            self._pulse.count(f"hit-refused-{sealed.reason.value}")
            return
        try:
            self._queue.put_nowait(sealed)
        except queue.Full:
            self._journal.fail(Unsafe("More hits wait than can be recorded.", "Check the disk, and restart."))

    def step(self, timeout: timedelta) -> None:
        """Commit the hits that wait, then see to everything else that has to be written or sent."""
        try:
            sealed = self._queue.get(timeout=timeout.total_seconds()) if timeout else self._queue.get_nowait()
        except queue.Empty:
            sealed = None
        try:
            while sealed is not None:
                self._commit(sealed)
                try:
                    sealed = self._queue.get_nowait()
                except queue.Empty:
                    sealed = None
            self._keep_house(self._clock.never_back(self._clock.now()))
        except Unsafe as error:
            self._unsafe(error)
        try:
            self.sending.step(self._clock.never_back(self._clock.now()))
        except Unsafe as error:
            self._unsafe(error)

    def _commit(self, sealed: Sealed) -> None:
        with self._committing:
            told = self._hits.commit(sealed, self._clock.now())
        if told:
            self._pulse.timings.took(Stage.CAPTURE_TO_COMMIT, self._clock.now().since(sealed.captured))
        self._pulse.count("hits" if told else "hits-withheld")

    def _keep_house(self, now: Instant) -> None:
        self._disk.step(now)
        authorisation = self._in_force()
        if authorisation is not None:
            self._journal.reserve(now)
            if self._counted is None or now.since(self._counted) >= COUNTED:
                self._journal.write_count(authorisation, now)
                self._counted = now
        self._pulse.count("hits-expired", self._retention.sweep(now))

    def _unsafe(self, error: Unsafe) -> None:
        self._pulse.count("unsafe")
        self._journal.fail(error)  # it keeps the reason; the gate shuts for it, and the state says so

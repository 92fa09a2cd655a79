"""The writer: journal, outbox, and publishing until a recipient has signed. Hits wait here; frames never do."""

from __future__ import annotations

import queue
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from edge.daemon.pulse import Pulse
from edge.domain.capture import Instant
from edge.domain.comparison import Hit
from edge.domain.errors import Refusal, Unsafe
from edge.domain.message import Outgoing
from edge.ports import Link
from edge.safeguards.clock import Timekeeper
from edge.safeguards.hits import Hits, Sealed
from edge.safeguards.journal import Journal
from edge.safeguards.retention import Retention
from edge.wire.events import CONTENT_TYPE

ROOM: Final = 64
RESEND: Final = timedelta(seconds=5)
COUNTED: Final = timedelta(minutes=1)
"""How often the number of searches is recorded."""


class Tell:
    """Two ends: :meth:`tell` for the frame path, :meth:`step` for the writer's thread."""

    def __init__(
        self, hits: Hits, journal: Journal, retention: Retention, link: Link, clock: Timekeeper, pulse: Pulse,
        topic: str, in_force: Callable[[], str | None],
    ) -> None:  # fmt: skip
        self._hits = hits
        self._journal = journal
        self._retention = retention
        self._link = link
        self._clock = clock
        self._pulse = pulse
        self._topic = topic
        self._in_force = in_force
        self._queue: queue.Queue[Sealed] = queue.Queue(ROOM)
        self._sent: dict[int, Instant] = {}
        self._connections = 0
        self._counted: Instant | None = None

    def tell(self, hit: Hit) -> None:
        """Seal a hit and leave it to the writer. Never waits; a full queue is unsafe, and stops the looking."""
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
                self._pulse.count("hits" if self._hits.commit(sealed, self._clock.now()) else "hits-withheld")
                try:
                    sealed = self._queue.get_nowait()
                except queue.Empty:
                    sealed = None
            self._keep_house(self._clock.never_back(self._clock.now()))
        except Unsafe:
            self._pulse.count("unsafe")  # the journal keeps the reason; the gate shuts for it
        self._publish(self._clock.never_back(self._clock.now()))

    def _keep_house(self, now: Instant) -> None:
        authorisation = self._in_force()
        if authorisation is not None:
            self._journal.reserve(now)
            if self._counted is None or now.since(self._counted) >= COUNTED:
                self._journal.write_count(authorisation, now)
                self._counted = now
        self._pulse.count("hits-expired", self._retention.sweep(now))

    def _publish(self, now: Instant) -> None:
        if not self._link.connected:
            return
        if self._link.connections != self._connections:
            self._connections = self._link.connections
            self._sent.clear()
        rows = self._retention.current(now)
        waiting = {row.sequence for row in rows}
        self._sent = {sequence: at for sequence, at in self._sent.items() if sequence in waiting}
        for row in rows:
            sent = self._sent.get(row.sequence)
            if sent is not None and now.since(sent) < RESEND:
                continue
            left = row.deadline.wall - now.wall
            if not self._link.publish(Outgoing(self._topic, row.message, expires=left, content_type=CONTENT_TYPE)):
                return
            self._pulse.count("hits-published")
            self._sent[row.sequence] = now

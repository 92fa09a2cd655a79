"""When which waiting hit is published, until a recipient has signed for it.

A lead is worth most while the person is near. So hits that were never sent on this connection go before those that
were, and the fresh before the old: after a blackout the newest arrive first. So few are in flight at once that a slow
link is not filled with old ones. What nobody signs for is sent again after 5, 10, 20, 40 and then every 60 seconds; a
new connection, or an order to replay, begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import Final

from edge.daemon.pulse import Pulse
from edge.domain.capture import Instant
from edge.domain.message import Outgoing
from edge.domain.record import Waiting
from edge.ports import Link, Store
from edge.safeguards.retention import Retention
from edge.wire.events import CONTENT_TYPE

WINDOW: Final = 16
"""Hits that were sent and may still be signed for before they are sent again."""
BACK_OFF: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 20, 40, 60))


@dataclass(frozen=True, slots=True)
class _Sent:
    at: Instant
    times: int


class Sending:
    """Runs on the writer's thread; only :meth:`again` may be called from another."""

    def __init__(self, retention: Retention, store: Store, link: Link, pulse: Pulse, topic: str) -> None:
        self._retention = retention
        self._store = store
        self._link = link
        self._pulse = pulse
        self._topic = topic
        self._sent: dict[int, _Sent] = {}
        self._connections = 0
        self._asked: SimpleQueue[range] = SimpleQueue()

    def again(self, sequences: range) -> None:
        """Send what waits of these at once, whenever it was sent before."""
        self._asked.put(sequences)

    def step(self, now: Instant) -> None:
        """Publish what is due. Raises Unsafe."""
        if not self._link.connected:
            return
        if self._link.connections != self._connections:
            self._connections = self._link.connections
            self._sent.clear()
        waiting = self._retention.current(now)
        asked = self._ranges()
        self._sent = {
            one.sequence: self._sent[one.sequence]
            for one in waiting
            if one.sequence in self._sent and not any(one.sequence in sequences for sequences in asked)
        }
        due = [one for one in waiting if self._is_due(one, now)]
        for one in sorted(due, key=self._turn)[: max(0, WINDOW - (len(waiting) - len(due)))]:
            if not self._publish(one, now):
                return

    def _publish(self, one: Waiting, now: Instant) -> bool:
        row = self._store.waiting(one.hit)
        if row is None:
            return True  # signed for just now
        left = one.deadline.wall - now.wall
        if not self._link.publish(Outgoing(self._topic, row.message, expires=left, content_type=CONTENT_TYPE)):
            return False
        self._pulse.count("hits-published")
        self._pulse.timings.published(one.sequence, now)
        self._sent[one.sequence] = _Sent(now, self._times(one) + 1)
        return True

    def _is_due(self, one: Waiting, now: Instant) -> bool:
        sent = self._sent.get(one.sequence)
        return sent is None or now.since(sent.at) >= BACK_OFF[min(sent.times, len(BACK_OFF)) - 1]

    def _turn(self, one: Waiting) -> tuple[int, int]:
        return self._times(one), -one.sequence

    def _times(self, one: Waiting) -> int:
        sent = self._sent.get(one.sequence)
        return 0 if sent is None else sent.times

    def _ranges(self) -> list[range]:
        found = []
        while True:
            try:
                found.append(self._asked.get_nowait())
            except Empty:
                return found

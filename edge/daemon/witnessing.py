"""The journal's head: signed, published, and put before the witnesses, on time whether or not anything happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from edge.daemon.pulse import Pulse
from edge.domain.authority import Identifier, Policy
from edge.domain.capture import Instant
from edge.domain.errors import Undecodable, Unsafe
from edge.domain.message import Incoming, Outgoing
from edge.ports import Link
from edge.safeguards.clock import Timekeeper
from edge.safeguards.journal import Journal
from edge.safeguards.witnessed import Witnessed
from edge.wire.checkpoints import CONTENT_TYPE, Verdict
from edge.wire.notes import read_note
from edge.wire.topics import Topics

GROWN: Final = timedelta(seconds=30)
"""How soon leaves are under a signed head that the device remembers: a tail lost afterwards is noticed here."""
IN_FORCE: Final = timedelta(minutes=5)
IDLE: Final = timedelta(minutes=15)
AT_ONCE: Final = timedelta(seconds=2)
"""After a beginning, an end or a hit, and where a witness is to be asked again: no sooner after the last time."""


class Witnessing:
    """Runs on the main thread alone."""

    def __init__(
        self, journal: Journal, witnessed: Witnessed, time: Timekeeper, link: Link, pulse: Pulse, topics: Topics,
        in_force: Callable[[], Identifier | None], policy: Callable[[], Policy],
    ) -> None:  # fmt: skip
        self._journal = journal
        self._witnessed = witnessed
        self._time = time
        self._link = link
        self._pulse = pulse
        self._topics = topics
        self._in_force = in_force
        self._policy = policy
        self._connections = 0
        self._published: Instant | None = None
        self._asked: Instant | None = None
        self._size = 0
        self._milestone = 0
        self._again = False

    def step(self, now: Instant) -> None:
        """Let the clock's mark rise; publish the head and ask the witnesses, where that is due."""
        try:
            self._time.step(now)
            if self._journal.unsafe is not None or not self._link.connected:
                return
            if self._is_due(now):
                self._ask(now)
            elif self._has_grown(now):
                self._publish(now)
        except (Unsafe, Undecodable):
            self._pulse.count("unsafe")  # the journal keeps the reason, and the state says so

    def hear(self, message: Incoming, now: Instant) -> None:
        """Take a witness's answer in. Raises Undecodable and Unsafe."""
        verdict = self._witnessed.take(message.topic.rpartition("/")[2], message.payload, now)
        self._pulse.count("cosignatures-unasked" if verdict is None else f"witness-{verdict.name.lower()}")
        self._again = self._again or verdict is Verdict.CONFLICT

    def _is_due(self, now: Instant) -> bool:
        if self._asked is None or self._link.connections != self._connections:
            return True
        since = now.since(self._asked)
        if self._again or self._journal.milestone != self._milestone:
            return since >= AT_ONCE
        every = IDLE if self._in_force() is None else IN_FORCE
        policy = self._policy()
        # Half of what the policy allows, so that one answer may be lost.
        return since >= (min(every, policy.cosigned_within / 2) if policy.witnesses else every)

    def _has_grown(self, now: Instant) -> bool:
        published = self._published
        return self._journal.size != self._size and published is not None and now.since(published) >= GROWN

    def _publish(self, now: Instant) -> bytes:
        size, note = self._journal.size, self._journal.checkpoint(now).encode()
        self._link.publish(Outgoing(self._topics.checkpoint, note, retain=True, content_type=CONTENT_TYPE))
        self._published, self._size = now, size
        return note

    def _ask(self, now: Instant) -> None:
        milestone, connections = self._journal.milestone, self._link.connections
        note = self._publish(now)
        requests = self._witnessed.requests(read_note(note), now)
        sent = [
            self._link.publish(
                Outgoing(self._topics.add_checkpoint(name), request, retain=True, content_type=CONTENT_TYPE)
            )
            for name, request in requests.items()
        ]
        self._asked, self._milestone, self._connections, self._again = now, milestone, connections, not all(sent)

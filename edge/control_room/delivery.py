"""Sending what is too large for one order: announced, in chunks, no more in flight than the device allows.

The device's answers say which chunks are missing, and nothing else is sent: whatever is there from before a restart of
either end, or a loss of the broker, is not sent again. Where no answer comes, the same thing is announced again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from edge.control_room.desk import STEP, Desk, Refused
from edge.domain.capture import Instant
from edge.domain.errors import BrokerLost, Undecodable
from edge.domain.jobs import Answer, JobState, Reply
from edge.domain.message import Outgoing
from edge.domain.orders import Verb
from edge.domain.transfers import CHUNK_BYTES, WINDOW, Announce, Content, from_ranges
from edge.wire.signed import Signs, digest
from edge.wire.topics import Topics

STALLED: Final = timedelta(seconds=5)
"""So long without an answer, and it is announced again."""
PATIENCE: Final = timedelta(minutes=2)
"""So long without progress, and it is given up."""
CHUNK_LIFE: Final = timedelta(minutes=5)
OCTETS: Final = "application/octet-stream"

Shows = Callable[[int, int], None]
"""Chunks that the device has, of how many."""


def announcement(content: Content, raw: bytes, chunk_bytes: int = CHUNK_BYTES) -> Announce:
    """What has to be said of it before it is sent."""
    parts = (raw[start : start + chunk_bytes] for start in range(0, len(raw), chunk_bytes))
    return Announce(
        content=content, digest=digest(raw), size=len(raw), chunk_bytes=chunk_bytes,
        chunks=tuple(digest(part) for part in parts),
    )  # fmt: skip


def message_of(topics: Topics, plan: Announce, raw: bytes, index: int) -> Outgoing:
    """A chunk of what was announced."""
    start = index * plan.chunk_bytes
    chunk = raw[start : start + plan.chunk_bytes]
    return Outgoing(topics.chunk(plan.digest, index), chunk, expires=CHUNK_LIFE, content_type=OCTETS)


def deliver(
    desk: Desk, content: Content, raw: bytes, signer: Signs, *, chunk_bytes: int = CHUNK_BYTES,
    patience: timedelta = PATIENCE, shows: Shows = lambda _there, _of: None,
) -> Reply:  # fmt: skip
    """Send it, and return the answer that says that it was taken in.

    Raises Refused where the device will not have it, and BrokerLost where there was no progress for too long: the
    chunks that have come stay there, and the next call goes on from them.
    """
    return _Delivery(desk, announcement(content, raw, chunk_bytes), raw, signer, shows).run(patience)


class _Delivery:
    """One thing on its way."""

    def __init__(self, desk: Desk, plan: Announce, raw: bytes, signer: Signs, shows: Shows) -> None:
        self._desk = desk
        self._plan = plan
        self._raw = raw
        self._signer = signer
        self._shows = shows
        self._order = ""
        self._answer: Reply | None = None
        self._missing: list[int] = []
        self._window = WINDOW
        self._in_flight: set[int] = set()
        self._progress = self._heard = self._desk.now()

    def run(self, patience: timedelta) -> Reply:
        self._announce()
        while True:
            now = self._desk.now()
            answer = self._desk.latest(self._order)
            if answer is not None and answer is not self._answer:
                if answer.answer is Answer.DONE:
                    return answer
                self._heed(answer, now)
            if now.since(self._progress) > patience:
                raise BrokerLost(
                    f"No progress for {patience.total_seconds():.0f} s: {len(self._missing)} chunks are missing.",
                    "Send it again when the device can be reached: it goes on from there.",
                )
            if now.since(self._heard) > STALLED:
                self._announce()
            self._send()
            self._desk.step(STEP)

    def _announce(self) -> None:
        self._in_flight.clear()
        self._heard = self._desk.now()
        try:
            self._order = self._desk.send(Verb.ANNOUNCE, self._plan, self._signer)
        except BrokerLost:
            self._order = ""  # it stays stalled, and is announced again

    def _heed(self, answer: Reply, now: Instant) -> None:
        self._answer, self._heard = answer, now
        if answer.answer is Answer.REJECTED:
            if answer.job is JobState.CANCELED and answer.reason.startswith("superseded"):
                raise Refused("Somebody else sends the same.", "Let one of the two go on.", answer.reason)
            raise Refused(f"{self._plan.content.value} was refused: {answer.reason}.", answer.remedy, answer.reason)
        facts = answer.facts or {}
        try:
            missing = from_ranges(str(facts.get("missing", "")))
            again = from_ranges(str(facts.get("refused", "")))
        except Undecodable as error:
            raise Refused(error.what, error.remedy) from error
        if not self._missing or len(missing) < len(self._missing):
            self._progress = now
        self._missing = missing
        self._window = max(1, min(WINDOW, int(facts.get("window", WINDOW))))
        self._in_flight = (self._in_flight & set(missing)) - set(again)
        self._shows(len(self._plan.chunks) - len(missing), len(self._plan.chunks))

    def _send(self) -> None:
        for index in self._missing:
            if len(self._in_flight) >= self._window:
                return
            if index in self._in_flight:
                continue
            if not self._desk.try_publish(message_of(self._desk.topics, self._plan, self._raw, index)):
                return
            self._in_flight.add(index)

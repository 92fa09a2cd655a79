"""What is sent in chunks: announced by an order, kept chunk by chunk, taken in when it is whole.

While it comes, the answers say which chunks are missing, whenever half a window of them has come, and after every new
connection; a sender that knows no more than the last answer can go on from there, after whatever happened to either
end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from edge.daemon.obey import Executes, Outcome, Running
from edge.daemon.pulse import Pulse
from edge.domain.authority import Digest, Signed
from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import Reason, Refusal, Undecodable, Unsafe
from edge.domain.jobs import Facts, JobState
from edge.domain.message import Incoming
from edge.domain.orders import Order, Verb
from edge.domain.transfers import SENDERS, WINDOW, Announce, Content, in_ranges
from edge.ports import Clock
from edge.safeguards.gate import Gate
from edge.safeguards.installing import Installing, document
from edge.safeguards.jobs import Jobs
from edge.safeguards.transfers import Transfer, Transfers, list_refused
from edge.safeguards.verify import Keys
from edge.wire.signed import key_id
from edge.wire.topics import Topics

AGAIN: Final = timedelta(seconds=1)
"""Chunks that are not what was announced are asked for again no more often."""


@dataclass(slots=True)
class _Since:
    """Since the last answer about a transfer."""

    at: Instant
    came: int = 0
    refused: set[int] = field(default_factory=set)


class Loading:
    """Runs on the main thread alone."""

    def __init__(
        self, *, topics: Topics, keys: Keys, transfers: Transfers, jobs: Jobs, installing: Installing, gate: Gate,
        rotate: Callable[[Signed, Instant], Refusal | Facts], clock: Clock, pulse: Pulse,
    ) -> None:  # fmt: skip
        """``rotate`` believes the next trust root."""
        self._topics = topics
        self._keys = keys
        self._transfers = transfers
        self._jobs = jobs
        self._installing = installing
        self._gate = gate
        self._rotate = rotate
        self._clock = clock
        self._pulse = pulse
        self._since: dict[Digest, _Since] = {}
        gate.on_end(self._ended)

    def verbs(self) -> dict[Verb, Executes]:
        """The orders that are executed here."""
        return {Verb.ANNOUNCE: self.announce}

    def recall(self, now: Instant) -> None:
        """After a start: go on with what can go on, and say of the rest that it was cut off. Raises Unsafe."""
        self._jobs.recall()
        self._transfers.recall()
        jobs = {job.order for job in self._jobs.all if job.unfinished}
        for one in self._transfers.all:
            if one.order not in jobs and one.plan.content is not Content.WATCHLIST:
                self._transfers.drop(one.plan.digest)
            else:
                self._jobs.tell(one.order, self._facts(one.plan))
        for order in sorted(jobs - self._transfers.orders()):
            self._jobs.end(order, JobState.FAILED, now, Refusal(Reason.INTERRUPTED))

    def announce(self, order: Order, now: Instant) -> Outcome:
        """Wait for what was announced. What newer transfers leave no room for is dropped, and said to be."""
        plan = order.body
        assert isinstance(plan, Announce)
        role = self._keys.role(key_id(order.key))
        if role not in SENDERS[plan.content]:
            return Refusal(Reason.WRONG_ROLE, f"it may not send a {plan.content.value}")
        refusal = self._jobs.refuses() or self._unauthorised(order, plan) or self._installing.refuses(plan)
        if refusal is not None:
            return refusal
        if plan.content is Content.WATCHLIST:
            for one in self._transfers.lists():
                if one.plan.digest != plan.digest:
                    self._drop(one, JobState.CANCELED, Refusal(Reason.SUPERSEDED), now)
        for one in self._transfers.announce(order, now):
            if one.plan.digest == plan.digest:
                self._jobs.end(one.order, JobState.CANCELED, now, Refusal(Reason.SUPERSEDED))
            else:
                self._since.pop(one.plan.digest, None)
                self._pulse.count("transfers-dropped")
                self._jobs.end(one.order, JobState.FAILED, now, Refusal(Reason.TRANSFER_DROPPED))
        self._since[plan.digest] = _Since(now)
        return Running(self._facts(plan))

    def chunk(self, message: Incoming, now: Instant) -> None:
        """Keep a chunk that is what was announced; count every other. Raises Undecodable, Unsafe."""
        blob, index = self._topics.chunk_of(message.topic)
        taken = False if message.retained else self._transfers.take(blob, index, message.payload)
        sent = self._transfers.find(blob)
        if sent is None or taken is False:
            self._pulse.count("chunks-refused")
            if sent is not None and not message.retained and index < len(sent.plan.chunks):
                self._told(blob, now).refused.add(index)
            return
        if taken is None:
            self._drop(sent, JobState.FAILED, Refusal(Reason.NO_SPACE), now)
            return
        self._pulse.count("chunks")
        since = self._told(blob, now)
        since.came += 1
        since.refused.discard(index)
        if since.came >= WINDOW // 2:
            self._tell(sent, now)
        else:
            self._jobs.tell(sent.order, self._facts(sent.plan), say=False)

    def step(self, now: Instant) -> None:
        """Take in what is whole, ask again for what was spoilt, give up what took too long."""
        with contextlib.suppress(Unsafe):  # the journal or the store keeps the reason
            for one in self._transfers.overdue(now):
                self._drop(one, JobState.TIMED_OUT, Refusal(Reason.TRANSFER_TIMED_OUT), now)
            for one in self._transfers.all:
                blob, job = one.plan.digest, self._jobs.get(one.order)
                if job is None or not job.unfinished:
                    continue
                if self._transfers.complete(blob):
                    self._finish(one, now)
                elif (since := self._told(blob, now)).refused and now.since(since.at) >= AGAIN:
                    self._tell(one, now)

    def _unauthorised(self, order: Order, plan: Announce) -> Refusal | None:
        """A list is taken in only where it is the one of the authorisation in force."""
        if plan.content is not Content.WATCHLIST:
            return None
        return list_refused(self._gate.believed, order, plan.digest)

    def _finish(self, one: Transfer, now: Instant) -> None:
        raw = self._transfers.whole(one.plan.digest)
        if raw is None:
            if self._transfers.complete(one.plan.digest):
                said = Refusal(Reason.MALFORMED, "the chunks that were announced do not give the digest")
                self._drop(one, JobState.FAILED, said, now)
            else:
                self._tell(one, now)
            return
        if one.plan.content is Content.WATCHLIST:
            self._jobs.end(one.order, JobState.SUCCEEDED, now, facts=self._facts(one.plan))
            return
        outcome = self._taken_in(one, raw, now)
        if isinstance(outcome, Refusal):
            self._drop(one, JobState.FAILED, outcome, now)
            return
        self._transfers.drop(one.plan.digest)
        self._jobs.end(one.order, JobState.SUCCEEDED, now, facts=outcome)

    def _taken_in(self, one: Transfer, raw: bytes, now: Instant) -> Refusal | Facts:
        if one.plan.content is not Content.TRUST_ROOT:
            return self._installing.install(one, raw, now) or {"digest": one.plan.digest, "effective": "next-start"}
        try:
            return self._rotate(document(raw), now)
        except Undecodable as error:
            return Refusal(Reason.MALFORMED, error.what)

    def _drop(self, one: Transfer, state: JobState, refusal: Refusal, now: Instant) -> None:
        self._since.pop(one.plan.digest, None)
        self._transfers.drop(one.plan.digest)
        self._jobs.end(one.order, state, now, refusal)

    def _ended(self) -> None:
        """A sealed list goes with its deployment; after a restart it may be used again, under a new key."""
        if self._gate.last_end in (EndReason.RESTART, EndReason.SHUTDOWN):
            return
        with contextlib.suppress(Unsafe):
            for one in self._transfers.lists():
                self._drop(one, JobState.CANCELED, Refusal(Reason.DEPLOYMENT_ENDED), self._clock.now())

    def _told(self, blob: Digest, now: Instant) -> _Since:
        return self._since.setdefault(blob, _Since(now))

    def _tell(self, one: Transfer, now: Instant) -> None:
        facts, since = self._facts(one.plan), self._told(one.plan.digest, now)
        if since.refused:
            facts["refused"] = in_ranges(since.refused)
        self._since[one.plan.digest] = _Since(now)
        self._jobs.tell(one.order, facts)

    def _facts(self, plan: Announce) -> Facts:
        missing = self._transfers.missing(plan.digest)
        return {"digest": plan.digest, "missing": in_ranges(missing), "window": WINDOW}

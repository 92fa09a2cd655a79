"""Orders: every message is verified first, executed second, and answered always if it was signed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from edge.daemon.answers import Answers
from edge.daemon.pulse import Pulse
from edge.daemon.report import Identity, Report
from edge.daemon.witnessing import Witnessing
from edge.domain.authority import KeyId, Signed
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal, Undecodable, Unsafe
from edge.domain.jobs import Facts, Job, JobState
from edge.domain.leaves.device import Refused
from edge.domain.message import Incoming
from edge.domain.orders import Answer, Order, Reply, Verb
from edge.ports import Clock, Link
from edge.safeguards.jobs import Jobs
from edge.safeguards.journal import Journal
from edge.safeguards.orders import Orders
from edge.wire.events import disclose, heading_of
from edge.wire.signed import Kind, payload_of, to_base64url

REFUSALS_EVERY: Final = timedelta(seconds=10)
"""A key's refused orders get at most one leaf in this time; all are counted."""


@dataclass(frozen=True, slots=True)
class Running:
    """A long order has begun: there is a job of its id from now on, which says how it goes on."""

    facts: Facts
    state: JobState = JobState.IN_PROGRESS


Outcome = dict[str, str | int] | Refusal | Running
"""What was asked for, or why not, or that it will take a while."""
LONG: Final = frozenset({Verb.ANNOUNCE, Verb.SUPPORT, Verb.EXPORT})
"""Orders that are jobs."""
Executes = Callable[[Order, Instant], Outcome]


class Obey:
    """The other end of every order. Runs on the main thread alone."""

    def __init__(
        self, identity: Identity, verbs: Mapping[Verb, Executes], *, orders: Orders, jobs: Jobs, answers: Answers,
        chunk: Callable[[Incoming, Instant], None], journal: Journal, report: Report, witnessing: Witnessing,
        link: Link, clock: Clock, pulse: Pulse,
    ) -> None:  # fmt: skip
        """``verbs`` has what each order that there is does; ``chunk`` takes what is sent in chunks."""
        self._identity = identity
        self._verbs = verbs
        self._orders = orders
        self._jobs = jobs
        self._answers = answers
        self._chunk = chunk
        self._journal = journal
        self._report = report
        self._witnessing = witnessing
        self._link = link
        self._clock = clock
        self._pulse = pulse
        self._refused_at: dict[KeyId, Instant] = {}

    def step(self, timeout: timedelta) -> bool:
        """Take one message. False where none came."""
        message = self._link.receive(timeout)
        if message is None:
            return False
        now = self._clock.now()
        try:
            if message.topic.startswith(f"{self._identity.topics.base}/blob/"):
                self._chunk(message, now)
            elif message.topic.startswith(f"{self._identity.topics.base}/cosignature/"):
                self._witnessing.hear(message, now)
            else:
                self._order(message, now)
        except Undecodable:
            self._pulse.count("inbound-undecodable")
        except Unsafe:
            self._pulse.count("unsafe")
        return True

    def _order(self, message: Incoming, now: Instant) -> None:
        verb = self._identity.topics.verb_of(message.topic)
        signed = disclose(message.payload, Kind.ORDER)
        try:
            self._obey(signed, verb, message, now)
        except Unsafe:
            # Whoever may ask at all must hear that nothing can be written down, and so nothing is done.
            self._pulse.count("unsafe")
            self._refuse(signed, verb, Refusal(Reason.UNSAFE), message, now)

    def _obey(self, signed: Signed, verb: Verb, message: Incoming, now: Instant) -> None:
        verdict = self._orders.verify(signed, verb, now, retained=message.retained)
        if isinstance(verdict, Refusal):
            self._refuse(signed, verb, verdict, message, now)
            return
        if isinstance(verdict, Reply):
            job = self._jobs.get(verdict.order)
            self._answer(verdict if job is None else job.reply, message, now)
            return
        self._pulse.count(f"orders-{verb.value}")
        outcome = self._verbs[verb](verdict, now)
        if isinstance(outcome, Refusal):
            reply = self._refuse(signed, verb, outcome, message, now) or Reply.no(verdict.heading.id, outcome)
        elif isinstance(outcome, Running):
            job = self._job(verdict, outcome, message, now)
            self._jobs.begin(job)
            reply = job.reply
            self._answer(reply, message, now)
        else:
            reply = Reply(order=verdict.heading.id, answer=Answer.DONE, facts=outcome)
            self._answer(reply, message, now)
        if verb not in (Verb.ACK, Verb.STOP):
            self._orders.remember(verdict, signed, reply, now)
        self._report.step(self._clock.now())

    def _job(self, order: Order, begun: Running, message: Incoming, now: Instant) -> Job:
        answerable = message.respond_to is not None and self._identity.topics.is_reply(message.respond_to)
        correlation = message.correlation
        return Job(
            order=order.heading.id,
            verb=order.heading.verb.value,
            state=begun.state,
            changed=now.wall,
            respond_to=message.respond_to if answerable else None,
            correlation=None if correlation is None or not answerable else to_base64url(correlation),
            facts=begun.facts,
        )

    def _refuse(
        self, signed: Signed, verb: Verb, refusal: Refusal, message: Incoming, now: Instant
    ) -> Reply | None:  # fmt: skip
        self._pulse.count(f"orders-refused-{refusal.reason.value}")
        signer = self._orders.signer_of(signed)
        if signer is None:
            return None
        last = self._refused_at.get(signer)
        if last is None or now.since(last) >= REFUSALS_EVERY:
            self._refused_at[signer] = now
            # An unsafe journal is itself what stands in the way, and whoever asks must hear of it.
            with contextlib.suppress(Unsafe):
                self._journal.record(Refused(verb=verb, key=signer, reason=refusal.reason.value), now)
        job = JobState.REJECTED if verb in LONG else None
        reply = Reply.no(heading_of(payload_of(signed)).id, refusal, job)
        self._answer(reply, message, now)
        return reply

    def _answer(self, reply: Reply, message: Incoming, now: Instant) -> None:
        self._answers.give(reply, message.respond_to, message.correlation, now)

"""Orders: every message is verified first, executed second, and answered always if it was signed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from edge.daemon.pulse import Pulse
from edge.daemon.report import Identity, Report
from edge.daemon.witnessing import Witnessing
from edge.domain.authority import KeyId, Signed
from edge.domain.capture import Instant
from edge.domain.errors import Refusal, Undecodable, Unsafe
from edge.domain.leaves.device import Refused
from edge.domain.message import Incoming, Outgoing
from edge.domain.orders import CHUNK_BYTES, Answer, Order, Reply, Verb
from edge.ports import Clock, Files, Link, Signer
from edge.safeguards.gate import Gate
from edge.safeguards.journal import Journal
from edge.safeguards.orders import Orders
from edge.wire.events import CONTENT_TYPE, disclose, enclose, heading_of
from edge.wire.signed import Kind, payload_of, sign

REFUSALS_EVERY: Final = timedelta(seconds=10)
"""A key's refused orders get at most one leaf in this time; all are counted."""

Outcome = dict[str, str | int] | Refusal
"""What was asked for, or why not."""
Executes = Callable[[Order, Instant], Outcome]


class Obey:
    """The other end of every order. Runs on the main thread alone."""

    def __init__(
        self, identity: Identity, verbs: Mapping[Verb, Executes], *, orders: Orders, gate: Gate, journal: Journal,
        report: Report, witnessing: Witnessing, files: Files, link: Link, signer: Signer, clock: Clock, pulse: Pulse,
    ) -> None:  # fmt: skip
        """``verbs`` has what each order that there is does."""
        self._identity = identity
        self._verbs = verbs
        self._orders = orders
        self._gate = gate
        self._journal = journal
        self._report = report
        self._witnessing = witnessing
        self._files = files
        self._link = link
        self._signer = signer
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
                self._chunk(message)
            elif message.topic.startswith(f"{self._identity.topics.base}/cosignature/"):
                self._witnessing.hear(message, now)
            else:
                self._order(message, now)
        except Undecodable:
            self._pulse.count("inbound-undecodable")
        except Unsafe:
            self._pulse.count("unsafe")
        return True

    def _chunk(self, message: Incoming) -> None:
        """Chunks carry no signature, so only those of the authorised list are kept; its digest judges them."""
        digest, index = self._identity.topics.chunk_of(message.topic)
        believed = self._gate.believed
        wanted = believed is not None and digest == believed.authorisation.watchlist.digest
        if not wanted or message.retained or len(message.payload) > CHUNK_BYTES:
            self._pulse.count("chunks-refused")
            return
        self._files.put_chunk(digest, index, message.payload)
        self._pulse.count("chunks")

    def _order(self, message: Incoming, now: Instant) -> None:
        verb = self._identity.topics.verb_of(message.topic)
        signed = disclose(message.payload, Kind.ORDER)
        verdict = self._orders.verify(signed, verb, now, retained=message.retained)
        if isinstance(verdict, Refusal):
            self._refuse(signed, verb, verdict, message, now)
            return
        if isinstance(verdict, Reply):
            self._answer(verdict, message, now)
            return
        self._pulse.count(f"orders-{verb.value}")
        outcome = self._verbs[verb](verdict, now)
        if isinstance(outcome, Refusal):
            self._refuse(signed, verb, outcome, message, now)
            reply = Reply.no(verdict.heading.id, outcome)
        else:
            reply = Reply(order=verdict.heading.id, answer=Answer.DONE, facts=outcome)
            self._answer(reply, message, now)
        if verb not in (Verb.ACK, Verb.STOP):
            self._orders.remember(verdict, signed, reply, now)
        self._report.step(self._clock.now())

    def _refuse(self, signed: Signed, verb: Verb, refusal: Refusal, message: Incoming, now: Instant) -> None:
        self._pulse.count(f"orders-refused-{refusal.reason.value}")
        signer = self._orders.signer_of(signed)
        if signer is None:
            return
        last = self._refused_at.get(signer)
        if last is None or now.since(last) >= REFUSALS_EVERY:
            self._refused_at[signer] = now
            # An unsafe journal is itself what stands in the way, and whoever asks must hear of it.
            with contextlib.suppress(Unsafe):
                self._journal.record(Refused(verb=verb, key=signer, reason=refusal.reason.value), now)
        self._answer(Reply.no(heading_of(payload_of(signed)).id, refusal), message, now)

    def _answer(self, reply: Reply, message: Incoming, now: Instant) -> None:
        identity = self._identity
        # Whoever asks does not choose where this device speaks: replies stay in its own tree.
        if message.respond_to is None or not identity.topics.is_reply(message.respond_to):
            return
        source = f"/{identity.topics.base}"
        payload = enclose(
            sign(reply, Kind.REPLY, self._signer), Kind.REPLY, id=f"reply-{reply.order}", source=source, time=now.wall
        )
        self._link.publish(
            Outgoing(message.respond_to, payload, correlation=message.correlation, content_type=CONTENT_TYPE)
        )

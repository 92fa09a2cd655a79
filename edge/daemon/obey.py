"""Orders: every message is verified first, executed second, and answered always if it was signed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from edge.daemon.pulse import Pulse
from edge.daemon.report import Identity, Report
from edge.domain.authority import KeyId, Signed
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal, Undecodable, Unsafe
from edge.domain.orders import CHUNK_BYTES, Answer, Load, Order, Presence, Reply, Start, Status, Stop, Verb
from edge.domain.record import EndReason, PresenceConfirmed, Refused
from edge.ports import Clock, Files, Incoming, Link, Outgoing, Signer, Store
from edge.safeguards import presence as presence_door
from edge.safeguards.gallery import Gallery
from edge.safeguards.gate import Gate
from edge.safeguards.hits import Hits
from edge.safeguards.journal import Journal
from edge.safeguards.orders import Orders
from edge.safeguards.verify import Facts, Keys, authorisation
from edge.wire.events import Deployment, disclose, enclose, heading_of
from edge.wire.signed import Kind, key_id, payload_of, sign

REFUSALS_EVERY: Final = timedelta(seconds=10)
"""A key's refused orders get at most one leaf in this time; all are counted."""

Outcome = dict[str, str | int] | Refusal


class Obey:
    """The other end of every order. Runs on the main thread alone."""

    def __init__(
        self, identity: Identity, *, keys: Keys, facts: Facts, orders: Orders, gate: Gate, gallery: Gallery,
        hits: Hits, journal: Journal, presence: presence_door.Presence, report: Report, files: Files, store: Store,
        link: Link, signer: Signer, clock: Clock, pulse: Pulse,
    ) -> None:  # fmt: skip
        self._identity = identity
        self._keys = keys
        self._facts = facts
        self._orders = orders
        self._gate = gate
        self._gallery = gallery
        self._hits = hits
        self._journal = journal
        self._presence = presence
        self._report = report
        self._files = files
        self._store = store
        self._link = link
        self._signer = signer
        self._clock = clock
        self._pulse = pulse
        self._refused_at: dict[KeyId, Instant] = {}
        self._verbs: dict[Verb, Callable[[Order, Instant], Outcome]] = {
            Verb.START: self._start,
            Verb.LOAD: self._load,
            Verb.STOP: self._stop,
            Verb.PRESENCE: self._confirm,
            Verb.ACK: self._acknowledge,
            Verb.STATUS: self._status,
        }

    def step(self, timeout: timedelta) -> bool:
        """Take one message. False where none came."""
        message = self._link.receive(timeout)
        if message is None:
            return False
        now = self._clock.now()
        try:
            if message.topic.startswith(f"{self._identity.topics.base}/blob/"):
                self._chunk(message)
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

    def _start(self, order: Order, now: Instant) -> Outcome:
        body = order.body
        assert isinstance(body, Start)
        believed = authorisation(body.authorisation, self._keys, self._facts, self._store, now)
        if isinstance(believed, Refusal):
            return believed
        document = believed.authorisation
        if key_id(order.key) not in document.operators:
            return Refusal(Reason.WRONG_ROLE, "the authorisation does not name this operator")
        list_key = self._gallery.prepare(believed)
        if isinstance(list_key, Refusal):
            return list_key
        refusal = self._gate.begin(believed, list_key, now)
        if refusal is not None:
            self._gallery.destroy()
            return refusal
        self._report.in_force(
            Deployment(
                site=document.site,
                device=document.device,
                boot=self._identity.boot,
                at=now.wall,
                authorisation=document.id,
                authorisation_digest=believed.digest,
                list_key=list_key,
                list_digest=document.watchlist.digest,
                list_entries=document.watchlist.entries,
                detector=document.models.detector,
                embedder=document.models.embedder,
                calibration=document.calibration,
                zone=self._facts.zone,
                max_fpir=document.max_fpir,
                not_before=document.not_before,
                not_after=document.not_after,
            )
        )
        return {"list_key": list_key}

    def _load(self, order: Order, now: Instant) -> Outcome:
        body = order.body
        assert isinstance(body, Load)
        believed = self._gate.believed
        if believed is None:
            return Refusal(Reason.NO_AUTHORISATION)
        listed = believed.authorisation.watchlist
        if key_id(order.key) not in believed.authorisation.operators:
            return Refusal(Reason.WRONG_ROLE, "the authorisation does not name this operator")
        if body.digest != listed.digest:
            return Refusal(Reason.WRONG_LIST, "its digest is not the authorised one")
        file = self._files.assemble(body.digest, body.size)
        if file is None:
            return Refusal(Reason.LIST_INCOMPLETE)
        return self._gallery.open(body, file, now) or {"entries": listed.entries}

    def _stop(self, order: Order, now: Instant) -> Outcome:
        body = order.body
        assert isinstance(body, Stop)
        believed = self._gate.believed
        if believed is None:
            return Refusal(Reason.NO_AUTHORISATION)
        if believed.authorisation.id != body.authorisation:
            return Refusal(Reason.OTHER_AUTHORISATION)
        self._gate.end(EndReason.STOPPED, now)
        self._files.forget(believed.authorisation.watchlist.digest)
        return {}

    def _confirm(self, order: Order, now: Instant) -> Outcome:
        assert isinstance(order.body, Presence)
        believed = self._gate.believed
        if believed is None:
            return Refusal(Reason.NO_AUTHORISATION)
        until = self._presence.confirm(order, believed.authorisation, now)
        if isinstance(until, Refusal):
            return until
        event = PresenceConfirmed(authorisation=believed.authorisation.id, key=key_id(order.key), until=until.wall)
        self._journal.record(event, now)
        self._gate.changed()
        return {"until": until.wall.isoformat()}

    def _acknowledge(self, order: Order, now: Instant) -> Outcome:
        return self._hits.acknowledge(order, now) or {}

    def _status(self, order: Order, now: Instant) -> Outcome:
        assert isinstance(order.body, Status)
        state = self._report.state(now)
        facts: dict[str, str | int] = {"condition": state.condition.value, "reasons": ",".join(state.reasons)}
        return facts | self._report.counters()

    def _refuse(self, signed: Signed, verb: Verb, refusal: Refusal, message: Incoming, now: Instant) -> None:
        self._pulse.count(f"orders-refused-{refusal.reason.value}")
        signer = self._orders.signer_of(signed)
        if signer is None:
            return
        last = self._refused_at.get(signer)
        if last is None or now.since(last) >= REFUSALS_EVERY:
            self._refused_at[signer] = now
            self._journal.record(Refused(verb=verb, key=signer, reason=refusal.reason.value), now)
        self._answer(Reply.no(heading_of(payload_of(signed)).id, refusal), message, now)

    def _answer(self, reply: Reply, message: Incoming, now: Instant) -> None:
        identity = self._identity
        # Whoever asks does not choose where this device speaks: replies stay in its own tree.
        if message.respond_to is None or not message.respond_to.startswith(identity.topics.replies):
            return
        source = f"/{identity.topics.base}"
        payload = enclose(
            sign(reply, Kind.REPLY, self._signer), Kind.REPLY, id=f"reply-{reply.order}", source=source, time=now.wall
        )
        self._link.publish(Outgoing(message.respond_to, payload, correlation=message.correlation))

"""Ratification: the authorising officer decides on an urgent authorisation, or what came of it is destroyed.

Until somebody has decided, whether in time or late, no other urgent authorisation begins: urgency is no way round the
authorising officer. What a recipient has opened is out of this device's reach; the control room must destroy it too.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from edge.domain.authorisation import Ratification
from edge.domain.authority import Digest, Identifier, Role, Signed
from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import Reason, Refusal, Undecodable, Unsafe
from edge.domain.leaves.deployment import RatificationLapsed, Ratified
from edge.domain.leaves.hits import HitExpired
from edge.domain.record import Event, OutboxRow
from edge.ports import Store, Transaction
from edge.safeguards import papers, urgent
from edge.safeguards.journal import Journal
from edge.safeguards.urgent import Urgent
from edge.safeguards.verify import Believed, Keys, one_signed
from edge.wire.events import SealedHit, disclose
from edge.wire.signed import Kind, digest, parse, payload_of

_SOON: Final = timedelta(seconds=5)
_RECALLED_EVERY: Final = timedelta(minutes=1)
_MOST: Final = 10_000


class Ratifications:
    """A demand, and the door for decisions. Everything but the demand's questions runs on the main thread."""

    def __init__(self, keys: Keys, store: Store, journal: Journal) -> None:
        self._keys = keys
        self._store = store
        self._journal = journal
        self._known: dict[Digest, Urgent] = {}
        self._deadlines: dict[Digest, Instant] = {}
        self._recalled: Instant | None = None

    def recall(self, now: Instant) -> None:
        """Read what is owed. Raises Unsafe."""
        self._recalled = now
        self._known = urgent.records(self._store)
        for name, record in self._known.items():
            left = record.until - now.wall
            self._deadlines.setdefault(name, Instant(record.until, now.boot + left))

    @property
    def undecided(self) -> int:
        """How many urgent authorisations wait for a decision, as far as is known."""
        return sum(record.ratified is None for record in self._known.values())

    # A demand.

    def refuses(self, believed: Believed, now: Instant) -> Refusal | None:
        """An urgent authorisation waits until every other one was decided on, and never begins after a no."""
        if not believed.authorisation.urgent:
            return None
        try:
            self.recall(now)
        except Unsafe as error:
            return Refusal(Reason.UNSAFE, error.what)
        for record in self._known.values():
            if record.digest != believed.digest and record.ratified is None:
                return Refusal(Reason.UNRATIFIED, record.authorisation)
        return Refusal(Reason.UNRATIFIED, "it was not ratified") if self._forfeit(believed) else None

    def missing(self, believed: Believed, now: Instant) -> Reason | None:
        """No permit from a no on."""
        return Reason.UNRATIFIED if self._forfeit(believed) else None

    def over(self, believed: Believed, now: Instant) -> EndReason | None:
        """A no ends it."""
        return EndReason.NOT_RATIFIED if self._forfeit(believed) else None

    def _forfeit(self, believed: Believed) -> bool:
        record = self._known.get(believed.digest)
        return record is not None and record.forfeit

    # Decisions, and what follows from them.

    def decide(self, signed: Signed, now: Instant) -> Refusal | None:
        """Take the authorising officer's decision in. The same one again changes nothing. Raises Unsafe."""
        signer = one_signed(signed, Kind.RATIFICATION, self._keys, Role.AUTHORISING_OFFICER)
        if isinstance(signer, Refusal):
            return signer
        try:
            payload = payload_of(signed)
            decision = parse(payload, Ratification)
        except Undecodable as error:
            return Refusal(Reason.MALFORMED, error.what)
        self.recall(now)
        record = self._known.get(decision.digest)
        if record is None or record.authorisation != decision.authorisation:
            return Refusal(Reason.OTHER_AUTHORISATION, "it names no urgent authorisation of this device")
        if record.decision == digest(payload):
            return None
        if record.ratified is not None:
            return Refusal(Reason.ALREADY_DECIDED)
        if decision.decided > now.wall + _SOON:
            return Refusal(Reason.NOT_YET_VALID)
        decided = replace(record, ratified=decision.ratified, decision=digest(payload))

        def write(transaction: Transaction) -> None:
            papers.keep(transaction, signed)
            urgent.write(transaction, decided)

        event = Ratified(authorisation=record.authorisation, digest=digest(payload), ratified=decision.ratified)
        self._journal.record(event, now, write)
        self._known[record.digest] = decided
        if decided.forfeit:
            self._destroy(record.authorisation, now)
        return None

    def step(self, now: Instant) -> None:
        """Let time act, on whichever clock is ahead. Raises Unsafe."""
        if self._recalled is None or now.since(self._recalled) >= _RECALLED_EVERY:
            self.recall(now)
        for name, record in list(self._known.items()):
            if record.ratified is None and not record.lapsed and now.reached(self._deadlines[name]):
                self._lapse(record, now)

    def finish(self, now: Instant) -> None:
        """At the start: destroy what a decision or a lapse condemned before an unclean end. Raises Unsafe."""
        self.recall(now)
        for record in self._known.values():
            if record.forfeit:
                self._destroy(record.authorisation, now)

    def _lapse(self, record: Urgent, now: Instant) -> None:
        lapsed = replace(record, lapsed=True)
        event = RatificationLapsed(authorisation=record.authorisation)
        self._journal.record(event, now, lambda transaction: urgent.write(transaction, lapsed))
        self._known[record.digest] = lapsed
        self._destroy(record.authorisation, now)

    def _destroy(self, authorisation: Identifier, now: Instant) -> None:
        """Its waiting hits: each recorded as it goes, and nothing of them left on disk."""
        rows = [row for row in self._store.outbox(_MOST) if _belongs(row, authorisation)]
        for row in rows:
            self._journal.record_in(lambda transaction, row=row: _gone(transaction, row), now)  # type: ignore[misc]
        if rows:
            self._store.compact()


def _belongs(row: OutboxRow, authorisation: Identifier) -> bool:
    return parse(payload_of(disclose(row.message, Kind.HIT)), SealedHit).authorisation == authorisation


def _gone(transaction: Transaction, row: OutboxRow) -> Event | None:
    return HitExpired(sequence=row.sequence) if transaction.dequeue(row.sequence) else None

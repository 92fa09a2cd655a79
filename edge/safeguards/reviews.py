"""What became of hits: reviewers' signed verdicts, hits that nobody reviewed in time, and holds as evidence.

The fifteen minutes begin when a recipient has signed for the hit, so that a hit which never arrived counts for nothing.
What is remembered of a hit until its retention ends is in :class:`edge.domain.record.Told`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from edge.domain.authorisation import Authorisation, UseCase
from edge.domain.authority import Digest, Identifier
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal, SealBroken, Undecodable
from edge.domain.leaves.hits import HitHeld, HitReviewed, HitUnreviewed
from edge.domain.orders import REVIEW_WITHIN as REVIEW_WITHIN
from edge.domain.orders import Hold, Order, Review
from edge.domain.record import Deadline, Event, Told
from edge.ports import Transaction
from edge.safeguards import papers
from edge.safeguards.breaker import Breaker
from edge.safeguards.gate import Gate
from edge.safeguards.journal import NEW_EPOCH, Journal
from edge.wire.signed import canonical, key_id, parse

MAX_HOLD: Final = timedelta(days=366)
"""An order may hold a hit no longer; another may prolong it."""
SWEPT: Final = timedelta(seconds=1)
"""How often it is looked for hits that are overdue."""
_TOLD: Final = "hits/told/"


class Reviews:
    """Verdicts and holds, once each. Any thread may call it; what is recorded is decided in the transaction."""

    def __init__(self, gate: Gate, breaker: Breaker, journal: Journal, boot: Identifier) -> None:
        self._gate = gate
        self._breaker = breaker
        self._journal = journal
        self._boot = boot
        self._swept: Instant | None = None

    def remember(
        self, transaction: Transaction, sequence: int, hit: Identifier, document: Authorisation, destroy_by: Deadline
    ) -> None:
        """A hit is being committed in this transaction."""
        told = Told(
            sequence=sequence,
            hit=hit,
            authorisation=document.id,
            reviewers=document.reviewers,
            must_be_reviewed=document.use_case is not UseCase.ACCURACY_TEST,
            destroy_by=destroy_by,
        )
        _put(transaction, told)

    def told(self, now: Instant, *, suspected: bool) -> None:
        """A hit was committed: too many in too short a time are a flood. Raises Unsafe."""
        believed = self._gate.believed
        if believed is not None:
            self._breaker.told(believed, now, suspected=suspected)
            self._breaker.settle(believed, self._journal, now)

    def delivered(self, transaction: Transaction, sequence: int, now: Instant) -> None:
        """A recipient has signed for a hit in this transaction: its time to be reviewed begins."""
        told = _get(transaction, sequence)
        if told is not None:
            _put(transaction, replace(told, review_by=Deadline.after(now, REVIEW_WITHIN, self._boot)))

    def review(self, order: Order, now: Instant) -> Refusal | None:
        """A reviewer's verdict. Late ones are taken too, once, and take the place of the hit's being overdue."""
        body = order.body
        if not isinstance(body, Review):
            return Refusal(Reason.MALFORMED)
        refusal: Refusal | None = None

        def write(transaction: Transaction) -> Event | None:
            nonlocal refusal
            told = _get(transaction, body.sequence)
            refusal = _may_review(told, body, order)
            if refusal is not None or told is None:
                return None
            _put(transaction, replace(told, reviewed=True))
            return _reviewed(order, body, told.authorisation, papers.keep(transaction, order.signed))

        self._count(now)
        self._journal.record_in(write, now)
        self._settle(now)
        return refusal

    def hold(self, order: Order, now: Instant) -> Refusal | datetime:
        """Keep a hit as evidence, past its retention. Returns until when. The recipient re-wraps its key."""
        body = order.body
        if not isinstance(body, Hold):
            return Refusal(Reason.MALFORMED)
        if body.until <= now.wall:
            return Refusal(Reason.EXPIRED)
        if body.until - now.wall > MAX_HOLD:
            return Refusal(Reason.LIVES_TOO_LONG, f"a hit is held for at most {MAX_HOLD.days} days")
        refusal: Refusal | None = None

        def write(transaction: Transaction) -> Event | None:
            nonlocal refusal
            told = _get(transaction, body.sequence)
            if told is None or told.hit != body.hit or self._gone(told, now):
                refusal = Refusal(Reason.UNKNOWN_HIT)
                return None
            if told.held is not None and told.held >= body.until:
                refusal = Refusal(Reason.ALREADY_DECIDED, "it is held for as long, or longer")
                return None
            _put(transaction, replace(told, held=body.until))
            paper = papers.keep(transaction, order.signed)
            return HitHeld(sequence=told.sequence, key=key_id(order.key), until=body.until, order=paper)

        self._journal.record_in(write, now)
        return refusal or body.until

    def sweep(self, now: Instant) -> None:
        """Record the hits that nobody reviewed in time, and forget those whose retention is over. Raises Unsafe."""
        if self._swept is not None and now.since(self._swept) < SWEPT:
            return
        self._swept = now
        for told in self._all(now):
            if self._is_overdue(told, now):
                self._count(now)
                self._journal.record_in(lambda transaction, told=told: self._overdue(transaction, told, now), now)  # type: ignore[misc]
            elif self._gone(told, now):
                self._journal.record_in(lambda transaction, told=told: forget(transaction, told.sequence), now)  # type: ignore[misc]
        self._settle(now)

    def _overdue(self, transaction: Transaction, seen: Told, now: Instant) -> Event | None:
        told = _get(transaction, seen.sequence)
        if told is None or not self._is_overdue(told, now):
            return None  # a verdict came meanwhile
        _put(transaction, replace(told, overdue=True))
        return HitUnreviewed(authorisation=told.authorisation, sequence=told.sequence)

    def _is_overdue(self, told: Told, now: Instant) -> bool:
        if told.reviewed or told.overdue or not told.must_be_reviewed or told.review_by is None:
            return False
        return told.review_by.over(now, self._boot)

    def _gone(self, told: Told, now: Instant) -> bool:
        """Whether neither its retention nor a hold keeps it."""
        return told.destroy_by.over(now, self._boot) and (told.held is None or now.wall >= told.held)

    def _all(self, now: Instant) -> list[Told]:
        found: list[Told] = []

        def look(transaction: Transaction) -> None:
            found.extend(_told(raw) for name in transaction.names(_TOLD) if (raw := transaction.get(name)) is not None)

        self._journal.record_in(look, now)
        return found

    def _count(self, now: Instant) -> None:
        """The searches so far, before a false alert is held against them."""
        believed = self._gate.believed
        if believed is not None:
            self._journal.write_count(believed.authorisation.id, now)

    def _settle(self, now: Instant) -> None:
        believed = self._gate.believed
        if believed is not None:
            self._breaker.settle(believed, self._journal, now)


def forget(transaction: Transaction, sequence: int) -> None:
    """A hit's time is over, or it never arrived: nothing of it can be decided any more."""
    transaction.delete(_name(sequence))


def _may_review(told: Told | None, body: Review, order: Order) -> Refusal | None:
    if told is None or told.hit != body.hit:
        return Refusal(Reason.UNKNOWN_HIT)
    if key_id(order.key) not in told.reviewers:
        return Refusal(Reason.WRONG_ROLE, "the hit's authorisation does not name this reviewer")
    if told.review_by is None:
        return Refusal(Reason.UNKNOWN_HIT, "no recipient has signed for it yet")
    return Refusal(Reason.ALREADY_DECIDED) if told.reviewed else None


def _reviewed(order: Order, body: Review, authorisation: Identifier, paper: Digest) -> HitReviewed:
    return HitReviewed(
        authorisation=authorisation,
        sequence=body.sequence,
        verdict=body.verdict,
        key=key_id(order.key),
        seconds=body.seconds,
        order=paper,
    )


def _name(sequence: int) -> str:
    return f"{_TOLD}{sequence:010d}"


def _get(transaction: Transaction, sequence: int) -> Told | None:
    raw = transaction.get(_name(sequence))
    return None if raw is None else _told(raw)


def _told(raw: bytes) -> Told:
    try:
        return parse(raw, Told)
    except Undecodable as error:
        raise SealBroken(f"What is remembered of a hit was changed: {error.what}", NEW_EPOCH) from error


def _put(transaction: Transaction, told: Told) -> None:
    transaction.put(_name(told.sequence), canonical(told))

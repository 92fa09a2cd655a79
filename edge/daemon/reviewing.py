"""What the orders do that come after a hit: verdicts, holds, and entries that are withdrawn."""

from __future__ import annotations

from edge.daemon.obey import Executes, Outcome
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal
from edge.domain.orders import Hold, Order, Review, Verb, WithdrawEntry
from edge.safeguards.gallery import Gallery
from edge.safeguards.gate import Gate
from edge.safeguards.reviews import Reviews
from edge.wire.signed import Kind, claimed_signers, key_id


class Reviewing:
    """Runs on the main thread alone."""

    def __init__(self, gate: Gate, gallery: Gallery, reviews: Reviews) -> None:
        self._gate = gate
        self._gallery = gallery
        self._reviews = reviews

    def verbs(self) -> dict[Verb, Executes]:
        """The orders that are executed here."""
        return {Verb.REVIEW: self.review, Verb.HOLD: self.hold, Verb.WITHDRAW_ENTRY: self.withdraw}

    def review(self, order: Order, now: Instant) -> Outcome:
        """A reviewer decided."""
        body = order.body
        assert isinstance(body, Review)
        return self._reviews.review(order, now) or {"sequence": body.sequence, "verdict": body.verdict.value}

    def hold(self, order: Order, now: Instant) -> Outcome:
        """An officer keeps a hit as evidence. The signed answer is what its recipient may re-wrap its key by."""
        body = order.body
        assert isinstance(body, Hold)
        until = self._reviews.hold(order, now)
        if isinstance(until, Refusal):
            return until
        return {"hit": body.hit, "sequence": body.sequence, "until": until.isoformat()}

    def withdraw(self, order: Order, now: Instant) -> Outcome:
        """Somebody on the list was found, or should not be on it. Who has no part in the deployment learns nothing."""
        body = order.body
        assert isinstance(body, WithdrawEntry)
        believed = self._gate.believed
        if believed is None:
            return Refusal(Reason.NO_AUTHORISATION)
        document = believed.authorisation
        if key_id(order.key) not in {*document.operators, *claimed_signers(believed.signed, Kind.AUTHORISATION)}:
            return Refusal(Reason.WRONG_ROLE, "the authorisation neither names this operator nor bears this signature")
        left = self._gallery.withdraw(body, key_id(order.key), now)
        if isinstance(left, Refusal):
            return left
        # Whatever was found for the entry and is not told yet is dropped with everything else in flight.
        self._gate.lapse(now)
        return {"left": left}

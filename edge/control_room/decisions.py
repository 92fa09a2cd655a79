"""What people decide about hits and entries, as orders: verdicts, holds, withdrawals, replays."""

from __future__ import annotations

from datetime import datetime

from edge.control_room.desk import Desk
from edge.domain.authority import Identifier, Signed
from edge.domain.orders import Hold, Replay, Review, Verb, Verdict, WithdrawEntry
from edge.wire.events import Deployment
from edge.wire.sealed import ListBinding, wrap
from edge.wire.signed import Signs
from edge.wire.watchlist import entry_digest


def review(
    desk: Desk, hit: Identifier, sequence: int, verdict: Verdict, seconds: int, reviewer: Signs
) -> None:  # fmt: skip
    """Say what became of a hit, and how long it was looked at. Raises Refused, BrokerLost."""
    desk.order(Verb.REVIEW, Review(hit=hit, sequence=sequence, verdict=verdict, seconds=seconds), reviewer)


def hold(
    desk: Desk, hit: Identifier, sequence: int, until: datetime, reference: Identifier, officer: Signs
) -> Signed:  # fmt: skip
    """Keep a hit as evidence. Returns the device's signed answer. Raises Refused, BrokerLost."""
    order = Hold(hit=hit, sequence=sequence, until=until, reference=reference)
    return desk.ask(Verb.HOLD, order, officer)[1]


def replay(desk: Desk, first: int, last: int, signer: Signs) -> dict[str, str | int]:
    """Have the hits of these numbers that still wait sent again at once. Returns what became of all: runs of numbers.

    The signer is an operator, or a recipient for whom a hit waits. Raises Refused, BrokerLost.
    """
    return desk.order(Verb.REPLAY, Replay(first=first, last=last), signer).facts or {}


def withdraw(desk: Desk, said: Deployment, entry: Identifier, signer: Signs) -> int:
    """Stop alerts for an entry of the list that is loaded. Returns how many are left. Raises Refused, BrokerLost."""
    binding = ListBinding(
        purpose="lamppost withdrawn entry 1",
        site=said.site,
        device=said.device,
        authorisation=said.authorisation,
        digest=said.list_digest,
    )
    sealed = wrap(entry_digest(entry), said.list_key, binding)
    order = WithdrawEntry(authorisation=said.authorisation, entry=sealed)
    return int((desk.order(Verb.WITHDRAW_ENTRY, order, signer).facts or {})["left"])

"""The judge: what was promised, and every place where it was not kept.

It holds four accounts against each other: the journal and the outbox as they lie on disk, what the control room was
told and has sent, what the street's camera and store noted of themselves, and what an outsider's examination finds.
Committed means: there is a leaf of it.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hardware_sim.chaos.console import Record
from hardware_sim.chaos.evidence import Journal, Leaf, Mark, head_fails
from hardware_sim.chaos.permits import unpermitted


class Promise(enum.Enum):
    """What the suite holds the device to."""

    KEPT = "no committed hit lost"
    ONCE = "no hit told twice"
    OBEYED_ONCE = "no order executed twice"
    VERIFIES = "the journal verifies"
    PERMITTED = "nothing looked at without a permit"
    BEHAVED = "the device did what the scenario asks of it"


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that was not kept, and where."""

    promise: Promise
    what: str


@dataclass(frozen=True, slots=True)
class Account:
    """All that is held against each other, of one device."""

    journal: Journal
    record: Record
    marks: Sequence[Mark]
    device_key: bytes
    findings: tuple[str, ...] = ()
    """What an examination of the exported evidence found wrong."""
    drained: bool = False
    """Whether everything had time to arrive: then nothing may wait any more."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The numbers."""

    committed: int = 0
    acknowledged: int = 0
    waiting: int = 0
    expired: int = 0
    told: int = 0
    arrivals: int = 0
    orders: int = 0
    resent: int = 0
    leaves: int = 0
    frames: int = 0


ENDED: dict[str, str] = {"hit-acknowledged": "acknowledged", "hit-expired": "expired"}
"""Leaves with which a committed hit's way ends."""


def judge(account: Account) -> list[Broken]:
    """Everything that is wrong. Empty: every promise was kept."""
    return [
        *(Broken(Promise.KEPT, what) for what in _lost(account)),
        *(Broken(Promise.ONCE, what) for what in _told_twice(account.record)),
        *(Broken(Promise.OBEYED_ONCE, what) for what in _executed_twice(account)),
        *(Broken(Promise.VERIFIES, what) for what in _does_not_verify(account)),
        *(Broken(Promise.PERMITTED, what) for what in unpermitted(account.journal.leaves, account.marks)),
    ]


def totals(account: Account) -> Totals:
    """The numbers of an account."""
    kinds = Counter(leaf.kind for leaf in account.journal.leaves)
    record = account.record
    return Totals(
        committed=kinds["hit-committed"],
        acknowledged=kinds["hit-acknowledged"],
        waiting=len(account.journal.waiting),
        expired=kinds["hit-expired"],
        told=len(record.taken),
        arrivals=record.arrivals,
        orders=len(record.sent),
        resent=record.resent,
        leaves=len(account.journal.leaves),
        frames=sum(mark.what == "frame" for mark in account.marks),
    )


def _lost(account: Account) -> Iterator[str]:
    leaves, waiting, taken = account.journal.leaves, account.journal.waiting, account.record.taken
    committed = _by_sequence(leaves, "hit-committed")
    acknowledged, expired = _by_sequence(leaves, "hit-acknowledged"), _by_sequence(leaves, "hit-expired")
    for sequence in sorted(set(range(1, max(committed, default=0) + 1)) - committed.keys()):
        yield f"hit {sequence} was never committed, but later ones were"
    for sequence, found in sorted(committed.items()):
        ends = [
            *("acknowledged" for _ in acknowledged.get(sequence, ())),
            *("expired" for _ in expired.get(sequence, ())),
        ]
        ends += ["waiting"] if sequence in waiting else []
        if len(found) != 1 or len(ends) != 1:
            yield f"hit {sequence} was committed {len(found)} times, and is {' and '.join(ends) or 'nowhere'}"
    for name, there in (("acknowledged", acknowledged), ("expired", expired), ("waiting", waiting)):
        for sequence in sorted(there.keys() - committed.keys()):
            yield f"hit {sequence} is {name}, but was never committed"
    told = {one.sequence: one for one in taken}
    for sequence in sorted(acknowledged.keys() - told.keys()):
        yield f"hit {sequence} is acknowledged, and nobody was told of it"
    for sequence, one in sorted(told.items()):
        said = [leaf.says["commitment"] for leaf in committed.get(sequence, ())]
        if said != [one.commitment]:
            yield f"hit {sequence} was told, and its leaf says something else: {said}"
    yield from _forgotten(account, len(expired))
    if account.drained and waiting:
        yield f"{len(waiting)} hits still wait, though there was time: {sorted(waiting)[:5]}"


def _forgotten(account: Account, expired: int) -> Iterator[str]:
    """Hits whose commit had returned, by the store's own mark, and that are nowhere now."""
    known = {one.id for one in account.record.taken} | set(account.journal.waiting.values())
    gone = sorted({mark.about for mark in account.marks if mark.what == "committed"} - known)
    if len(gone) > expired:
        yield f"{len(gone)} hits were committed, and are neither told nor waiting, but {expired} expired: {gone[:5]}"


def _told_twice(record: Record) -> Iterator[str]:
    for name, values in (
        ("id", [one.id for one in record.taken]),
        ("sequence", [one.sequence for one in record.taken]),
    ):
        for value, times in Counter(values).items():
            if times > 1:
                yield f"the hit of {name} {value} was told {times} times"


def _executed_twice(account: Account) -> Iterator[str]:
    """By the leaves that name their order; by how many leaves a life has of orders; and by the answers."""
    leaves, record = account.journal.leaves, account.record
    ours = {sent.digest for sent in record.sent}
    for kind in ("hit-reviewed", "hit-held"):
        for order, times in Counter(str(leaf.says["order"]) for leaf in leaves if leaf.kind == kind).items():
            if times > 1:
                yield f"the order {order[:12]} left {times} leaves of {kind}"
            if order not in ours:
                yield f"the order {order[:12]}, of a leaf of {kind}, is none that was sent"
    for sequence, found in _by_sequence(leaves, "hit-reviewed").items():
        if len(found) > 1:
            yield f"hit {sequence} was reviewed {len(found)} times"
    yield from _more_than_sent(leaves, record)
    yield from _answered_twice(record)


def _more_than_sent(leaves: Sequence[Leaf], record: Record) -> Iterator[str]:
    """An old order that is executed by a later life leaves one more than that life was sent."""
    for kind, verb in (("began", "start"), ("list-opened", "load"), ("presence-confirmed", "presence")):
        sent = Counter(boot for boot, _ in {(sent.boot, sent.id) for sent in record.sent if sent.verb == verb})
        for boot, times in Counter(leaf.boot for leaf in leaves if leaf.kind == kind).items():
            if times > sent[boot]:
                yield f"life {boot[:8]} has {times} leaves of {kind}, and was sent {sent[boot]} orders of {verb}"


def _answered_twice(record: Record) -> Iterator[str]:
    done: dict[str, set[str]] = {}
    for reply in record.answered:
        if reply.answer == "done":
            done.setdefault(reply.order, set()).add(reply.facts)
    for order, facts in done.items():
        if len(facts) > 1:
            yield f"the order {order[:12]} was done with {len(facts)} different outcomes"


def _does_not_verify(account: Account) -> Iterator[str]:
    journal = account.journal
    if journal.sound != "ok":
        yield f"SQLite says of the store: {journal.sound}"
    if journal.head is not None:
        wrong = head_fails(journal.head, journal.raw, account.device_key)
        if wrong is not None:
            yield wrong
    yield from (f"an outsider finds: {finding}" for finding in account.findings)


def _by_sequence(leaves: Sequence[Leaf], kind: str) -> dict[int, list[Leaf]]:
    found: dict[int, list[Leaf]] = {}
    for leaf in leaves:
        if leaf.kind == kind:
            found.setdefault(int(leaf.says["sequence"]), []).append(leaf)
    return found

"""Retention: what has reached its end is deleted, recorded, and left nowhere on disk."""

from __future__ import annotations

from edge.domain.capture import Instant
from edge.domain.leaves.hits import HitExpired
from edge.domain.record import Event, OutboxRow
from edge.ports import Store, Transaction
from edge.safeguards.journal import Journal

_AT_ONCE = 64


class Retention:
    """Sweeps the outbox. A hit past its end is not sent even where the sweep is late."""

    def __init__(self, journal: Journal, store: Store) -> None:
        self._journal = journal
        self._store = store

    def current(self, now: Instant) -> list[OutboxRow]:
        """The waiting hits that are still of use, the oldest first."""
        return [row for row in self._store.outbox(_AT_ONCE) if now.wall < row.expires]

    def sweep(self, now: Instant) -> int:
        """Delete and record every waiting hit whose time is over. Returns how many. Raises Unsafe."""
        over = [row for row in self._store.outbox(_AT_ONCE) if now.wall >= row.expires]
        for row in over:
            self._journal.record_in(lambda transaction, row=row: _expire(transaction, row), now)  # type: ignore[misc]
        if over:
            self._store.compact()
        return len(over)


def _expire(transaction: Transaction, row: OutboxRow) -> Event | None:
    return HitExpired(sequence=row.sequence) if transaction.dequeue(row.sequence) else None

"""Retention: what has reached its end is deleted, recorded, and left nowhere on disk.

Nothing waits for the sweep: a hit past its end is neither sent nor signed for, whether or not it has been deleted yet.
"""

from __future__ import annotations

from edge.domain.capture import Instant
from edge.domain.errors import Unsafe
from edge.domain.leaves.hits import HitExpired
from edge.domain.record import Event, Waiting
from edge.ports import Store, Transaction
from edge.safeguards.journal import Journal
from edge.safeguards.outbox import Outbox
from edge.safeguards.reviews import Reviews, forget


class Retention:
    """Sweeps the outbox and what is remembered of hits. Called by the writer alone."""

    def __init__(self, journal: Journal, store: Store, reviews: Reviews, outbox: Outbox) -> None:
        self._journal = journal
        self._store = store
        self._reviews = reviews
        self._outbox = outbox

    def current(self, now: Instant) -> list[Waiting]:
        """The hits that waited at the last sweep and are still of use, the oldest first."""
        return self._outbox.current(now)

    def sweep(self, now: Instant) -> int:
        """Delete and record every waiting hit whose time is over. Returns how many. Raises Unsafe."""
        over = self._outbox.look(now)
        for row in over:
            self._journal.record_in(lambda transaction, row=row: _expire(transaction, row), now)  # type: ignore[misc]
        self._reviews.sweep(now)
        # Also what an unclean end of the process left: deleted, and not yet gone from the write-ahead log.
        try:
            self._store.compact()
        except Unsafe as error:
            self._journal.fail(error)
            raise
        return len(over)


def _expire(transaction: Transaction, row: Waiting) -> Event | None:
    if not transaction.dequeue(row.sequence):
        return None
    forget(transaction, row.sequence)
    return HitExpired(sequence=row.sequence)

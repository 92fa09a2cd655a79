"""Room on the disk for whatever is begun to be recorded to its end."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import Reason, Refusal, Unsafe
from edge.ports import Store
from edge.safeguards.journal import Journal
from edge.safeguards.verify import Believed

TO_BEGIN: Final = 64 * 1024 * 1024
"""Bytes left on the disk. A full outbox, a day of leaves, and twice what SQLite needs to write them."""
TO_LOOK: Final = TO_BEGIN // 2
EVERY: Final = timedelta(seconds=1)


class Disk:
    """Knows how much room is left. A :class:`edge.safeguards.demands.Demand` to the gate, which answers from memory."""

    def __init__(self, journal: Journal, store: Store) -> None:
        self._journal = journal
        self._store = store
        self.left: int | None = None
        """Bytes, when it was last looked; None before."""
        self._seen: Instant | None = None

    def step(self, now: Instant) -> None:
        """Look now and then, on the writer's thread: a disk may hang. Where it is gone, the journal is unsafe."""
        if self._seen is not None and now.since(self._seen) < EVERY:
            return
        self._seen = now
        try:
            self.left = self._store.survey()
        except Unsafe as error:
            self._journal.fail(error)

    def refuses(self, believed: Believed, now: Instant) -> Refusal | None:
        """Nothing is begun that may find no room to be ended."""
        return Refusal(Reason.DISK_LOW) if self._under(TO_BEGIN) else None

    def missing(self, believed: Believed, now: Instant) -> Reason | None:
        """Room to record what is found."""
        return Reason.DISK_LOW if self._under(TO_LOOK) else None

    def over(self, believed: Believed, now: Instant) -> EndReason | None:
        """A pause that lasts ends it."""
        return None

    def counters(self) -> dict[str, int]:
        """For health."""
        return {} if self.left is None else {"disk-free-bytes": self.left}

    def _under(self, mark: int) -> bool:
        return self.left is not None and self.left < mark

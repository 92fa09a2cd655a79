"""A disk that takes its time, or hangs: every access to the store waits first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from edge.domain.authority import Identifier, Key
from edge.domain.record import OutboxRow, Waiting
from edge.ports import Store, Transaction


class SlowStore:
    """Another store behind a wait. What the wait does is the scenario's: let time pass, or hang, or raise."""

    def __init__(self, store: Store, wait: Callable[[], None]) -> None:
        self._store = store
        self.wait = wait

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """As the other, after the wait; its end waits too."""
        self.wait()
        with self._store.transaction() as transaction:
            yield transaction
            self.wait()

    def get(self, name: str) -> bytes | None:
        """As the other, after the wait."""
        self.wait()
        return self._store.get(name)

    def leaves(self, start: int, stop: int) -> list[bytes]:
        """As the other, after the wait."""
        self.wait()
        return self._store.leaves(start, stop)

    def size(self) -> int:
        """As the other, after the wait."""
        self.wait()
        return self._store.size()

    def waits(self) -> list[Waiting]:
        """As the other, after the wait."""
        self.wait()
        return self._store.waits()

    def recipients(self) -> frozenset[Key]:
        """As the other, after the wait."""
        self.wait()
        return self._store.recipients()

    def outbox(self, most: int) -> list[OutboxRow]:
        """As the other, after the wait."""
        self.wait()
        return self._store.outbox(most)

    def waiting(self, hit: Identifier) -> OutboxRow | None:
        """As the other, after the wait."""
        self.wait()
        return self._store.waiting(hit)

    def compact(self) -> None:
        """As the other, after the wait."""
        self.wait()
        self._store.compact()

    def survey(self) -> int:
        """As the other, after the wait."""
        self.wait()
        return self._store.survey()

    def give_way(self) -> bool:
        """As the other, after the wait."""
        self.wait()
        return self._store.give_way()

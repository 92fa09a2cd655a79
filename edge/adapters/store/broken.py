"""What stands in for a store that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from edge.adapters.store.sqlite import SqliteTransaction
from edge.domain.authority import Identifier, Key
from edge.domain.errors import Unsafe
from edge.domain.record import OutboxRow, Waiting


class BrokenStore:
    """Stands in for a store that cannot be trusted, or read: nothing is in it, and nothing can be written."""

    def __init__(self, error: Unsafe) -> None:
        self._error = error

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """Raises what is wrong with it."""
        raise self._error
        yield

    def get(self, name: str) -> bytes | None:
        """Raises what is wrong with it."""
        raise self._error

    def leaves(self, start: int, stop: int) -> list[bytes]:
        """Nothing."""
        return []

    def size(self) -> int:
        """Nothing."""
        return 0

    def waits(self) -> list[Waiting]:
        """Nothing."""
        return []

    def recipients(self) -> frozenset[Key]:
        """Nobody."""
        return frozenset()

    def outbox(self, most: int) -> list[OutboxRow]:
        """Nothing."""
        return []

    def waiting(self, hit: Identifier) -> OutboxRow | None:
        """Nothing."""
        return None

    def survey(self) -> int:
        """Raises what is wrong with it."""
        raise self._error

    def give_way(self) -> bool:
        """There is nothing to give."""
        return False

    def compact(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to close."""

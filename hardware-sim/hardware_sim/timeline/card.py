"""The SD card that the device's journal lies on: slow, wearing, full, read-only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

from edge.domain.errors import DiskFull, JournalUnwritable
from edge.domain.record import OutboxRow
from edge.ports import Store, Transaction
from hardware_sim.disk import SlowStore

PLENTY: Final = 8 * 1024**3
"""Bytes that are left on a healthy card."""
RESERVE: Final = 48
"""Transactions that the room which was kept for an emergency is good for."""


@dataclass(slots=True)
class Card:
    """What is wrong with it. It outlives the device's restarts."""

    random: Random
    advance: Callable[[timedelta], None]
    takes: timedelta = timedelta(0)
    """How long each access takes."""
    wears: float = 0.0
    """Share of the writes that fail."""
    full: bool = False
    read_only: bool = False
    left: int = PLENTY
    """Bytes."""
    reserve: bool = True
    room: int = 0
    """Writes that are left of the reserve, once it was given up."""

    def wait(self) -> None:
        """An access begins."""
        if self.takes:
            self.advance(self.takes)

    def begin(self) -> None:
        """A transaction begins. Raises what the disk would."""
        if self.read_only:
            raise JournalUnwritable("The simulated card is read-only.", "Check the disk.")

    def write(self) -> None:
        """A transaction writes for the first time. Raises what the disk would."""
        if self.wears and self.random.random() < self.wears:
            raise JournalUnwritable("The simulated card did not take a block.", "Check the disk.")
        if self.full:
            if self.room <= 0:
                raise DiskFull("The simulated card is full.", "Free space.")
            self.room -= 1

    def give_way(self) -> bool:
        """The reserve, once."""
        given, self.reserve = self.reserve, False
        self.room = RESERVE if given else self.room
        return given

    def emptied(self) -> None:
        """There is room again."""
        self.full, self.reserve, self.room, self.left = False, True, 0, PLENTY


class CardTransaction:
    """Another transaction, which asks the card before it writes."""

    def __init__(self, transaction: Transaction, card: Card) -> None:
        self._transaction = transaction
        self._card = card
        self._wrote = False
        self.get, self.names = transaction.get, transaction.names

    def append(self, leaf: bytes) -> int:
        """As the other, where the card takes it."""
        return self._writes().append(leaf)

    def put(self, name: str, value: bytes) -> None:
        """As the other, where the card takes it."""
        self._writes().put(name, value)

    def delete(self, name: str) -> None:
        """As the other, where the card takes it."""
        self._writes().delete(name)

    def enqueue(self, row: OutboxRow) -> None:
        """As the other, where the card takes it."""
        self._writes().enqueue(row)

    def dequeue(self, sequence: int) -> bool:
        """As the other, where the card takes it."""
        return self._writes().dequeue(sequence)

    def _writes(self) -> Transaction:
        if not self._wrote:
            self._wrote = True
            self._card.write()
        return self._transaction


class CardStore(SlowStore):
    """The device's store on such a card."""

    def __init__(self, store: Store, card: Card) -> None:
        super().__init__(store, card.wait)
        self._card = card

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """As the other, where the card takes it."""
        self._card.begin()
        with super().transaction() as transaction:
            yield CardTransaction(transaction, self._card)

    def survey(self) -> int:
        """As much as the scenario says. Raises JournalUnwritable."""
        super().survey()
        if self._card.read_only:
            raise JournalUnwritable("The simulated card is read-only.", "Check the disk.")
        return self._card.left

    def give_way(self) -> bool:
        """Once, on a full card."""
        return self._card.give_way() if self._card.full else super().give_way()

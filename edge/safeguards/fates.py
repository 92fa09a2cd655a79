"""What became of every hit, by its number, from the journal: nobody else's word counts.

A byte for each, read some leaves at a time, so that a long journal delays nothing else.
"""

from __future__ import annotations

import enum
from typing import Final

from edge.domain.errors import Reason, Refusal
from edge.domain.leaves.hits import HitAcknowledged, HitCommitted, HitExpired
from edge.domain.transfers import in_ranges
from edge.safeguards.journal import Journal

_AT_ONCE: Final = 256
"""Leaves that are read in one turn."""


class Became(enum.IntEnum):
    """What a hit can have come to. The first is no end."""

    WAITING = 1
    ACKNOWLEDGED = 2
    EXPIRED = 3


class Fates:
    """Runs on the main thread alone."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._read = 0
        self._fates = bytearray(1)

    def step(self) -> bool:
        """Read on. True where everything has been read. Raises Unsafe, Undecodable."""
        if self._read == self._journal.size:
            return True
        leaves = self._journal.leaves(self._read, min(self._read + _AT_ONCE, self._journal.size))
        for leaf in leaves:
            event = leaf.event
            if isinstance(event, HitCommitted):
                self._settle(event.sequence, Became.WAITING)
            elif isinstance(event, HitAcknowledged):
                self._settle(event.sequence, Became.ACKNOWLEDGED)
            elif isinstance(event, HitExpired):
                self._settle(event.sequence, Became.EXPIRED)
        self._read += len(leaves)
        return self._read == self._journal.size

    def of(self, sequences: range) -> Refusal | dict[Became, str]:
        """What became of these, as runs of numbers: ``"1-3,7"``. A number that no hit has is left out.

        Raises Unsafe, Undecodable.
        """
        if not self.step():
            return Refusal(Reason.BUSY, f"{self._read} of {self._journal.size} leaves were read since the start")
        known = [number for number in sequences if number < len(self._fates)]
        found = {fate: [number for number in known if self._fates[number] == fate] for fate in Became}
        return {fate: in_ranges(numbers) for fate, numbers in found.items() if numbers}

    @property
    def last(self) -> int:
        """The highest number that was given to a hit."""
        return len(self._fates) - 1

    def _settle(self, sequence: int, fate: Became) -> None:
        if sequence >= len(self._fates):
            self._fates.extend(bytes(sequence + 1 - len(self._fates)))
        self._fates[sequence] = fate

"""What a disk keeps. What was written is safe once it was flushed; until then a cut keeps, loses or tears it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Final, Protocol

SECTOR: Final = 512
"""Bytes that are written whole or not at all."""


class Room(Protocol):
    """Where bytes lie: an mmap or a bytearray."""

    def __len__(self) -> int: ...

    def __getitem__(self, where: slice, /) -> bytes | bytearray: ...

    def __setitem__(self, where: slice, content: bytes, /) -> None: ...


@dataclass(slots=True)
class Fate:
    """What became of the writes that were under way at a cut."""

    kept: int = 0
    lost: int = 0
    torn: int = 0


@dataclass(slots=True)
class Medium:
    """A disk with a cache that forgets. ``seen`` is what is read back, ``safe`` what outlives a cut."""

    seen: Room
    safe: Room
    waiting: list[tuple[int, bytes]] = field(default_factory=list)
    """Written since the last flush: where, and what."""

    def read(self, offset: int, size: int) -> bytes:
        """What was last written there."""
        return bytes(self.seen[offset : offset + size])

    def write(self, offset: int, content: bytes) -> None:
        """Take it into the cache. Raises ValueError outside the disk."""
        if not 0 <= offset <= len(self.seen) - len(content):
            raise ValueError("outside the disk")
        self.seen[offset : offset + len(content)] = content
        self.waiting.append((offset, content))

    def flush(self) -> None:
        """Everything that was written is safe from now on."""
        for offset, content in self.waiting:
            self.safe[offset : offset + len(content)] = content
        self.waiting.clear()

    def cut(self, chance: Random) -> Fate:
        """The power fails. What was waiting is kept, lost or torn, each write by itself."""
        fate = Fate()
        for offset, content in self.waiting:
            sectors = -(-len(content) // SECTOR)
            match chance.randrange(3):
                case 0:
                    kept: Iterable[int] = range(sectors)
                    fate.kept += 1
                case 1:
                    kept = ()
                    fate.lost += 1
                case _:
                    kept = [number for number in range(sectors) if chance.random() < 0.5]
                    fate.torn += 1
            for number in kept:
                piece = content[number * SECTOR : (number + 1) * SECTOR]
                at = offset + number * SECTOR
                self.safe[at : at + len(piece)] = piece
        self.waiting.clear()
        return fate

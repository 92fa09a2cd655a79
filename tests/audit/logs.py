"""A log to be witnessed: leaves, a key, and what it would publish."""

from __future__ import annotations

from edge.domain.record import Checkpoint
from edge.wire.checkpoints import AddCheckpoint, signed_checkpoint
from edge.wire.merkle import Tree
from edge.wire.notes import read_note
from hardware_sim.office import MemoryKey

ORIGIN = "lamppost/bench/post-1/epoch-1"


class Log:
    """Grows by numbered leaves; a fork is another one that begins with other leaves under the same key."""

    def __init__(self, key: MemoryKey, *leaves: bytes, origin: str = ORIGIN) -> None:
        self.key = key
        self.origin = origin
        self.leaves = list(leaves)

    def grow(self, count: int) -> None:
        self.leaves += [f"leaf {len(self.leaves) + number}".encode() for number in range(count)]

    @property
    def tree(self) -> Tree:
        return Tree(lambda start, stop: self.leaves[start:stop])

    def head(self) -> Checkpoint:
        size = len(self.leaves)
        return Checkpoint(origin=self.origin, size=size, root=self.tree.root(size).hex())

    def request(self, old: int) -> AddCheckpoint:
        """To cosign the present head, which continues that of ``old`` leaves."""
        note = read_note(signed_checkpoint(self.head(), self.key).encode())
        return AddCheckpoint(old, self.tree.consistency(old, len(self.leaves)), note)

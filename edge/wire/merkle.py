"""The Merkle tree over a log: its root, and the proofs by which an outsider can hold one root against another.

Hashing follows RFC 9162, section 2.1.1; inclusion and consistency proofs are made and verified as in its sections
2.1.3 and 2.1.4. The verifiers are written from the algorithms of 2.1.3.2 and 2.1.4.2 and share nothing with the makers
but the hash of a node.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from edge.domain.errors import Undecodable

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
MAX_PROOF: Final = 63
"""Hashes in a proof: a log holds fewer than 2**63 leaves."""
PAGE: Final = 256
"""Leaves read at once; the roots of whole pages are remembered. A power of two."""

Leaves = Callable[[int, int], Iterable[bytes]]
"""A log's leaves from an index on, up to another that is not included."""


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of a leaf: SHA-256 over 0x00 and its bytes."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256 over 0x01 and its children's hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a Merkle tree: all that is needed to append to it and to know its root."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()
    """Roots of the perfect subtrees, the largest (leftmost) first, one for each bit set in ``size``."""

    def append(self, leaf: bytes) -> Frontier:
        """The frontier after one leaf more."""
        peaks, bits = list(self.peaks), self.size
        node = leaf_hash(leaf)
        while bits & 1:
            node = node_hash(peaks.pop(), node)
            bits >>= 1
        return Frontier(self.size + 1, (*peaks, node))

    def root(self) -> bytes:
        """The Merkle tree hash."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node


def frontier_of(leaves: Iterable[bytes], start: Frontier | None = None) -> Frontier:
    """The frontier of all leaves in order."""
    frontier = start or Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return frontier


class Tree:
    """The tree over a log whose leaves lie elsewhere.

    It reads a page of leaves at a time and remembers one hash for each whole page that it has read, so that a proof
    reads the whole log once and little of it ever after. Leaves never change; a log that is replaced needs a new tree.
    """

    def __init__(self, leaves: Leaves) -> None:
        self._leaves = leaves
        self._pages: dict[int, bytes] = {}

    def root(self, size: int) -> bytes:
        """The Merkle tree hash of the first ``size`` leaves. Raises Undecodable where there are fewer."""
        return self._node(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """That the leaf at ``index`` lies in the tree of ``size`` leaves (RFC 9162, section 2.1.3.1)."""
        if not 0 <= index < size:
            raise ValueError(f"a tree of {size} leaves has none at {index}")
        path, start, stop = [], 0, size
        while stop - start > 1:
            split = start + _split(stop - start)
            if index < split:
                path.append((split, stop))
                stop = split
            else:
                path.append((start, split))
                start = split
        return tuple(self._node(*node) for node in reversed(path))

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """That the tree of ``new`` leaves begins with that of ``old`` (RFC 9162, section 2.1.4.1).

        Empty where there is nothing to show: from an empty tree, and from a tree to itself.
        """
        if not 0 <= old <= new:
            raise ValueError(f"a tree of {new} leaves has no earlier one of {old}")
        if old in (0, new):
            return ()
        path, start, stop = [], 0, new
        whole = True
        while old != stop:
            split = start + _split(stop - start)
            if old <= split:
                path.append((split, stop))
                stop = split
            else:
                path.append((start, split))
                start, whole = split, False
        if not whole:
            path.append((start, stop))
        return tuple(self._node(*node) for node in reversed(path))

    def _node(self, start: int, stop: int) -> bytes:
        """The hash over leaves ``start`` to ``stop``, which is always a node of some tree over this log."""
        size = stop - start
        if size > PAGE:
            split = start + _split(size)
            return node_hash(self._node(start, split), self._node(split, stop))
        known = self._pages.get(start) if size == PAGE else None
        if known is not None:
            return known
        frontier = frontier_of(self._leaves(start, stop))
        if frontier.size != size:
            raise Undecodable(
                f"The log has {start + frontier.size} leaves, not {stop}.", "Give the whole log that the head is of."
            )
        node = frontier.root()
        if size == PAGE:
            self._pages[start] = node
        return node


def includes(root: bytes, size: int, leaf: bytes, index: int, proof: Sequence[bytes]) -> bool:
    """Whether the tree of this root and size has the leaf of this hash at ``index`` (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size or len(proof) > MAX_PROOF:
        return False
    fn, sn, node = index, size - 1, leaf
    for sibling in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            node = node_hash(sibling, node)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = node_hash(node, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and node == root


def extends(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the new tree begins with the old one (RFC 9162, section 2.1.4.2).

    The two cases that the algorithm leaves to its caller: nothing is to be shown from an empty tree, whose root is
    known, nor from a tree to itself; the proof is then empty.
    """
    if not 0 <= old_size <= new_size or len(proof) > MAX_PROOF:
        return False
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT and (new_size > 0 or new_root == EMPTY_ROOT)
    if old_size == new_size:
        return not proof and old_root == new_root
    # A tree of a power of two is itself the first node of the path; its proof does not repeat it.
    path = [*proof] if old_size & (old_size - 1) else [old_root, *proof]
    if not path:
        return False
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for node in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old, new = node_hash(node, old), node_hash(node, new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, node)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and (old, new) == (old_root, new_root)


def _split(size: int) -> int:
    """The largest power of two smaller than ``size``."""
    return 1 << ((size - 1).bit_length() - 1)

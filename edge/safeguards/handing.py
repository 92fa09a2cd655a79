"""What of the store may leave the device as evidence: leaves that a signed head covers, heads, and papers that can tell
of nobody. Everything else that is kept stays: waiting hits, withdrawn entries, counters, jobs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edge.domain.authority import Signed
from edge.domain.capture import Instant
from edge.domain.errors import Undecodable
from edge.ports import Store
from edge.safeguards.journal import Journal
from edge.wire.checkpoints import read_checkpoint
from edge.wire.notes import read_note
from edge.wire.parcels import COSIGNED, HEAD, LEAF, PAPER, Piece, is_evidence, leaf_name, piece
from edge.wire.signed import parse

AT_ONCE: Final = 256 * 1024
"""Bytes that one order is answered with, and one piece more at most."""
_PAGE: Final = 64


def pieces(journal: Journal, store: Store, after: str, now: Instant) -> tuple[list[Piece], bool]:
    """The pieces that follow a name, in their order, and whether there are more. Raises Unsafe.

    Leaves come first, then at once the head that covers exactly as many as there are then, then the rest by name: so
    whoever goes on asking has a head that fits the leaves.
    """
    found: list[Piece] = []
    size = 0
    for one in _after(journal, store, after, now):
        if size >= AT_ONCE:
            return found, True
        found.append(one)
        size += len(one.content)
    return found, False


def _after(journal: Journal, store: Store, after: str, now: Instant) -> Iterator[Piece]:
    if after == "" or after.startswith(LEAF):
        note = journal.checkpoint(now)
        covered = read_checkpoint(read_note(note.encode()).text).size
        start = _number(after) + 1 if after else 0
        for page in range(start, covered, _PAGE):
            for index, raw in enumerate(store.leaves(page, min(page + _PAGE, covered)), page):
                yield piece(leaf_name(index), raw)
        yield piece(HEAD, note.encode())
        after = HEAD
    with store.transaction() as transaction:
        names = sorted(transaction.names(COSIGNED)) + sorted(transaction.names(PAPER))
    for name in (name for name in names if after == HEAD or name > after):
        kept = store.get(name)
        if kept is not None and (not name.startswith(PAPER) or _may_leave(kept)):
            yield piece(name, kept)


def _number(name: str) -> int:
    """Of a leaf. Raises Undecodable for a name that no leaf has."""
    number = name.removeprefix(LEAF)
    if not (number.isascii() and number.isdigit()) or leaf_name(int(number)) != name:
        raise Undecodable("There is no such leaf.", "Name the last piece that came.")
    return int(number)


def _may_leave(raw: bytes) -> bool:
    try:
        return is_evidence(parse(raw, Signed))
    except Undecodable:
        return False

"""The journal: a Merkle log of all that happened, in which unlisted people are a number.

Whoever needs something recorded waits for the commit; what cannot be recorded does not happen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from edge.domain.authority import Identifier
from edge.domain.capture import Instant
from edge.domain.errors import DiskFull, LamppostError, SealBroken, Unsafe
from edge.domain.leaves.deployment import Began, Ended, Searched
from edge.domain.leaves.device import Booted, EpochOpened
from edge.domain.leaves.hits import HitCommitted
from edge.domain.record import Checkpoint, Event, Leaf
from edge.ports import Signer, Store, Transaction
from edge.wire.checkpoints import signed_checkpoint
from edge.wire.log import decode_leaf, encode_leaf
from edge.wire.merkle import Frontier, Tree, frontier_of
from edge.wire.signed import canonical, parse

RESERVED_AT_ONCE: Final = 256
_PAGE: Final = 4096
HEAD: Final = "journal/head"
SIGNED_HEAD: Final = "journal/signed-head"
_RESERVED: Final = "searches/reserved"


@dataclass(slots=True)
class _Tally:
    """Searches since the last count leaf, out of what was reserved on disk beforehand.

    Its lock is its own, so that counting a search never waits for the disk.
    """

    reserved: int = 0
    made: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def left(self) -> int:
        return self.reserved - self.made


class Journal:
    """The log and the allowance of searches. Every method may be called from any thread."""

    def __init__(self, store: Store, signer: Signer, *, origin: str, boot: Identifier) -> None:
        self._store = store
        self._signer = signer
        self._origin = origin
        self._boot = boot
        self._lock = threading.RLock()
        self._frontier = Frontier()
        self._tally = _Tally()
        self._signed = Checkpoint(origin=origin, size=0, root=Frontier().root().hex())
        self._tree = Tree(store.leaves)
        self.milestone = 0
        """How many leaves there were after the latest that a witness should see at once: a beginning, an end, a hit."""
        self.unsafe: Unsafe | None = None
        """Set once the journal cannot be relied on; from then on nothing is recorded, so nothing may happen."""
        self._followers: list[Callable[[Event], None]] = []

    def follow(self, take: Callable[[Event], None]) -> None:
        """Have ``take`` called with every leaf once it is committed, in their order. It must not wait."""
        self._followers.append(take)

    def open(self, now: Instant, booted: Booted, epoch: EpochOpened | None = None) -> None:
        """Check the whole log against its last signed head and record the start.

        ``epoch`` is the first leaf of a journal that custodians opened, where this is one.
        Raises SealBroken where the log on disk is shorter than what was signed, or differs from it.
        """
        with self._lock:
            try:
                self._check_seal()
                if epoch is not None and not self.size:
                    self.record(epoch, now)
                uncounted = int(self._store.get(_RESERVED) or b"0")
                self.record(replace(booted, uncounted=uncounted), now, lambda t: t.put(_RESERVED, b"0"))
            except Unsafe as error:
                self.unsafe = error
                raise

    def record(self, event: Event, now: Instant, also: Callable[[Transaction], None] | None = None) -> None:
        """Append a leaf durably, together with whatever else ``also`` writes.

        Raises Unsafe where that is not possible; neither has then happened.
        """

        def write(transaction: Transaction) -> Event:
            if also is not None:
                also(transaction)
            return event

        self.record_in(write, now)

    def record_in(self, write: Callable[[Transaction], Event | None], now: Instant) -> None:
        """As :meth:`record`, for an event that is decided inside the transaction; None records nothing."""
        with self._lock:
            if self.unsafe is not None:
                raise self.unsafe
            try:
                event, frontier = self._written(write, now)
            except Unsafe as error:
                self.unsafe = error
                raise
            self._frontier = frontier
            if isinstance(event, Began | Ended | HitCommitted):
                self.milestone = frontier.size
            if event is not None:
                for take in self._followers:
                    take(event)

    def _written(self, write: Callable[[Transaction], Event | None], now: Instant) -> tuple[Event | None, Frontier]:
        """One transaction, and on a full disk another with the room that was kept for it."""
        try:
            return self._attempt(write, now)
        except DiskFull:
            if not self._store.give_way():
                raise
            return self._attempt(write, now)

    def _attempt(self, write: Callable[[Transaction], Event | None], now: Instant) -> tuple[Event | None, Frontier]:
        with self._store.transaction() as transaction:
            event = write(transaction)
            if event is None:
                return None, self._frontier
            raw = encode_leaf(Leaf(at=now.wall, boot=self._boot, event=event))
            transaction.append(raw)
            return event, self._frontier.append(raw)

    def reserve(self, now: Instant) -> None:
        """Top the allowance of searches up when it runs low. Called by the writer, never by the frame path."""
        if self._tally.left > RESERVED_AT_ONCE // 2 or self.unsafe is not None:
            return
        with self._lock:
            reserved = self._tally.reserved + RESERVED_AT_ONCE
            self.put(_RESERVED, str(reserved).encode(), now)
            with self._tally.lock:
                self._tally.reserved = reserved

    def count_search(self) -> bool:
        """Take one search out of the allowance. False where none is left: then nothing may be searched."""
        with self._tally.lock:
            if self._tally.left <= 0 or self.unsafe is not None:
                return False
            self._tally.made += 1
            return True

    def write_count(self, authorisation: Identifier, now: Instant, *, last: bool = False) -> None:
        """Record how many searches there were since the last count. After the ``last`` none can follow."""
        with self._lock:
            made = self._tally.made
            reserved = 0 if last else self._tally.reserved - made
            if made:
                event = Searched(authorisation=authorisation, searches=made)
                self.record(event, now, lambda t: t.put(_RESERVED, str(reserved).encode()))
            elif last and self._tally.reserved:
                self.put(_RESERVED, b"0", now)
            with self._tally.lock:
                self._tally.made -= made
                self._tally.reserved = reserved

    @property
    def size(self) -> int:
        """Leaves committed."""
        return self._frontier.size

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """That the log of ``new`` leaves begins with that of ``old`` (RFC 9162). Raises Undecodable."""
        return self._tree.consistency(old, new)

    def checkpoint(self, now: Instant) -> str:
        """The signed head (C2SP tlog-checkpoint), remembered so that a later loss of leaves is noticed.

        Raises Unsafe where it cannot be remembered.
        """
        with self._lock:
            if isinstance(self.unsafe, SealBroken):
                raise self.unsafe
            head = Checkpoint(origin=self._origin, size=self._frontier.size, root=self._frontier.root().hex())
            note = signed_checkpoint(head, self._signer)
            if head != self._signed:
                self._remember(head, note, now)
                self._signed = head
            return note

    def fail(self, error: Unsafe) -> None:
        """Stop recording, and with it everything that would have to be recorded."""
        self.unsafe = self.unsafe or error

    def leaves(self, start: int = 0, stop: int | None = None) -> list[Leaf]:
        """Committed leaves from an index on, up to another that is not included."""
        return [decode_leaf(raw) for raw in self._store.leaves(start, self._store.size() if stop is None else stop)]

    def put(self, name: str, value: bytes, now: Instant) -> None:
        """Set a named value. Raises Unsafe, as :meth:`record` does."""

        def write(transaction: Transaction) -> None:
            transaction.put(name, value)

        self.record_in(write, now)

    def count(self, name: str, now: Instant) -> None:
        """Count something that outlives this process. Raises Unsafe, as :meth:`record` does."""

        def write(transaction: Transaction) -> None:
            transaction.put(name, str(int(transaction.get(name) or b"0") + 1).encode())

        self.record_in(write, now)

    def _remember(self, head: Checkpoint, note: str, now: Instant) -> None:
        """The head for the next start to check; and as it was signed, for whoever examines the journal."""

        def write(transaction: Transaction) -> None:
            transaction.put(HEAD, canonical(head))
            transaction.put(SIGNED_HEAD, note.encode())

        self.record_in(write, now)

    def _check_seal(self) -> None:
        stored = self._store.get(HEAD)
        try:
            if stored is not None:
                self._signed = parse(stored, Checkpoint)
                if self._signed.origin != self._origin:
                    raise SealBroken(f"The journal on disk is another one: {self._signed.origin}.", NEW_EPOCH)
            size = self._store.size()
            frontier = Frontier()
            for start in range(0, size, _PAGE):
                page = self._store.leaves(start, min(size, start + _PAGE))
                split = max(0, min(len(page), self._signed.size - start))
                frontier = frontier_of(page[:split], frontier)
                self._compare_head(frontier)
                frontier = frontier_of(page[split:], frontier)
            if size < self._signed.size:
                self._compare_head(frontier, ended=True)
        except LamppostError as error:
            if isinstance(error, Unsafe):
                raise
            raise SealBroken(f"The journal cannot be read: {error.what}", NEW_EPOCH) from error
        self._frontier = frontier

    def _compare_head(self, frontier: Frontier, *, ended: bool = False) -> None:
        shorter = ended and frontier.size < self._signed.size
        differs = frontier.size == self._signed.size and frontier.root().hex() != self._signed.root
        if shorter or differs:
            what = f"has {frontier.size} leaves" if shorter else "differs"
            raise SealBroken(
                f"The journal on disk {what}, but a head of {self._signed.size} leaves was signed.", NEW_EPOCH
            )


NEW_EPOCH: Final = "Keep the disk for examination; two people must open a new provisioning epoch."

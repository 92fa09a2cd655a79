"""Transfers: the only way of sent bytes to this device's disk.

Nothing is kept that was not announced by a signed order, no chunk that is not byte for byte what was announced, and
never more than the quota for everything that is on its way. Sealed lists are ciphertext, and of the authorised list
alone; they outlive a restart, which their key does not, and are deleted when the deployment ends otherwise, or a day
after they were announced. What is on disk is believed no more than what comes: after a start every chunk is hashed
again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edge.domain.authority import Digest, Identifier, KeyId
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal
from edge.domain.orders import Order
from edge.domain.transfers import QUOTA, Announce, Content
from edge.domain.transfers import TRANSFER_LIFE as TRANSFER_LIFE
from edge.ports import Files, Store
from edge.safeguards.recalled import kept
from edge.safeguards.verify import Believed
from edge.wire.signed import canonical, key_id

PREFIX: Final = "transfer/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Something that is on its way, or here."""

    order: Identifier
    """That announced it last: its job is this transfer's."""
    key: KeyId
    """That signed this order."""
    plan: Announce
    announced: datetime


class Transfers:
    """Runs on the main thread alone."""

    def __init__(self, store: Store, files: Files) -> None:
        self._store = store
        self._files = files
        self._known: dict[Digest, Transfer] = {}
        self._here: dict[Digest, set[int]] = {}

    def recall(self) -> None:
        """After a start: what was on its way, and which of its chunks are sound. Raises Unsafe."""
        self._known = {found.plan.digest: found for found in kept(self._store, PREFIX, Transfer)}
        for stray in set(self._files.held()) - self._known.keys():
            self._files.drop(stray)
        self._here = {digest: set(self._sound(found.plan)) for digest, found in self._known.items()}

    def announce(self, order: Order, now: Instant) -> list[Transfer]:
        """Make room for what is announced, and wait for it. Raises Unsafe.

        Returns the transfers that had to give way, the oldest first, and the former order of this very one. Chunks of
        it that are here already stay.
        """
        plan = order.body
        assert isinstance(plan, Announce)
        former = self._known.get(plan.digest)
        same = former is not None and former.plan == plan
        # Its day does not begin anew.
        announced = former.announced if former is not None and same else now.wall
        made = Transfer(order=order.heading.id, key=key_id(order.key), plan=plan, announced=announced)
        gone = [] if former is None else [former]
        others = {digest: one for digest, one in self._known.items() if digest != plan.digest}
        room = QUOTA - plan.size - sum(one.plan.size for one in others.values())
        for one in sorted(others.values(), key=lambda one: (self.complete(one.plan.digest), one.announced)):
            if room >= 0:
                break
            room += one.plan.size
            gone.append(one)
            del others[one.plan.digest]
        with self._store.transaction() as transaction:
            for one in gone:
                transaction.delete(PREFIX + one.plan.digest)
            transaction.put(PREFIX + plan.digest, canonical(made))
        for one in gone:
            if one is not former or not same:
                self._forgotten(one.plan.digest)
        self._known = {**others, plan.digest: made}
        self._here.setdefault(plan.digest, set())
        return gone

    def take(self, digest: Digest, index: int, chunk: bytes) -> bool | None:
        """Keep a chunk that was announced and is what was announced. False where it is not, or was never.

        None where it is right and the disk will not keep it.
        """
        found = self._known.get(digest)
        if found is None or not 0 <= index < len(found.plan.chunks):
            return False
        plan = found.plan
        if len(chunk) != plan.length(index) or hashlib.sha256(chunk).hexdigest() != plan.chunks[index]:
            return False
        if index not in self._here[digest]:
            if not self._files.keep(digest, index, chunk):
                return None
            self._here[digest].add(index)
        return True

    def find(self, digest: Digest) -> Transfer | None:
        """What was announced under a digest."""
        return self._known.get(digest)

    def missing(self, digest: Digest) -> list[int]:
        """The chunks that are still to come. Empty, too, where nothing is on its way."""
        found = self._known.get(digest)
        return [] if found is None else sorted(set(range(len(found.plan.chunks))) - self._here[digest])

    def complete(self, digest: Digest) -> bool:
        """Whether every chunk is here."""
        return digest in self._known and not self.missing(digest)

    def whole(self, digest: Digest) -> bytes | None:
        """All of it, where it is here and is what its digest says. What the disk has spoilt is missing again."""
        found = self._known.get(digest)
        if found is None or self.missing(digest):
            return None
        parts = [self._files.chunk(digest, index) for index in range(len(found.plan.chunks))]
        raw = b"".join(part for part in parts if part is not None)
        if hashlib.sha256(raw).hexdigest() == digest:
            return raw
        self._here[digest] = set(self._sound(found.plan))
        return None

    def drop(self, digest: Digest) -> None:
        """It was taken in, or is not wanted any more. Raises Unsafe; the bytes are gone even then."""
        if self._known.pop(digest, None) is None:
            return
        self._forgotten(digest)
        with self._store.transaction() as transaction:
            transaction.delete(PREFIX + digest)

    def lists(self) -> list[Transfer]:
        """The sealed lists among them."""
        return [one for one in self._known.values() if one.plan.content is Content.WATCHLIST]

    def overdue(self, now: Instant) -> list[Transfer]:
        """Those whose day is over."""
        return [one for one in self._known.values() if now.wall - one.announced >= TRANSFER_LIFE]

    @property
    def all(self) -> tuple[Transfer, ...]:
        """Everything that is on its way or here."""
        return tuple(self._known.values())

    def orders(self) -> frozenset[Identifier]:
        """The orders that something is on its way for."""
        return frozenset(one.order for one in self._known.values())

    def counters(self) -> dict[str, int]:
        """For the device's health."""
        return {
            "transfers": len(self._known),
            "transfers-bytes": sum(one.plan.size for one in self._known.values()),
            "transfers-chunks-missing": sum(len(self.missing(digest)) for digest in self._known),
        }

    def _forgotten(self, digest: Digest) -> None:
        del self._here[digest]
        self._files.drop(digest)

    def _sound(self, plan: Announce) -> list[int]:
        """The chunks on disk that are what was announced."""
        read = ((index, self._files.chunk(plan.digest, index)) for index in range(len(plan.chunks)))
        return [
            index for index, raw in read
            if raw is not None and hashlib.sha256(raw).hexdigest() == plan.chunks[index]
        ]  # fmt: skip


def list_refused(believed: Believed | None, order: Order, listed: Digest) -> Refusal | None:
    """Why a list may be neither sent nor loaded: it is the one of the authorisation in force, by its operators."""
    if believed is None:
        return Refusal(Reason.NO_AUTHORISATION)
    if key_id(order.key) not in believed.authorisation.operators:
        return Refusal(Reason.WRONG_ROLE, "the authorisation does not name this operator")
    if listed != believed.authorisation.watchlist.digest:
        return Refusal(Reason.WRONG_LIST, "its digest is not the authorised one")
    return None

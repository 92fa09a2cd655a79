"""Epochs: after a broken seal, custodians open a new journal, and its first leaf binds the old one's last head.

The old journal is put aside for examination and never deleted. What must not be forgotten with it is carried over: the
clock's mark, the sequences of authorisations, the keys that are believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge.domain.authority import Identifier, Name, Signed, TrustRoot
from edge.domain.custody import NewEpoch
from edge.domain.errors import Misconfigured, Reason, Refusal, Undecodable, Unsafe
from edge.domain.leaves.device import EpochOpened
from edge.domain.record import Checkpoint
from edge.ports import Store
from edge.safeguards import papers
from edge.safeguards.journal import HEAD
from edge.wire.custodians import quorum
from edge.wire.signed import Kind, canonical, digest, parse, payload_of

OPENING: Final = "epoch/opening"
LEFT_BEHIND: Final = ("journal/", "searches/", "orders/", "deployment/", "cosigned/", "epoch/", "hits/")
"""Values of the old journal itself; everything else is carried over. Hits are numbered anew from 1, so that the new
journal speaks of none that it did not commit; a hit of the old one can be neither reviewed nor held here any more."""

REMEMBERED: Final = ("clock/", "authorisation/")
"""Values that outlive even a wiped device: time may not go back, nor an authorisation be used again."""


def opening(signed: Signed, root: TrustRoot, *, site: Name, device: Name, epoch: Identifier) -> NewEpoch | Refusal:
    """Believe a decision to open this very epoch, or say why not."""
    refusal = quorum(signed, Kind.NEW_EPOCH, root)
    if refusal is not None:
        return refusal
    try:
        document = parse(payload_of(signed), NewEpoch)
    except Undecodable as error:
        return Refusal(Reason.MALFORMED, error.what)
    if (document.site, document.device, document.epoch) != (site, device, epoch):
        return Refusal(Reason.WRONG_DEVICE, f"it names {document.site}/{document.device}/{document.epoch}")
    prefix = f"lamppost/{site}/{device}/"
    if not document.previous_origin.startswith(prefix) or document.previous_origin == prefix + epoch:
        return Refusal(Reason.MALFORMED, f"{document.previous_origin} is no earlier journal of this device")
    return document


def contradicts(document: NewEpoch, old: Store) -> Refusal | None:
    """Where the old journal can still be read, the decision must not bind less than what it last signed."""
    try:
        stored = old.get(HEAD)
        head = None if stored is None else parse(stored, Checkpoint)
    except (Unsafe, Undecodable):
        return None
    if head is None:
        return None
    if document.previous_origin != head.origin:
        return Refusal(Reason.WRONG_DEVICE, f"the journal here is {head.origin}")
    if document.previous_size < head.size or (
        document.previous_size == head.size and document.previous_root != head.root
    ):
        return Refusal(Reason.MALFORMED, f"the journal here signed a head of {head.size} leaves, root {head.root}")
    return None


def carry_over(signed: Signed, old: Store | None, new: Store) -> None:
    """Begin a new journal's store with what is carried over and the decision that opens it."""
    with new.transaction() as transaction:
        for name, value in _values(old).items():
            if not name.startswith(LEFT_BEHIND):
                transaction.put(name, value)
        transaction.put(OPENING, canonical(signed))
        papers.keep(transaction, signed)


def remembered(old: Store) -> dict[str, bytes]:
    """What a device that is wiped must not forget; nothing where its journal cannot be read."""
    return {name: value for name, value in _values(old).items() if name.startswith(REMEMBERED)}


def begin(new: Store, left: Mapping[str, bytes], decision: Signed | None) -> None:
    """Begin the journal of a device that was wiped: with what it must not forget, and the decision that opens it.

    Nothing else that is named is taken in.
    """
    with new.transaction() as transaction:
        for name, value in left.items():
            if name.startswith(REMEMBERED):
                transaction.put(name, value)
        if decision is not None:
            transaction.put(OPENING, canonical(decision))
            papers.keep(transaction, decision)


def first_leaf(store: Store, root: TrustRoot, *, site: Name, device: Name, epoch: Identifier) -> EpochOpened | None:
    """The leaf that a journal which custodians opened begins with. None where it has begun, or is the device's first.

    Raises Misconfigured where the decision is not believed or names another epoch.
    """
    try:
        stored = store.get(OPENING)
    except Unsafe:
        return None
    if stored is None or store.size():
        return None
    signed = parse(stored, Signed)
    found = opening(signed, root, site=site, device=device, epoch=epoch)
    if isinstance(found, Refusal):
        raise Misconfigured(f"The decision that opened this journal is not believed: {found}", "Set its epoch.")
    return EpochOpened(
        digest=digest(payload_of(signed)),
        previous_origin=found.previous_origin,
        previous_size=found.previous_size,
        previous_root=found.previous_root,
    )


def _values(store: Store | None) -> dict[str, bytes]:
    if store is None:
        return {}
    try:
        with store.transaction() as transaction:
            return {name: transaction.get(name) or b"" for name in transaction.names("")}
    except Unsafe:
        return {}

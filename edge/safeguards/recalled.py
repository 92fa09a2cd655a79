"""What doors read back after a start: leaves of some kinds, page by page, the rest undecoded; and what they kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeVar

from edge.domain.errors import SealBroken, Undecodable
from edge.domain.record import Event
from edge.ports import Store
from edge.safeguards.journal import NEW_EPOCH
from edge.wire.log import decode_leaf
from edge.wire.signed import parse

_PAGE: Final = 4096

T = TypeVar("T")


def recalled(store: Store, *kinds: type[Event]) -> Iterator[Event]:
    """The leaves of these kinds, in their order. Raises Unsafe: SealBroken where one of them cannot be read."""
    # A leaf is canonical, and its kind stands last: only those that end so are worth decoding.
    ends = tuple(f'"kind":"{kind.kind}"}}'.encode() for kind in kinds)
    size = store.size()
    for start in range(0, size, _PAGE):
        for raw in store.leaves(start, min(size, start + _PAGE)):
            if raw.endswith(ends):
                yield _event(raw)


def _event(raw: bytes) -> Event:
    try:
        return decode_leaf(raw).event
    except Undecodable as error:
        raise SealBroken(f"The journal cannot be read: {error.what}", NEW_EPOCH) from error


def kept(store: Store, prefix: str, kind: type[T]) -> list[T]:
    """The documents under names that begin so. One that cannot be read any more is deleted. Raises Unsafe."""
    found = []
    with store.transaction() as transaction:
        for name in transaction.names(prefix):
            raw = transaction.get(name)
            assert raw is not None  # this very transaction named it
            try:
                found.append(parse(raw, kind))
            except Undecodable:
                transaction.delete(name)
    return found

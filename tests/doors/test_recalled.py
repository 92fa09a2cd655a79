"""What a door is told of the journal that was there before it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from edge.adapters.store import SqliteStore
from edge.domain.errors import SealBroken
from edge.domain.leaves.deployment import Searched, Suspended
from edge.domain.leaves.hits import HitExpired, HitUnreviewed
from edge.domain.record import Event, Leaf
from edge.safeguards import recalled as door
from edge.safeguards.recalled import recalled
from edge.wire.log import encode_leaf
from tests.doors.test_journal import NOW

EVENTS: list[Event] = [
    Searched(authorisation="a", searches=3),
    HitUnreviewed(authorisation="a", sequence=1),
    HitExpired(sequence=1),
    HitUnreviewed(authorisation="a", sequence=2),
    Searched(authorisation="b", searches=4),
]


def store_of(folder: Path, *raws: bytes) -> SqliteStore:
    store = SqliteStore(folder / "journal.sqlite")
    with store.transaction() as transaction:
        for raw in raws:
            transaction.append(raw)
    return store


def raw(event: Event) -> bytes:
    return encode_leaf(Leaf(at=NOW.wall + timedelta(seconds=1), boot="boot-1", event=event))


@pytest.mark.parametrize("page", [1, 2, 3, 5, 6])
def test_every_leaf_of_its_kinds_comes_once_and_in_order_however_many_are_read_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(door, "_PAGE", page)
    store = store_of(tmp_path, *(raw(event) for event in EVENTS))
    assert list(recalled(store, Searched, HitUnreviewed)) == [EVENTS[0], EVENTS[1], EVENTS[3], EVENTS[4]]
    assert list(recalled(store, HitExpired)) == [EVENTS[2]]
    assert list(recalled(store, Suspended)) == []


def test_only_a_leaf_that_matters_to_it_has_to_be_read(tmp_path: Path) -> None:
    store = store_of(tmp_path, raw(EVENTS[0]), b'{"kind":"suspended"}')
    assert list(recalled(store, Searched)) == [EVENTS[0]]
    with pytest.raises(SealBroken, match="cannot be read"):
        list(recalled(store, Searched, Suspended))

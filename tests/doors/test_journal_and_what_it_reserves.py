"""The journal: searches that are allowed and counted, and the seal over more leaves than are read at a time."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from edge.adapters.store import SqliteStore
from edge.domain.errors import JournalUnwritable, SealBroken
from edge.domain.leaves.deployment import Searched
from edge.domain.leaves.device import Booted
from edge.domain.leaves.hits import HitExpired
from edge.safeguards import journal as door
from edge.safeguards.journal import RESERVED_AT_ONCE, Journal
from hardware_sim.office import MemoryKey
from tests.doors.test_journal import NOW, filled, opened

HALF = RESERVED_AT_ONCE // 2


def reserved(store: SqliteStore) -> int:
    return int(store.get("searches/reserved") or b"0")


def booted(journal: Journal) -> list[int]:
    """The searches that each start had to say may have gone uncounted."""
    return [leaf.event.uncounted for leaf in journal.leaves() if isinstance(leaf.event, Booted)]


def counted(journal: Journal) -> list[int]:
    return [leaf.event.searches for leaf in journal.leaves() if isinstance(leaf.event, Searched)]


def search(journal: Journal, times: int) -> None:
    for _ in range(times):
        assert journal.count_search()


def test_searches_that_a_power_cut_left_uncounted_are_said_once_by_the_next_start(tmp_path: Path) -> None:
    key = MemoryKey()
    journal, store = opened(tmp_path / "j", key)
    journal.reserve(NOW)
    search(journal, 7)
    store.close()
    journal, store = opened(tmp_path / "j", key)
    assert booted(journal) == [0, RESERVED_AT_ONCE]
    store.close()
    journal, store = opened(tmp_path / "j", key)
    assert booted(journal) == [0, RESERVED_AT_ONCE, 0]
    store.close()


def test_after_the_last_count_nothing_is_left_to_search_or_to_say(tmp_path: Path) -> None:
    """Whether or not there was a search to count."""
    key = MemoryKey()
    for made in (0, 3):
        journal, store = opened(tmp_path / str(made), key)
        journal.reserve(NOW)
        search(journal, made)
        journal.write_count("a", NOW, last=True)
        assert not journal.count_search()
        store.close()
        journal, store = opened(tmp_path / str(made), key)
        assert booted(journal) == [0, 0]
        assert counted(journal) == ([made] if made else [])
        store.close()


def test_a_count_in_between_leaves_the_rest_of_the_allowance_on_disk_as_in_memory(tmp_path: Path) -> None:
    journal, store = opened(tmp_path / "j", MemoryKey())
    journal.reserve(NOW)
    journal.write_count("a", NOW)
    assert reserved(store) == RESERVED_AT_ONCE
    search(journal, 10)
    journal.write_count("a", NOW)
    assert reserved(store) == RESERVED_AT_ONCE - 10
    search(journal, RESERVED_AT_ONCE - 10)
    assert not journal.count_search()
    assert counted(journal) == [10]
    store.close()


def test_the_allowance_is_topped_up_once_half_of_it_is_gone(tmp_path: Path) -> None:
    """Not at every turn: that would be a write to the disk each time."""
    journal, store = opened(tmp_path / "j", MemoryKey())
    journal.reserve(NOW)
    journal.reserve(NOW)
    search(journal, HALF - 1)
    journal.reserve(NOW)
    assert reserved(store) == RESERVED_AT_ONCE
    search(journal, 1)
    journal.reserve(NOW)
    assert reserved(store) == 2 * RESERVED_AT_ONCE
    store.close()


def test_a_journal_that_cannot_be_written_allows_no_searches_and_says_nothing_new(tmp_path: Path) -> None:
    journal, store = opened(tmp_path / "j", MemoryKey())
    journal.fail(JournalUnwritable("Full.", "Make room."))
    journal.reserve(NOW)
    assert reserved(store) == 0
    assert not journal.count_search()
    store.close()


def test_a_start_is_nothing_that_a_witness_has_to_see_at_once(tmp_path: Path) -> None:
    journal, store = opened(tmp_path / "j", MemoryKey())
    assert journal.milestone == 0
    store.close()


def test_leaves_are_given_from_one_index_up_to_another(tmp_path: Path) -> None:
    journal, store = opened(tmp_path / "j", MemoryKey())
    for number in range(5):
        journal.record(HitExpired(sequence=number), NOW)
    assert [leaf.event for leaf in journal.leaves(2, 4)] == [HitExpired(sequence=1), HitExpired(sequence=2)]
    assert len(journal.leaves(2)) == 4
    store.close()


# The seal, in pages of two leaves: the log begins with a start, and nine leaves follow.


@pytest.fixture
def pages_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "_PAGE", 2)


def damaged(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)


@pytest.mark.usefixtures("pages_of_two")
@pytest.mark.parametrize("signed", range(1, 8))
def test_a_log_that_has_grown_since_its_head_was_signed_is_whole(tmp_path: Path, signed: int) -> None:
    key = MemoryKey()
    filled(tmp_path / "j", key, leaves=signed - 1)
    journal, store = opened(tmp_path / "j", key)
    journal.record(HitExpired(sequence=0), NOW)
    store.close()
    journal, store = opened(tmp_path / "j", key)
    assert journal.size == signed + 3
    store.close()


@pytest.mark.usefixtures("pages_of_two")
@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("later", [0, 1, 4])
def test_any_leaf_under_the_signed_head_breaks_the_seal_however_many_came_later(
    tmp_path: Path, number: int, later: int
) -> None:
    key = MemoryKey()
    filled(tmp_path / "j", key, leaves=4)
    if later:
        journal, store = opened(tmp_path / "j", key)
        for sequence in range(1, later):
            journal.record(HitExpired(sequence=sequence), NOW)
        store.close()
    damaged(
        tmp_path / "j", f"UPDATE leaf SET raw = (SELECT raw FROM leaf WHERE number = {(number + 1) % 5}) "
        f"WHERE number = {number}",
    )  # fmt: skip
    with pytest.raises(SealBroken, match="differs"):
        opened(tmp_path / "j", key)


@pytest.mark.usefixtures("pages_of_two")
@pytest.mark.parametrize("left", [0, 1, 2, 3, 4])
def test_a_log_that_is_shorter_than_its_signed_head_breaks_the_seal(tmp_path: Path, left: int) -> None:
    key = MemoryKey()
    filled(tmp_path / "j", key, leaves=4)
    damaged(tmp_path / "j", f"DELETE FROM leaf WHERE number >= {left}")
    with pytest.raises(SealBroken, match=f"has {left} leaves, but a head of 5 leaves"):
        opened(tmp_path / "j", key)

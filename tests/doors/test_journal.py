"""The journal: nothing is lost from it unnoticed."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.adapters.store import SqliteStore
from edge.domain.capture import Instant
from edge.domain.errors import JournalUnwritable, SealBroken
from edge.domain.leaves.device import Booted
from edge.domain.leaves.hits import HitExpired
from edge.safeguards.journal import RESERVED_AT_ONCE, Journal
from hardware_sim.office import MemoryKey

BOOTED = Booted(
    version="0", uncounted=0, detector="d" * 64, embedder="e" * 64, calibration="c" * 64, zone="0" * 64,
    configuration="1" * 64, trust_root="2" * 64, device_key="A" * 43,
)  # fmt: skip
NOW = Instant(datetime(2026, 6, 1, tzinfo=UTC), timedelta(hours=1))


def opened(path: Path, key: MemoryKey) -> tuple[Journal, SqliteStore]:
    store = SqliteStore(path)
    journal = Journal(store, key, origin="lamppost/bench/post-1/epoch-1", boot="boot-1")
    journal.open(NOW, BOOTED)
    return journal, store


def filled(path: Path, key: MemoryKey, leaves: int = 9) -> None:
    journal, store = opened(path, key)
    for number in range(leaves):
        journal.record(HitExpired(sequence=number), NOW)
    journal.checkpoint(NOW)
    store.close()


def test_it_goes_on_where_it_left_off(tmp_path: Path) -> None:
    key = MemoryKey()
    filled(tmp_path / "j", key)
    journal, store = opened(tmp_path / "j", key)
    assert journal.size == 11
    assert [leaf.event.kind for leaf in journal.leaves()].count("booted") == 2
    store.close()


def test_a_lost_tail_is_a_broken_seal(tmp_path: Path) -> None:
    key = MemoryKey()
    filled(tmp_path / "j", key)
    with sqlite3.connect(tmp_path / "j") as connection:
        connection.execute("DELETE FROM leaf WHERE number >= 8")
    store = SqliteStore(tmp_path / "j")
    journal = Journal(store, key, origin="lamppost/bench/post-1/epoch-1", boot="b")
    with pytest.raises(SealBroken, match="8 leaves"):
        journal.open(NOW, BOOTED)
    with pytest.raises(SealBroken):
        journal.record(replace(BOOTED, uncounted=0), NOW)


@pytest.mark.parametrize("number", [0, 4, 9])
def test_a_changed_leaf_is_a_broken_seal(tmp_path: Path, number: int) -> None:
    key = MemoryKey()
    filled(tmp_path / "j", key)
    with sqlite3.connect(tmp_path / "j") as connection:
        connection.execute("UPDATE leaf SET raw = (SELECT raw FROM leaf WHERE number = 5) WHERE number = ?", (number,))
    store = SqliteStore(tmp_path / "j")
    with pytest.raises(SealBroken, match="differs"):
        Journal(store, key, origin="lamppost/bench/post-1/epoch-1", boot="b").open(NOW, BOOTED)


def test_a_damaged_file_is_a_broken_seal(tmp_path: Path) -> None:
    filled(tmp_path / "j", MemoryKey(), leaves=200)
    raw = bytearray((tmp_path / "j").read_bytes())
    raw[0:64] = b"x" * 64
    (tmp_path / "j").write_bytes(raw)
    with pytest.raises(SealBroken):
        SqliteStore(tmp_path / "j")


def test_once_it_cannot_write_it_never_pretends_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edge.adapters.store import SqliteTransaction

    journal, _ = opened(tmp_path / "j", MemoryKey())

    def full(*_: object) -> int:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(SqliteTransaction, "append", full)
        with pytest.raises(JournalUnwritable):
            journal.record(HitExpired(sequence=1), NOW)
    with pytest.raises(JournalUnwritable):
        journal.record(HitExpired(sequence=1), NOW)
    assert not journal.count_search()
    assert journal.size == 1


def test_searches_are_allowed_only_out_of_what_was_reserved_on_disk(tmp_path: Path) -> None:
    journal, store = opened(tmp_path / "j", MemoryKey())
    assert not journal.count_search()
    journal.reserve(NOW)
    assert int(store.get("searches/reserved") or 0) == RESERVED_AT_ONCE
    assert sum(journal.count_search() for _ in range(RESERVED_AT_ONCE + 5)) == RESERVED_AT_ONCE
    journal.write_count("a", NOW)
    assert not journal.count_search()
    journal.reserve(NOW)
    assert journal.count_search()
    reserved = int(store.get("searches/reserved") or 0)
    assert reserved >= 1
    journal.write_count("a", NOW, last=True)
    assert int(store.get("searches/reserved") or 0) == 0


def test_the_signed_head_is_what_an_outsider_computes(tmp_path: Path) -> None:
    import base64
    import hashlib

    from edge.wire.merkle import EMPTY_ROOT

    key = MemoryKey()
    journal, store = opened(tmp_path / "j", key)
    for number in range(12):
        journal.record(HitExpired(sequence=number), NOW)
        note = journal.checkpoint(NOW)
        raw = store.leaves(0, store.size())

        def root(leaves: list[bytes]) -> bytes:
            """RFC 9162, section 2.1.1, word for word."""
            if not leaves:
                return EMPTY_ROOT
            if len(leaves) == 1:
                return hashlib.sha256(b"\0" + leaves[0]).digest()
            k = 1
            while k * 2 < len(leaves):
                k *= 2
            return hashlib.sha256(b"\1" + root(leaves[:k]) + root(leaves[k:])).digest()

        origin, size, head = note.split("\n")[:3]
        assert (origin, int(size)) == ("lamppost/bench/post-1/epoch-1", number + 2)
        assert base64.b64decode(head) == root(raw)

"""The SQLite store: all or nothing, and nothing left behind."""

from __future__ import annotations

import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.adapters.store import BrokenStore, SqliteStore
from edge.domain.errors import JournalUnwritable, Misconfigured, SealBroken
from edge.domain.record import Deadline, OutboxRow


def row(sequence: int, message: bytes = b"sealed") -> OutboxRow:
    end = Deadline(wall=datetime(2026, 6, 1, tzinfo=UTC), boot="boot", since_boot=timedelta(seconds=600.000001))
    return OutboxRow(sequence, f"hit-{sequence}", message, "0" * 64, ("A" * 43,), end)


def test_what_is_in_one_transaction_is_there_together_or_not_at_all(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s")
    with pytest.raises(RuntimeError), store.transaction() as transaction:
        transaction.append(b"leaf")
        transaction.enqueue(row(1))
        transaction.put("name", b"value")
        raise RuntimeError
    assert (store.size(), store.outbox(9), store.get("name")) == (0, [], None)
    with store.transaction() as transaction:
        assert transaction.append(b"leaf") == 0
        transaction.enqueue(row(1))
        transaction.put("name", b"value")
        assert transaction.get("name") == b"value"
    assert (store.leaves(0, 9), store.outbox(9), store.get("name")) == ([b"leaf"], [row(1)], b"value")


def test_it_keeps_what_was_committed(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s")
    with store.transaction() as transaction:
        transaction.append(b"leaf")
        transaction.enqueue(row(3))
    del store
    again = SqliteStore(tmp_path / "s")
    assert again.leaves(0, 1) == [b"leaf"]
    assert again.waiting("hit-3") == row(3)
    assert again.waiting("hit-4") is None


def test_removed_rows_are_nowhere_in_the_files(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s")
    secret = b"canary-" + bytes(range(65, 91)) * 40
    with store.transaction() as transaction:
        transaction.enqueue(row(1, secret))
        transaction.put("name", secret)
    assert any(secret[:40] in path.read_bytes() for path in tmp_path.iterdir())
    with store.transaction() as transaction:
        assert transaction.dequeue(1)
        assert not transaction.dequeue(1)
        transaction.delete("name")
    store.compact()
    assert not any(secret[:40] in path.read_bytes() for path in tmp_path.iterdir())


def test_names_are_found_by_their_beginning_and_not_by_pattern(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s")
    with store.transaction() as transaction:
        for name in ("a/1", "a/2", "b/1", "a_1", "a%"):
            transaction.put(name, b"")
        assert sorted(transaction.names("a/")) == ["a/1", "a/2"]


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "s")
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o600


def test_a_place_where_nothing_can_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="nowhere/s"):
        SqliteStore(tmp_path / "nowhere" / "s")


def test_a_file_that_is_no_store_is_a_broken_seal_and_stays_untouched(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"not a database" * 100)
    with pytest.raises(SealBroken, match="damaged"):
        SqliteStore(tmp_path / "s")
    assert (tmp_path / "s").read_bytes() == b"not a database" * 100


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s")
    other = sqlite3.connect(tmp_path / "s", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    store._connection.execute("PRAGMA busy_timeout=50")
    with pytest.raises(JournalUnwritable, match="locked"), store.transaction() as transaction:
        transaction.append(b"leaf")
    other.execute("ROLLBACK")


def test_a_broken_store_holds_nothing_and_takes_nothing() -> None:
    broken = BrokenStore(SealBroken("It is damaged.", "Keep it."))
    assert (broken.size(), broken.outbox(1), broken.leaves(0, 1), broken.waiting("x")) == (0, [], [], None)
    with pytest.raises(SealBroken), broken.transaction():
        pytest.fail("a broken store began a transaction")
    with pytest.raises(SealBroken):
        broken.get("name")

"""Worn, full, read-only, damaged, slow and vanished disks: what :mod:`edge.adapters.store` says of each is so."""

from __future__ import annotations

import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from edge.adapters.store import SqliteStore
from edge.domain.capture import Instant
from edge.domain.errors import DiskFull, JournalUnwritable, SealBroken, Unsafe
from edge.domain.leaves.hits import HitExpired
from edge.domain.record import Leaf
from edge.safeguards.journal import Journal
from hardware_sim.office import MemoryKey
from tests.contracts.test_store import row
from tests.doors.test_journal import BOOTED

NOW = Instant(datetime(2026, 6, 1, tzinfo=UTC), timedelta(hours=1))
KEY = MemoryKey()


def journal_on(store: SqliteStore) -> Journal:
    made = Journal(store, KEY, origin="lamppost/bench/post-1/epoch-1", boot="boot-1")
    made.open(NOW, BOOTED)
    return made


def lived(folder: Path, *, after: int = 5) -> list[Leaf]:
    """A store that was in use and lost power: sixty leaves were signed, and some more written. Returns the leaves."""
    folder.mkdir()
    store = SqliteStore(folder / "j")
    journal = journal_on(store)
    for number in range(59):
        journal.record(HitExpired(sequence=number), NOW)
    with store.transaction() as transaction:
        for number in range(4):
            transaction.enqueue(row(number, bytes([number]) * 9000))
    journal.checkpoint(NOW)
    store.compact()
    for number in range(after):
        journal.record(HitExpired(sequence=100 + number), NOW)
    leaves = journal.leaves()
    cut = folder.with_name(folder.name + "-cut")
    shutil.copytree(folder, cut, ignore=shutil.ignore_patterns("*-shm"))
    store.close()
    shutil.rmtree(folder)
    cut.rename(folder)
    return leaves


def judged(folder: Path, leaves: list[Leaf]) -> str:
    """Start on it: ``broken``, or how many of the old leaves were accepted. Anything else is an error."""
    try:
        store = SqliteStore(folder / "j")
    except SealBroken:
        return "broken"
    try:
        journal = journal_on(store)
        # Whatever is believed has to be what was written.
        found = journal.leaves()[:-1]
        assert found == leaves[: len(found)]
        assert len(found) >= 60
        for waiting in store.outbox(9):
            assert waiting == row(waiting.sequence, bytes([waiting.sequence]) * 9000)
            # The indexes say the same as the rows.
            assert store.waiting(waiting.hit) == waiting
            assert store.recipients() >= set(waiting.recipients)
        return str(len(found))
    except SealBroken:
        return "broken"
    finally:
        store.close()


def damaged(tmp_path: Path, damage: Callable[[Path], None]) -> str:
    folder = tmp_path / f"state-{len(list(tmp_path.iterdir()))}"
    leaves = lived(folder)
    damage(folder)
    return judged(folder, leaves)


@pytest.mark.parametrize("part", range(4))
def test_flipped_bits_are_noticed_or_change_nothing(tmp_path: Path, part: int) -> None:
    """Over the whole file and its log, one to eight bits at a time."""
    origin = tmp_path / "origin"
    leaves = lived(origin)
    outcomes = []
    for seed in range(part * 100, part * 100 + 100):
        random, folder = Random(seed), tmp_path / "state"
        shutil.copytree(origin, folder)
        victim = folder / random.choice(["j", "j", "j-wal"])
        raw = bytearray(victim.read_bytes())
        for _ in range(random.choice([1, 1, 1, 8])):
            raw[random.randrange(len(raw))] ^= 1 << random.randrange(8)
        victim.write_bytes(raw)
        outcomes.append(judged(folder, leaves))
        shutil.rmtree(folder)
    assert outcomes.count("broken") > 20
    assert any(outcome != "broken" for outcome in outcomes)


def test_an_index_that_says_other_than_its_table_is_a_broken_seal(tmp_path: Path) -> None:
    """Who may acknowledge is read from an index, and a hit is found by one: every copy of their words is damaged."""
    origin = tmp_path / "origin"
    leaves = lived(origin)
    whole = (origin / "j").read_bytes()
    places = [at for word in (b"A" * 43, b"hit-2") for at in range(len(whole)) if whole.startswith(word, at)]
    assert len(places) >= 8 + 2
    for at in places:
        folder = tmp_path / "state"
        shutil.copytree(origin, folder)
        (folder / "j").write_bytes(whole[:at] + bytes([whole[at] ^ 2]) + whole[at + 1 :])
        assert judged(folder, leaves) == "broken", at
        shutil.rmtree(folder)


def test_a_log_that_lost_its_tail_lost_whole_transactions(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    leaves = lived(origin)
    length = (origin / "j-wal").stat().st_size
    found = set()
    for size in sorted({0, 1, 31, 32, 33, length - 1, length, *range(0, length, length // 40)}):
        folder = tmp_path / "state"
        shutil.copytree(origin, folder)
        (folder / "j-wal").write_bytes((folder / "j-wal").read_bytes()[:size])
        found.add(judged(folder, leaves))
        shutil.rmtree(folder)
    assert found == {"60", "61", "62", "63", "64", "65"}


def test_a_file_cut_anywhere_is_a_broken_seal(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    leaves = lived(origin)
    length = (origin / "j").stat().st_size
    for size in sorted({0, 1, 15, 16, 99, 100, 101, length - 1, length - 4096, *range(0, length, length // 20)}):
        folder = tmp_path / "state"
        shutil.copytree(origin, folder)
        (folder / "j-wal").unlink()
        (folder / "j").write_bytes((folder / "j").read_bytes()[:size])
        assert judged(folder, leaves) == "broken", size
        shutil.rmtree(folder)


def test_a_file_that_is_gone_is_no_new_journal(tmp_path: Path) -> None:
    def remove(folder: Path) -> None:
        for name in ("j", "j-wal"):
            (folder / name).unlink()

    assert damaged(tmp_path, remove) == "broken"


def test_a_first_start_that_was_cut_off_is_a_first_start(tmp_path: Path) -> None:
    (tmp_path / "j").touch()
    store = SqliteStore(tmp_path / "j")
    assert store.size() == 0
    store.close()


def test_a_file_that_vanishes_while_it_is_in_use_is_noticed(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "j")
    store.survey()
    (tmp_path / "j").rename(tmp_path / "elsewhere")
    with pytest.raises(JournalUnwritable, match="No such file"):
        store.survey()
    shutil.copy(tmp_path / "elsewhere", tmp_path / "j")
    with pytest.raises(JournalUnwritable, match="not there any more"):
        store.survey()
    store.close()


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_write_that_the_system_refuses_is_unwritable_and_leaves_what_was(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "j")
    journal = journal_on(store)
    with no_file_larger_than(256 * 1024), pytest.raises(JournalUnwritable, match="I/O error"):
        for number in range(10_000):
            journal.record(HitExpired(sequence=number), NOW)
    written = journal.size
    assert written > 10
    assert not journal.count_search()
    store.close()
    again = SqliteStore(tmp_path / "j")
    assert journal_on(again).size == written + 1
    again.close()


def test_a_full_disk_is_told_from_any_other_and_the_reserve_is_used_once(tmp_path: Path) -> None:
    """SQLite's own limit stands in for the disk's here; a real full disk is below."""
    store = SqliteStore(tmp_path / "j")
    journal = journal_on(store)
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count={pages + 2}")
    reserve = tmp_path / "j-reserve"
    assert reserve.stat().st_size == 1024 * 1024
    with pytest.raises(DiskFull, match="full"):
        for number in range(10_000):
            journal.record(HitExpired(sequence=number), NOW)
    assert reserve.stat().st_size == 0
    assert isinstance(journal.unsafe, DiskFull)
    store.survey()
    assert reserve.stat().st_size == 1024 * 1024
    store.close()


def test_what_turns_read_only_is_unwritable(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "j")
    journal = journal_on(store)
    store._connection.execute("PRAGMA query_only=ON")
    with pytest.raises(JournalUnwritable, match="readonly"):
        journal.record(HitExpired(sequence=1), NOW)
    assert journal.size == 1
    store.close()


def test_damage_that_is_found_under_way_is_a_broken_seal_wherever_it_is_read(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "j")
    with store.transaction() as transaction:
        transaction.append(b"leaf")
        transaction.put("a", b"value")
        transaction.enqueue(row(1))
    with sqlite3.connect(tmp_path / "j") as other:
        other.execute("UPDATE leaf SET raw = zeroblob(12)")
        other.execute("UPDATE value SET raw = zeroblob(20)")
        other.execute("UPDATE outbox SET recipients = '[]'")
    reads: list[Callable[[], object]] = [
        lambda: store.leaves(0, 9), lambda: store.get("a"), store.waits, lambda: store.outbox(9),
        lambda: store.waiting("hit-1"),
    ]  # fmt: skip
    for read in reads:
        with pytest.raises(SealBroken, match="damaged"):
            read()
    with pytest.raises(SealBroken), store.transaction() as transaction:
        transaction.get("a")
    store.close()
    with pytest.raises(SealBroken, match="a is not what was written"):
        SqliteStore(tmp_path / "j")


@pytest.mark.parametrize(("column", "value"), [("hit", "'other'"), ("expires", "'soon'"), ("boot", "''")])
def test_every_column_of_a_waiting_hit_is_covered(tmp_path: Path, column: str, value: str) -> None:
    store = SqliteStore(tmp_path / "j")
    with store.transaction() as transaction:
        transaction.enqueue(row(1))
    with sqlite3.connect(tmp_path / "j") as other:
        other.execute(f"UPDATE outbox SET {column} = {value}")
    with pytest.raises(Unsafe):
        store.waits()
    store.close()

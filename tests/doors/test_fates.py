"""What became of a hit is read from the journal, a little at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.adapters.store import SqliteStore
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal
from edge.domain.leaves.hits import HitAcknowledged, HitCommitted, HitExpired, HitWithheld
from edge.domain.record import Event
from edge.safeguards.fates import Became, Fates
from edge.safeguards.journal import Journal
from hardware_sim.office import MemoryKey
from tests.doors.test_journal import BOOTED

KEY = "A" * 43
NOW = Instant(datetime(2026, 6, 1, tzinfo=UTC), timedelta(hours=1))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    store = SqliteStore(tmp_path / "j")
    made = Journal(store, MemoryKey(), origin="lamppost/bench/post-1/epoch-1", boot="boot-1")
    made.open(NOW, BOOTED)
    yield made
    store.close()


def write(journal: Journal, *events: Event) -> None:
    for event in events:
        journal.record(event, NOW)


def committed(*numbers: int) -> list[Event]:
    return [HitCommitted(authorisation="a", sequence=number, commitment="0" * 64) for number in numbers]


def test_every_hit_has_one_of_three_fates(journal: Journal) -> None:
    fates = Fates(journal)
    assert (fates.of(range(1, 9)), fates.last) == ({}, 0)
    write(journal, *committed(1, 2, 3), HitWithheld(authorisation="a", why="outbox-full"), *committed(4, 5, 6, 7))
    write(journal, HitAcknowledged(sequence=2, key=KEY), HitAcknowledged(sequence=4, key=KEY))
    write(journal, *(HitExpired(sequence=number) for number in (3, 6)))
    expected = {Became.WAITING: "1,5,7", Became.ACKNOWLEDGED: "2,4", Became.EXPIRED: "3,6"}
    assert (fates.of(range(1, 9)), fates.last) == (expected, 7)


def test_numbers_that_follow_one_another_are_told_as_a_run(journal: Journal) -> None:
    write(journal, *committed(*range(1, 13)), *(HitExpired(sequence=number) for number in (1, 2, 3, 7, 9, 10)))
    fates = Fates(journal)
    assert fates.of(range(1, 13)) == {Became.WAITING: "4-6,8,11-12", Became.EXPIRED: "1-3,7,9-10"}
    assert fates.of(range(2, 9)) == {Became.WAITING: "4-6,8", Became.EXPIRED: "2-3,7"}
    assert fates.of(range(12, 13)) == {Became.WAITING: "12"}
    assert fates.of(range(13, 900)) == {}


def test_a_long_journal_is_read_some_leaves_at_a_time(journal: Journal) -> None:
    write(journal, *committed(1), HitExpired(sequence=1), *([BOOTED] * 600))
    fates = Fates(journal)
    refusal = fates.of(range(1, 2))
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.detail) == (Reason.BUSY, "256 of 603 leaves were read since the start")
    assert not fates.step()
    assert fates.step()
    assert fates.of(range(1, 2)) == {Became.EXPIRED: "1"}
    write(journal, *committed(2))
    assert fates.of(range(1, 3)) == {Became.WAITING: "2", Became.EXPIRED: "1"}

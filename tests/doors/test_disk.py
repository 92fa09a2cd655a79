"""Room on the disk: nothing begins that may not be recorded to its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from edge.adapters.store import SqliteStore
from edge.domain.capture import Instant
from edge.domain.errors import JournalUnwritable, Reason
from edge.safeguards.disk import TO_BEGIN, TO_LOOK, Disk
from edge.safeguards.journal import Journal
from edge.safeguards.verify import Believed
from hardware_sim.office import MemoryKey

NOW = Instant(datetime(2026, 6, 1, tzinfo=UTC), timedelta(hours=1))
NOBODY = cast("Believed", None)


class Shrinking(SqliteStore):
    """A store on a disk of any size."""

    left = TO_BEGIN
    surveys = 0
    gone = False

    def survey(self) -> int:
        self.surveys += 1
        if self.gone:
            raise JournalUnwritable("It is gone.", "Look for it.")
        return self.left


@pytest.fixture
def store(tmp_path: Path) -> Any:
    made = Shrinking(tmp_path / "j")
    yield made
    made.close()


def disk_on(store: Shrinking) -> tuple[Disk, Journal]:
    journal = Journal(store, MemoryKey(), origin="lamppost/a/b/c", boot="boot-1")
    return Disk(journal, store), journal


@pytest.mark.parametrize(
    ("left", "begins", "looks"),
    [
        (TO_BEGIN, True, True),
        (TO_BEGIN - 1, False, True),
        (TO_LOOK, False, True),
        (TO_LOOK - 1, False, False),
        (0, False, False),
    ],
)
def test_under_one_mark_nothing_begins_and_under_half_of_it_nobody_is_looked_at(
    store: Shrinking, left: int, begins: bool, looks: bool
) -> None:
    disk, _ = disk_on(store)
    store.left = left
    disk.step(NOW)
    refusal = disk.refuses(NOBODY, NOW)
    assert (refusal is None) is begins
    assert refusal is None or refusal.reason is Reason.DISK_LOW
    assert disk.missing(NOBODY, NOW) is (None if looks else Reason.DISK_LOW)
    assert disk.over(NOBODY, NOW) is None
    assert disk.counters() == {"disk-free-bytes": left}


def test_it_is_looked_at_once_a_second(store: Shrinking) -> None:
    disk, _ = disk_on(store)
    assert (disk.left, disk.counters()) == (None, {})
    for milliseconds, surveys in ((0, 1), (999, 1), (1000, 2), (1999, 2), (2000, 3)):
        disk.step(NOW.later(timedelta(milliseconds=milliseconds)))
        assert store.surveys == surveys, milliseconds


def test_a_disk_that_is_gone_makes_the_journal_unsafe(store: Shrinking) -> None:
    disk, journal = disk_on(store)
    disk.step(NOW)
    assert journal.unsafe is None
    store.gone = True
    disk.step(NOW.later(timedelta(seconds=1)))
    assert isinstance(journal.unsafe, JournalUnwritable)
    assert not journal.count_search()

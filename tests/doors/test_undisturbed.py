"""No update beneath a deployment, no deployment during an update, and one leaf for each update that has ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from edge.adapters.store import SqliteStore
from edge.domain.capture import Instant
from edge.domain.errors import Reason
from edge.domain.leaves.device import Updated
from edge.domain.outcomes import UpdateFault, UpdateOutcome
from edge.domain.updates import UpdateRecord
from edge.safeguards.journal import Journal
from edge.safeguards.undisturbed import Undisturbed
from edge.safeguards.verify import Believed
from hardware_sim.office import MemoryKey

NOW = Instant(datetime(2026, 6, 1, tzinfo=UTC), timedelta(hours=1))
NOBODY = cast("Believed", None)
GOOD = UpdateRecord(
    number=1, at=NOW.wall, outcome=UpdateOutcome.CONFIRMED, before="1.0", after="1.1", digest="a" * 64,
    manifest="b" * 64,
)  # fmt: skip
BAD = replace(GOOD, number=2, outcome=UpdateOutcome.ROLLED_BACK, before="1.1", after="1.2", why=UpdateFault.NOT_READY)


class Updater:
    """The other process."""

    def __init__(self, *records: UpdateRecord) -> None:
        self._records = records
        self.at_work = False
        self.is_held = False

    def records(self) -> Sequence[UpdateRecord]:
        return self._records

    def tried(self, test: Callable[[], Sequence[str]]) -> bool:
        return True

    def held(self, *, off: bool) -> bool:
        self.is_held = off and not self.at_work
        return not off or self.is_held


@pytest.fixture
def store(tmp_path: Path) -> Any:
    made = SqliteStore(tmp_path / "j")
    yield made
    made.close()


def a_door(store: SqliteStore, updater: Updater | None) -> tuple[Undisturbed, Journal]:
    journal = Journal(store, MemoryKey(), origin="lamppost/a/b/c", boot="boot-1")
    return Undisturbed(updater, journal, store), journal


def leaves(journal: Journal) -> list[Updated]:
    return [leaf.event for leaf in journal.leaves() if isinstance(leaf.event, Updated)]


def test_what_begins_keeps_updates_away_until_it_has_ended(store: SqliteStore) -> None:
    updater = Updater()
    door, _ = a_door(store, updater)
    assert door.refuses(NOBODY, NOW) is None
    assert updater.is_held
    door.step(lambda: "a deployment")
    assert updater.is_held
    door.step(lambda: None)
    assert not updater.is_held


def test_nothing_begins_while_the_program_is_replaced(store: SqliteStore) -> None:
    updater = Updater()
    updater.at_work = True
    refusal = a_door(store, updater)[0].refuses(NOBODY, NOW)
    assert refusal is not None
    assert refusal.reason is Reason.BUSY
    assert "being updated" in refusal.said


def test_each_update_has_one_leaf_however_often_the_device_starts(store: SqliteStore) -> None:
    door, journal = a_door(store, Updater(GOOD))
    door.record(NOW)
    door.record(NOW)
    a_door(store, Updater(GOOD))[0].record(NOW)
    assert [leaf.number for leaf in leaves(journal)] == [1]
    a_door(store, Updater(GOOD, BAD))[0].record(NOW)
    first, second = leaves(journal)
    assert (first.outcome, first.before, first.after, first.why) == (UpdateOutcome.CONFIRMED, "1.0", "1.1", None)
    assert (second.number, second.why, second.package, second.manifest) == (
        2, UpdateFault.NOT_READY, "a" * 64, "b" * 64,
    )  # fmt: skip


def test_health_says_that_the_latest_update_was_undone_until_one_is_confirmed(store: SqliteStore) -> None:
    assert not a_door(store, None)[0].went_back
    assert not a_door(store, Updater(GOOD))[0].went_back
    door, _ = a_door(store, Updater(GOOD, BAD))
    assert door.went_back
    assert door.counters() == {"updates": 2, "updates-undone-lately": 1}
    assert not a_door(store, Updater(GOOD, BAD, replace(GOOD, number=3, before="1.1", after="1.3")))[0].went_back


def test_health_counts_the_updates_that_were_undone_and_names_the_latest_of_all(store: SqliteStore) -> None:
    records = (replace(BAD, number=5), replace(BAD, number=6), replace(GOOD, number=7))
    assert a_door(store, Updater(*records))[0].counters() == {"updates": 7, "updates-undone-lately": 2}
    assert a_door(store, Updater(GOOD))[0].counters() == {"updates": 1, "updates-undone-lately": 0}
    assert a_door(store, Updater())[0].counters() == {"updates": 0, "updates-undone-lately": 0}


def test_a_device_that_nobody_updates_is_kept_from_nothing(store: SqliteStore) -> None:
    door, journal = a_door(store, None)
    assert door.refuses(NOBODY, NOW) is None
    door.step(lambda: None)
    door.record(NOW)
    assert (leaves(journal), door.counters()) == ([], {})

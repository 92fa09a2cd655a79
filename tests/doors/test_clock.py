"""The clock's door: the mark, what raises it, and what the witnesses' times say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge.adapters.store import BrokenStore, SqliteStore
from edge.domain.authority import Key, PinnedWitness, Role
from edge.domain.capture import Instant
from edge.domain.errors import JournalUnwritable, SealBroken
from edge.measure.people import POLICY, trust_root
from edge.safeguards.clock import Timekeeper
from edge.safeguards.deployment import PAUSE_LIMIT, Deployment
from edge.safeguards.journal import Journal
from hardware_sim.clock import BEGIN, SteppedClock
from hardware_sim.office import MemoryKey
from tests.doors.test_journal import BOOTED

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
KEYS = [MemoryKey().public for _ in range(3)]


class Bench:
    """A clock and its door, with three witnesses pinned."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SteppedClock()
        custodians = [(Role.CUSTODIAN, MemoryKey().public) for _ in range(2)]
        witnesses = tuple(PinnedWitness(name=f"w/{number}", key=key) for number, key in enumerate(KEYS))
        self.root = trust_root(custodians, BEGIN, policy=replace(POLICY, witnesses=2), witnesses=witnesses)
        self.boot()

    def boot(self) -> None:
        self.store = SqliteStore(self.folder / "journal.sqlite")
        self.journal = Journal(self.store, MemoryKey(), origin="o", boot="b")
        self.journal.open(self.clock.now(), BOOTED)
        self.door = Timekeeper(self.clock, self.journal, self.store, lambda: self.root)
        self.door.open(self.clock.now())

    def restart(self) -> None:
        self.store.close()
        self.clock.reboot()
        self.boot()

    @property
    def trusted(self) -> bool:
        return self.door.trusted(self.clock.now())

    def step(self) -> None:
        self.door.step(self.clock.now())

    def witness(self, key: Key, ahead: timedelta, *, asked: timedelta = SECOND) -> None:
        now = self.clock.now()
        self.door.cosigned(key, now.wall + ahead, Instant(now.wall - asked, now.boot - asked), now)

    def mark(self) -> datetime | None:
        stored = self.store.get("clock/mark")
        return None if stored is None else datetime.fromisoformat(stored.decode())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_clock_that_nobody_disciplines_is_not_believed(bench: Bench) -> None:
    assert bench.trusted
    bench.clock.trusted = False
    assert not bench.trusted
    assert not bench.door.synchronised()


@pytest.mark.parametrize(("back", "trusted"), [(2, True), (2.1, False), (72_000, False)])
def test_a_clock_that_was_put_back_is_not_believed_at_once(bench: Bench, back: float, trusted: bool) -> None:
    bench.step()
    bench.clock.step_wall(timedelta(seconds=-back))
    assert bench.trusted is trusted
    assert bench.door.behind(bench.clock.now()) == timedelta(seconds=back)


def test_it_cannot_be_put_back_little_by_little(bench: Bench) -> None:
    bench.step()
    for _ in range(3):
        bench.clock.step_wall(-SECOND)
        bench.step()
    assert not bench.trusted


def test_the_mark_is_saved_every_minute_and_outlives_a_restart(bench: Bench) -> None:
    bench.step()
    assert bench.mark() == BEGIN
    bench.clock.advance(59 * SECOND)
    bench.step()
    assert bench.mark() == BEGIN
    bench.clock.advance(SECOND)
    bench.step()
    assert bench.mark() == BEGIN + 60 * SECOND
    bench.restart()
    bench.clock.step_wall(-HOUR)
    assert not bench.trusted
    bench.clock.step_wall(HOUR)
    assert bench.trusted


def test_after_a_restart_the_mark_is_counted_on_by_the_boot_clock(bench: Bench) -> None:
    bench.step()
    bench.restart()
    bench.clock.step_wall(-HOUR)
    bench.clock.advance(600 * SECOND)
    assert bench.door.never_back(bench.clock.now()).wall == BEGIN + 600 * SECOND
    assert bench.door.never_back(bench.clock.now()).boot == bench.clock.now().boot


def test_where_the_clock_was_not_put_back_wall_time_is_what_it_is(bench: Bench) -> None:
    bench.step()
    bench.clock.step_wall(HOUR)
    assert bench.door.never_back(bench.clock.now()) == bench.clock.now()
    assert bench.door.behind(bench.clock.now()) == timedelta(0)


def test_an_undisciplined_clock_raises_no_mark(bench: Bench) -> None:
    bench.step()
    bench.clock.trusted = False
    bench.clock.step_wall(HOUR)
    bench.step()
    bench.clock.step_wall(-HOUR)
    bench.clock.trusted = True
    assert bench.trusted


def test_the_lower_of_two_witnesses_raises_the_mark_by_all_but_a_minute(bench: Bench) -> None:
    bench.clock.trusted = False
    bench.witness(KEYS[0], 3 * HOUR)
    bench.step()
    assert bench.mark() is None
    bench.witness(KEYS[1], 2 * HOUR)
    bench.step()
    assert bench.mark() == BEGIN + 2 * HOUR - 60 * SECOND
    bench.witness(KEYS[2], 5 * HOUR)
    bench.step()
    assert bench.mark() == BEGIN + 3 * HOUR - 60 * SECOND


def test_a_witness_that_is_not_pinned_says_nothing_about_the_time(bench: Bench) -> None:
    bench.witness(KEYS[0], 3 * HOUR)
    bench.witness(MemoryKey().public, 3 * HOUR)
    assert bench.trusted


@pytest.mark.parametrize(
    ("ahead", "trusted"), [(-63, False), (-62, True), (0, True), (60, True), (61, False), (72_000, False)]
)
def test_a_quorum_of_witnesses_contradicts_a_clock_that_is_a_minute_off(
    bench: Bench, ahead: int, trusted: bool
) -> None:
    bench.witness(KEYS[0], ahead * SECOND)
    assert bench.trusted
    bench.witness(KEYS[1], ahead * SECOND)
    assert bench.trusted is trusted


def test_how_long_an_answer_took_is_not_held_against_the_clock(bench: Bench) -> None:
    for key in KEYS:
        bench.witness(key, -600 * SECOND, asked=700 * SECOND)
    assert bench.trusted


def test_a_contradiction_is_forgotten_after_an_hour(bench: Bench) -> None:
    for key in KEYS:
        bench.witness(key, -HOUR)
    bench.clock.advance(HOUR)
    assert not bench.trusted
    bench.clock.advance(SECOND)
    assert bench.trusted


def test_one_witness_is_enough_where_the_policy_asks_for_none(bench: Bench) -> None:
    bench.root = replace(bench.root, policy=POLICY)
    bench.witness(KEYS[0], -HOUR)
    assert not bench.trusted


def test_a_mark_that_cannot_be_saved_makes_the_journal_unsafe_and_one_that_cannot_be_read_leaves_it_so(
    bench: Bench,
) -> None:
    bench.store._connection.execute("PRAGMA query_only=ON")
    with pytest.raises(JournalUnwritable):
        bench.step()
    assert bench.journal.unsafe is not None
    bench.step()
    broken = BrokenStore(SealBroken("The store is damaged.", "Keep the disk."))
    door = Timekeeper(bench.clock, bench.journal, broken, lambda: bench.root)
    door.open(bench.clock.now())
    assert door.trusted(bench.clock.now())


def test_health_says_what_is_wrong_with_the_clock(bench: Bench) -> None:
    bench.step()
    assert bench.door.counters(bench.clock.now()) == {
        "clock-trusted": 1, "clock-synchronised": 1, "clock-behind-seconds": 0,
    }  # fmt: skip
    bench.clock.step_wall(-HOUR)
    bench.clock.trusted = False
    assert bench.door.counters(bench.clock.now()) == {
        "clock-trusted": 0, "clock-synchronised": 0, "clock-behind-seconds": 3600,
    }  # fmt: skip


@pytest.mark.parametrize("clock", ["wall", "boot"])
def test_a_pause_is_over_on_whichever_clock_comes_first(bench: Bench, clock: str) -> None:
    now = bench.clock.now()
    ends = now.later(12 * HOUR)
    deployment = Deployment(None, ends, now.wall - now.boot, idle_since=now)  # type: ignore[arg-type]
    late = PAUSE_LIMIT - SECOND
    assert deployment.over(now.later(late)) is None
    apart = Instant(now.wall + late + (SECOND if clock == "wall" else timedelta(0)),
                    now.boot + late + (SECOND if clock == "boot" else timedelta(0)))  # fmt: skip
    found = deployment.over(apart)
    assert found is not None
    assert found.value == "paused-too-long"

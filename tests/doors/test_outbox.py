"""The bounds of the outbox: nothing of use is dropped, and nobody is looked at while too much waits."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.adapters.store import SqliteStore
from edge.control_room.desk import Refused
from edge.domain.capture import Instant
from edge.domain.condition import Condition, EndReason
from edge.domain.errors import Reason
from edge.domain.leaves.hits import HitExpired, HitWithheld
from edge.domain.record import Waiting
from edge.ports import Store
from edge.safeguards.hits import Hits
from edge.safeguards.outbox import Bounds, Outbox
from hardware_sim.disk import SlowStore
from hardware_sim.site import Site
from tests.doors.test_hits import acknowledgement, found, hits_of


def outbox_of(site: Site) -> Outbox:
    return site.device.daemon.tell._retention._outbox


def tell(site: Site, hits: int = 1) -> None:
    """Hits that were found just now, on their way to the writer."""
    for _ in range(hits):
        site.device.daemon.tell.tell(replace(found(site), id=uuid.uuid4().hex))


def commit(site: Site, hits: int = 1) -> list[bool]:
    door: Hits = hits_of(site)
    told = []
    for _ in range(hits):
        sealed = door.seal(replace(found(site), id=uuid.uuid4().hex))
        told.append(door.commit(sealed, site.clock.now()))  # type: ignore[arg-type]
    return told


@pytest.fixture
def alone(watching: Site) -> Site:
    """Nobody hears of its hits."""
    watching.device.link.eats_publishes = True
    outbox_of(watching).bounds = Bounds(hits=8)
    return watching


def test_at_three_quarters_it_stops_looking_and_at_half_it_looks_again(alone: Site) -> None:
    tell(alone, 5)
    alone.run(0.3)
    assert alone.condition is Condition.ACTIVE
    tell(alone, 1)
    alone.run(0.3)
    assert (alone.condition, alone.reasons) == (Condition.PAUSED, ("outbox-full",))
    assert not alone.camera.is_open
    for left in (5, 4):
        forget_one(alone)
        alone.run(0.2)
        assert "outbox-full" in alone.reasons, left
    forget_one(alone)
    alone.run(0.5)
    assert alone.reasons == ()
    assert alone.condition is Condition.ACTIVE


def forget_one(site: Site) -> None:
    """A recipient signs for the oldest."""
    order = acknowledgement(site, site.office.reader.signer.public, number=0)
    assert hits_of(site).acknowledge(order, site.clock.now()) is None


def test_bytes_count_as_numbers_do(alone: Site) -> None:
    tell(alone)
    alone.run(0.2)
    (one,) = alone.device.store.waits()
    outbox_of(alone).bounds = Bounds(bytes=one.size * 3)
    tell(alone)
    alone.run(0.2)
    assert "outbox-full" not in alone.reasons
    tell(alone)
    alone.run(0.2)
    assert "outbox-full" in alone.reasons


@pytest.mark.parametrize("bounds", [Bounds(hits=3), Bounds(bytes=1)])
def test_a_hit_that_finds_no_room_has_no_number_and_a_leaf(alone: Site, bounds: Bounds) -> None:
    outbox_of(alone).bounds = bounds
    room = 3 if bounds.hits == 3 else 0
    assert commit(alone, 4) == [True] * room + [False] * (4 - room)
    assert [one.sequence for one in alone.device.store.waits()] == [1, 2, 3][:room]
    withheld = [event for event in alone.journal() if isinstance(event, HitWithheld)]
    assert [event.why for event in withheld] == ["outbox-full"] * (4 - room)


def test_the_last_that_fits_to_the_byte_is_taken(alone: Site) -> None:
    assert commit(alone) == [True]
    (one,) = alone.device.store.waits()
    assert outbox_of(alone).takes(outbox_of(alone).bounds.bytes - one.size)
    assert not outbox_of(alone).takes(outbox_of(alone).bounds.bytes - one.size + 1)


def test_what_is_of_no_use_any_more_goes_first_and_is_recorded(alone: Site) -> None:
    tell(alone, 6)
    alone.run(0.3)
    assert "outbox-full" in alone.reasons
    alone.officer_on_scene = False
    alone.clock.advance(timedelta(minutes=10))
    alone.run(0.2)
    assert [event.sequence for event in alone.journal() if isinstance(event, HitExpired)] == [1, 2, 3, 4, 5, 6]
    assert "outbox-full" not in alone.reasons


def test_no_hit_of_use_was_ever_dropped_for_another(alone: Site) -> None:
    commit(alone, 12)
    assert [one.sequence for one in alone.device.store.waits()] == list(range(1, 9))
    assert not [event for event in alone.journal() if isinstance(event, HitExpired)]


def test_health_says_how_much_waits_and_which_number_was_the_last(alone: Site) -> None:
    commit(alone, 3)
    forget_one(alone)
    alone.run(0.1)
    counters = alone.device.daemon.report.counters()
    assert {name: counters[name] for name in ("outbox", "hits-last", "hits-first-waiting")} == {
        "outbox": 2, "hits-last": 3, "hits-first-waiting": 2,
    }  # fmt: skip
    assert counters["outbox-bytes"] == sum(one.size for one in alone.device.store.waits())


def test_a_start_while_it_is_full_is_refused_with_the_remedy(alone: Site) -> None:
    tell(alone, 6)
    alone.run(0.3)
    alone.device.daemon.gate.end(EndReason.STOPPED, alone.clock.now())
    alone.device.link.eats_publishes = False
    alone.desk._reader = None
    with pytest.raises(Refused, match=r"outbox-full.*recipient"):
        alone.deploy(7)


class Counted(SlowStore):
    """Counts how often the outbox is read."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, lambda: None)
        self.looks = 0

    def waits(self) -> list[Waiting]:
        self.looks += 1
        return super().waits()


def test_the_writer_reads_it_once_a_turn(tmp_path: Path) -> None:
    stores: list[Counted] = []

    def counted(store: Store) -> Store:
        stores.append(Counted(store))
        return stores[-1]

    site = Site(tmp_path, disk=counted)
    before = stores[-1].looks
    for _ in range(3):
        site.device.daemon.tell.step(timedelta(0))
    assert stores[-1].looks - before == 3


@pytest.mark.parametrize(("hits", "size", "reached"), [(6, 0, True), (5, 749, False), (0, 750, True), (8, 1000, True)])
def test_either_bound_is_reached_by_itself(hits: int, size: int, *, reached: bool) -> None:
    assert Bounds(hits=8, bytes=1000).reached(hits, size, share=0.75) is reached


def test_between_the_two_marks_it_stays_as_it_was_however_often_it_looks(alone: Site) -> None:
    outbox, now = outbox_of(alone), alone.clock.now()
    believed = alone.device.daemon.gate.believed
    assert believed is not None
    commit(alone, 5)
    for _ in range(3):
        outbox.look(now)
        assert outbox.missing(believed, now) is None
    commit(alone, 1)
    outbox.look(now)
    forget_one(alone)
    for _ in range(3):
        outbox.look(now)
        assert outbox.missing(believed, now) is Reason.OUTBOX_FULL
        assert outbox.over(believed, now) is None


def test_what_waits_is_of_use_until_either_clock_says_that_its_time_is_over(alone: Site) -> None:
    commit(alone, 2)
    outbox, now = outbox_of(alone), alone.clock.now()
    assert outbox.look(now) == []
    assert [one.sequence for one in outbox.current(now)] == [1, 2]
    span = timedelta(minutes=10)
    for later in (Instant(now.wall, now.boot + span), Instant(now.wall + span, now.boot)):
        assert outbox.current(later) == []
        assert [one.sequence for one in outbox.look(later)] == [1, 2]
        outbox.look(now)


def test_what_is_of_no_use_any_more_is_not_counted_and_what_is_still_is(alone: Site) -> None:
    later = alone.clock.now().later(timedelta(minutes=10))
    commit(alone)
    alone.run(1)
    commit(alone)
    outbox = outbox_of(alone)
    assert [one.sequence for one in outbox.look(later)] == [1]
    assert [one.sequence for one in outbox.current(alone.clock.now())] == [2]
    counters = outbox.counters()
    assert (counters["outbox"], counters["hits-last"], counters["hits-first-waiting"]) == (1, 2, 2)


def test_before_there_was_a_hit_it_counts_none(tmp_path: Path) -> None:
    outbox = Outbox(SqliteStore(tmp_path / "journal.sqlite"), "boot-1")
    assert outbox.counters() == {"outbox": 0, "outbox-bytes": 0, "hits-last": 0, "hits-first-waiting": 0}


def test_after_a_start_between_the_two_marks_it_looks(alone: Site) -> None:
    outbox, now = outbox_of(alone), alone.clock.now()
    believed = alone.device.daemon.gate.believed
    assert believed is not None
    commit(alone, 5)
    again = Outbox(alone.device.store, "boot-2", outbox.bounds)
    again.look(now)
    assert (again.missing(believed, now), again.refuses(believed, now)) == (None, None)

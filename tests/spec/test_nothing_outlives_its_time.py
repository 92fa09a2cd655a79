"""What has reached its end is neither sent, signed for nor left on disk, whether or not anything has swept yet."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from edge.domain.authorisation import Retention
from edge.domain.capture import Instant
from edge.domain.leaves.hits import HitExpired
from edge.domain.record import Deadline
from edge.safeguards.retention import Retention as Door
from hardware_sim.site import Site

SECOND = timedelta(seconds=1)
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def unheard(watching: Site) -> Site:
    """A hit was told, and nothing reaches the control room."""
    watching.device.link.eats_publishes = True
    watching.walk(7)
    watching.run(6)
    watching.officer_on_scene = False
    assert len(watching.device.store.outbox(9)) == 1
    return watching


def door(site: Site) -> Door:
    return site.device.daemon.tell._retention


def disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("journal.sqlite*"))


def later(now: Instant, wall: timedelta, boot: timedelta) -> Instant:
    return Instant(now.wall + wall, now.boot + boot)


@pytest.mark.parametrize(
    ("wall", "boot", "waits"),
    [
        (TEN_MINUTES - 10 * SECOND, TEN_MINUTES - 10 * SECOND, True),
        (TEN_MINUTES, SECOND, False),
        (SECOND, TEN_MINUTES, False),
        (-timedelta(hours=20), TEN_MINUTES, False),
    ],
)
def test_a_waiting_hit_ends_on_whichever_clock_comes_first(
    unheard: Site, wall: timedelta, boot: timedelta, waits: bool
) -> None:
    """Setting the clock back keeps nothing."""
    then = later(unheard.clock.now(), wall, boot)
    assert bool(door(unheard).current(then)) is waits
    assert door(unheard).sweep(then) == (0 if waits else 1)
    assert bool(unheard.device.store.outbox(9)) is waits


def test_after_a_restart_only_the_wall_clock_can_tell(unheard: Site) -> None:
    (row,) = unheard.device.store.outbox(9)
    end = row.deadline
    assert end.over(Instant(end.wall - SECOND, end.since_boot), end.boot)
    assert not end.over(Instant(end.wall - SECOND, end.since_boot), "another-life")
    assert end.over(Instant(end.wall, timedelta(0)), "another-life")
    assert Deadline.after(unheard.clock.now(), SECOND, "b").wall == unheard.clock.now().wall + SECOND


def test_a_hit_past_its_end_is_not_sent_though_it_still_lies_there(unheard: Site) -> None:
    unheard.device.link.eats_publishes = False
    before = len(unheard.broker.heard)
    unheard.clock.advance(TEN_MINUTES)
    assert len(unheard.device.store.outbox(9)) == 1
    unheard.device.daemon.tell.sending.step(unheard.clock.now())
    assert [heard for heard in unheard.broker.heard[before:] if heard.topic == unheard.topics.hit] == []


def test_nobody_can_sign_for_a_hit_past_its_end(unheard: Site) -> None:
    from tests.doors.test_hits import acknowledgement, hits_of

    order = acknowledgement(unheard, unheard.office.reader.signer.public)
    unheard.clock.advance(TEN_MINUTES)
    refusal = hits_of(unheard).acknowledge(order, unheard.clock.now())
    assert refusal is not None
    assert refusal.reason.value == "expired"
    unheard.run(1)
    assert [event.sequence for event in unheard.journal() if isinstance(event, HitExpired)] == [1]
    assert "hit-acknowledged" not in [event.kind for event in unheard.journal()]


def test_the_hit_says_until_when_anybody_may_read_it(watching: Site) -> None:
    """From the capture on, as authorised."""
    watching.walk(7)
    watching.run(6)
    (hit,) = watching.hits
    assert hit.sealed.destroy_by == hit.content.captured + timedelta(hours=24)


def test_a_shorter_authorised_time_is_the_one_that_counts(site: Site) -> None:
    site.run(1)
    retention = Retention(hit=timedelta(hours=2), undelivered=timedelta(minutes=1))
    site.deploy(7, retention=retention)
    site.confirm_presence()
    site.run(1)
    site.device.link.eats_publishes = True
    site.walk(7)
    site.run(6)
    (row,) = site.device.store.outbox(9)
    assert not door(site).current(site.clock.now().later(timedelta(minutes=1)))
    site.device.link.eats_publishes = False
    site.run(12)
    (hit,) = site.hits
    assert hit.sealed.expires == row.deadline.wall
    assert hit.sealed.destroy_by == hit.content.captured + timedelta(hours=2)


def needle(site: Site) -> bytes:
    (row,) = site.device.store.outbox(9)
    return row.message[2000:2100]


def test_an_expired_hit_is_nowhere_on_disk(unheard: Site) -> None:
    secret = needle(unheard)
    assert secret in disk(unheard.folder)
    unheard.run(601)
    assert secret not in disk(unheard.folder)


def test_a_hit_that_was_taken_over_is_nowhere_on_the_devices_disk(unheard: Site) -> None:
    secret = needle(unheard)
    unheard.device.link.eats_publishes = False
    unheard.run(12)
    assert len(unheard.hits) == 1
    assert secret not in disk(unheard.folder)


def test_a_crash_between_deleting_and_compacting_leaves_nothing_after_the_next_start(
    unheard: Site, tmp_path: Path
) -> None:
    secret = needle(unheard)
    with unheard.device.store.transaction() as transaction:
        assert transaction.dequeue(1)
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for path in unheard.folder.glob("journal.sqlite*"):
        shutil.copy(path, crashed)
    assert secret in disk(crashed)
    restarted = Site(crashed)
    restarted.run(0.2)
    assert secret not in disk(crashed)
    restarted.device.store.close()


def test_sequence_numbers_do_not_restart_when_hits_expire(unheard: Site) -> None:
    unheard.run(601)
    unheard.device.link.eats_publishes = False
    unheard.stop()
    unheard.deploy(7)
    unheard.confirm_presence()
    unheard.run(1)
    unheard.walk(7)
    unheard.run(6)
    assert [hit.sealed.sequence for hit in unheard.hits] == [2]

"""One authorisation in force, asked directly: every end of it, on either clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import Reason
from edge.measure.people import UNSIGNED
from edge.safeguards.deployment import CLOCK_STEP, LIST_LIFE, PAUSE_LIMIT, Deployment
from edge.safeguards.verify import Believed
from hardware_sim.site import Site

SECOND = timedelta(seconds=1)


@pytest.fixture
def now(site: Site) -> Instant:
    return site.clock.now()


@pytest.fixture
def deployment(site: Site, now: Instant) -> Deployment:
    """In force for twelve hours, its list just opened."""
    document = site.authorisation(site.list_of(7))
    long = replace(document, not_after=now.wall + timedelta(hours=12))
    begun = Deployment.begun(Believed(long, "0" * 64, UNSIGNED), now)
    begun.list_opened = now
    return begun


def at(now: Instant, *, wall: timedelta, boot: timedelta) -> Instant:
    return Instant(now.wall + wall, now.boot + boot)


def test_with_everything_there_nothing_is_missing(deployment: Deployment, now: Instant) -> None:
    assert deployment.missing(now, now.later(SECOND)) == []
    assert deployment.over(now) is None


@pytest.mark.parametrize(
    ("wall", "boot", "closed"),
    [
        (timedelta(hours=12) - SECOND, timedelta(hours=12) - SECOND, False),
        (timedelta(hours=12), timedelta(hours=12) - SECOND, True),
        (timedelta(hours=12) - SECOND, timedelta(hours=12), True),
        (-SECOND, SECOND, True),
    ],
)
def test_the_window_closes_on_whichever_clock_comes_first(
    deployment: Deployment, now: Instant, wall: timedelta, boot: timedelta, closed: bool
) -> None:
    then = at(now, wall=wall, boot=boot)
    lease = then.later(timedelta(minutes=1))
    assert deployment.missing(then, lease) == ([Reason.WINDOW_CLOSED] if closed else [])


def test_the_window_has_begun_at_its_first_instant(deployment: Deployment, now: Instant) -> None:
    assert deployment.believed.authorisation.not_before == now.wall
    assert Reason.WINDOW_CLOSED not in deployment.missing(now, now.later(SECOND))


def test_a_list_that_is_not_open_or_a_day_old_is_missing(deployment: Deployment, now: Instant) -> None:
    deployment.list_opened = None
    assert deployment.missing(now, now.later(SECOND)) == [Reason.LIST_NOT_OPEN]
    deployment.list_opened = at(now, wall=-LIST_LIFE, boot=-LIST_LIFE)
    assert deployment.missing(now, now.later(SECOND)) == [Reason.LIST_NOT_OPEN]
    assert deployment.over(now) is EndReason.LIST_TOO_OLD
    deployment.list_opened = at(now, wall=SECOND - LIST_LIFE, boot=SECOND - LIST_LIFE)
    assert deployment.missing(now, now.later(SECOND)) == []
    assert deployment.over(now) is None


def test_presence_ends_at_the_lease_on_either_clock(deployment: Deployment, now: Instant) -> None:
    assert deployment.missing(now, None) == [Reason.NO_PRESENCE]
    assert deployment.missing(now, now) == [Reason.NO_PRESENCE]
    assert deployment.missing(now, at(now, wall=SECOND, boot=timedelta(0))) == [Reason.NO_PRESENCE]
    assert deployment.missing(now, at(now, wall=timedelta(0), boot=SECOND)) == [Reason.NO_PRESENCE]


def test_a_permit_ends_at_the_earliest_of_all_ends_on_each_clock(deployment: Deployment, now: Instant) -> None:
    lease = at(now, wall=timedelta(hours=20), boot=timedelta(minutes=3))
    deadline = deployment.deadline(lease)
    assert deadline == Instant(now.wall + timedelta(hours=12), now.boot + timedelta(minutes=3))
    deployment.list_opened = at(now, wall=-timedelta(hours=23), boot=-timedelta(hours=23, minutes=59))
    assert deployment.deadline(lease) == at(now, wall=timedelta(hours=1), boot=timedelta(minutes=1))
    deployment.list_opened = None
    assert deployment.deadline(lease) == deadline


@pytest.mark.parametrize("step", [CLOCK_STEP + timedelta(milliseconds=1), -CLOCK_STEP - timedelta(milliseconds=1)])
def test_a_stepped_clock_ends_it(deployment: Deployment, now: Instant, step: timedelta) -> None:
    assert deployment.over(at(now, wall=step + SECOND, boot=SECOND)) is EndReason.CLOCK


@pytest.mark.parametrize("step", [CLOCK_STEP, -CLOCK_STEP])
def test_a_clock_that_is_slewed_does_not(deployment: Deployment, now: Instant, step: timedelta) -> None:
    assert deployment.over(at(now, wall=step + 3 * SECOND, boot=3 * SECOND)) is None


def test_it_is_over_when_the_window_closes(deployment: Deployment, now: Instant) -> None:
    assert deployment.over(now.later(timedelta(hours=12))) is EndReason.WINDOW_CLOSED
    assert deployment.over(now.later(timedelta(hours=12) - SECOND)) is None


def test_a_list_that_nobody_searches_is_destroyed_after_ten_minutes(deployment: Deployment, now: Instant) -> None:
    deployment.idle_since = now
    assert deployment.over(now.later(PAUSE_LIMIT - SECOND)) is None
    assert deployment.over(now.later(PAUSE_LIMIT)) is EndReason.PAUSED_TOO_LONG


def test_a_list_that_is_open_is_idle_from_the_moment_nobody_is_looked_at(deployment: Deployment, now: Instant) -> None:
    later, last = now.later(SECOND), now.later(2 * SECOND)
    deployment.watched(now, looking=True)
    assert deployment.idle_since is None
    deployment.watched(later, looking=False)
    assert deployment.idle_since == later
    deployment.watched(last, looking=False)
    assert deployment.idle_since == later
    deployment.watched(last, looking=True)
    assert deployment.idle_since is None
    deployment.list_opened = None
    deployment.watched(last, looking=False)
    assert deployment.idle_since is None

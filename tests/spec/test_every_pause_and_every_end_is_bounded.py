"""A pause shuts the camera and ends after ten minutes; an end wipes at once: whatever it is that ended.

The same bounds in a process with threads: ``tests/bench/test_bounded_times.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from edge.domain.capture import Instant
from edge.domain.condition import Condition, EndReason
from edge.domain.errors import CaptureGivenUp, JournalUnwritable
from edge.domain.leaves.deployment import Ended
from edge.safeguards.deployment import PAUSE_LIMIT
from edge.safeguards.presence import LEASE
from hardware_sim.site import Site

SECOND = timedelta(seconds=1)


def spent(site: Site, until: Callable[[], bool], at_most: timedelta) -> timedelta:
    """How long it took, frame by frame."""
    begun = site.clock.now()
    while not until():
        site.run(0.1)
        assert site.clock.now().since(begun) <= at_most, "it took longer"
    return site.clock.now().since(begun)


def wiped(site: Site) -> Callable[[], bool]:
    """Whether references, probes and pixels are gone and the camera is shut."""
    device, daemon = site.device, site.device.daemon
    return lambda: (
        not any(any(memory.view) for memory in device.host.buffers)
        and daemon.gate.believed is None
        and not site.camera.is_open
        and not list(daemon.watch._scene)
    )


def ends(site: Site) -> list[EndReason]:
    return [event.why for event in site.journal() if isinstance(event, Ended)]


def stop_order(site: Site) -> None:
    site.stop()


def clock_is_not_trusted(site: Site) -> None:
    site.clock.trusted = False


def clock_is_set_back(site: Site) -> None:
    site.clock.step_wall(-3 * SECOND)


def clock_is_set_forward(site: Site) -> None:
    site.clock.step_wall(3 * SECOND)


def disk_fails(site: Site) -> None:
    site.device.daemon.tell._journal.fail(JournalUnwritable("The disk is full.", "Free some."))


def machine_sleeps_through_the_window(site: Site) -> None:
    site.clock.advance(timedelta(hours=13))


def machine_sleeps_for_a_quarter_of_an_hour(site: Site) -> None:
    site.clock.advance(LEASE + PAUSE_LIMIT)


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (stop_order, EndReason.STOPPED),
        (clock_is_not_trusted, EndReason.CLOCK),
        (clock_is_set_back, EndReason.CLOCK),
        (clock_is_set_forward, EndReason.CLOCK),
        (disk_fails, None),
        (machine_sleeps_through_the_window, EndReason.WINDOW_CLOSED),
        (machine_sleeps_for_a_quarter_of_an_hour, EndReason.PAUSED_TOO_LONG),
    ],
)
def test_from_any_end_to_wiped_is_at_most_a_second(
    watching: Site, happens: Callable[[Site], None], why: EndReason | None
) -> None:
    watching.walk(30)
    watching.run(1)
    assert list(watching.device.daemon.watch._scene)
    watching.officer_on_scene = False
    happens(watching)
    spent(watching, wiped(watching), SECOND)
    assert ends(watching) == ([] if why is None else [why])


def test_from_the_end_of_the_window_to_wiped_is_at_most_a_second(site: Site) -> None:
    site.run(1)
    now = site.clock.now().wall
    site.deploy(7, not_before=now, not_after=now + timedelta(minutes=2))
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(110)
    assert site.condition is Condition.ACTIVE
    gone = spent(site, wiped(site), timedelta(minutes=1))
    assert site.clock.now().wall - (now + timedelta(minutes=2)) <= SECOND
    assert gone > timedelta(seconds=5)


def test_from_lost_presence_to_a_shut_camera_is_at_most_the_lease_and_a_second(watching: Site) -> None:
    watching.confirm_presence()
    issued = watching.device.daemon.report.state(watching.clock.now()).nonce_until
    watching.officer_on_scene = False
    assert issued >= watching.clock.now().wall
    spent(watching, lambda: not watching.camera.is_open, LEASE + SECOND)
    assert watching.condition is Condition.PAUSED


def test_from_a_pause_to_a_destroyed_gallery_is_at_most_ten_minutes_and_a_second(watching: Site) -> None:
    watching.officer_on_scene = False
    spent(watching, lambda: watching.condition is Condition.PAUSED, LEASE + SECOND)
    assert any(any(memory.view) for memory in watching.device.host.buffers)
    taken = spent(watching, wiped(watching), PAUSE_LIMIT + SECOND)
    assert taken >= PAUSE_LIMIT - SECOND
    assert ends(watching) == [EndReason.PAUSED_TOO_LONG]


@pytest.mark.parametrize("fault", ["unplugged", "frozen"])
def test_a_camera_that_is_dead_is_a_pause_like_any_other(watching: Site, fault: str) -> None:
    """Although it is opened again and again, and a permit is there all the while."""
    setattr(watching.camera, fault, True)
    spent(watching, lambda: watching.condition is Condition.PAUSED, 3 * SECOND)
    with pytest.raises(CaptureGivenUp):  # and not before: the process ends once nothing is lost by it
        spent(watching, wiped(watching), PAUSE_LIMIT + SECOND)
    assert wiped(watching)()
    assert ends(watching) == [EndReason.PAUSED_TOO_LONG]


def test_a_camera_that_comes_back_ends_the_pause(watching: Site) -> None:
    for _ in range(3):
        watching.camera.unplugged = True
        watching.run(400)
        watching.camera.unplugged = False
        watching.run(20)
        assert watching.condition is Condition.ACTIVE
    assert ends(watching) == []


def test_presence_that_comes_and_goes_without_a_frame_prolongs_nothing(watching: Site) -> None:
    watching.camera.unplugged = True
    begun: Instant = watching.clock.now()
    watching.officer_on_scene = False
    with pytest.raises(CaptureGivenUp):  # the process ends with the deployment
        while watching.clock.now().since(begun) < timedelta(minutes=15):
            watching.run(100)
            watching.confirm_presence()
    assert ends(watching) == [EndReason.PAUSED_TOO_LONG]

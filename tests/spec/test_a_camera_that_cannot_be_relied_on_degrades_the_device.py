"""Covered, dazzled, blurred, rained on, pushed aside: noticed within a minute, and nobody is looked at meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge.domain.condition import Condition, EndReason
from edge.domain.errors import Reason, Refusal
from edge.domain.health import Concern
from edge.domain.leaves.deployment import Ended, Searched, SightChanged
from hardware_sim.lens import Lens
from hardware_sim.site import Site
from tests.spec.test_a_device_that_sees_less_says_so import counters

MINUTE = 60
LEARNT = 25
"""Seconds after which the device knows its view."""
FAULTS = [
    (Lens.CAP, {"view-dark"}),
    (Lens.PAINT, {"view-empty"}),
    (Lens.LAMP, {"view-glaring"}),
    (Lens.SUN, {"view-glaring"}),
    (Lens.GREASE, {"view-blurred", "view-empty"}),
    (Lens.DEFOCUS, {"view-blurred"}),
    (Lens.DROPS, {"view-spotted"}),
    (Lens.TURNED, {"view-moved"}),
    (Lens.AWAY, {"view-moved", "view-strange"}),
]


@pytest.fixture
def looking(tmp_path: Path) -> Iterator[Site]:
    """Two frames a second, deployed with the volunteer 7 on the list, and long enough to know the view."""
    site = Site(tmp_path, frame=timedelta(milliseconds=500))
    site.run(1)
    site.deploy(7)
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(LEARNT)
    assert site.condition is Condition.ACTIVE
    yield site
    site.device.store.close()


def said(site: Site) -> list[str]:
    return [event.why for event in site.journal() if isinstance(event, SightChanged)]


def ends(site: Site) -> list[EndReason]:
    return [event.why for event in site.journal() if isinstance(event, Ended)]


def leaves(site: Site) -> None:
    """The officer confirms once more, and goes: three minutes are left."""
    site.confirm_presence()
    site.officer_on_scene = False


@pytest.mark.parametrize(("lens", "reasons"), FAULTS)
def test_every_fault_is_noticed_within_a_minute_and_nobody_is_looked_at_meanwhile(
    looking: Site, lens: Lens, reasons: set[str]
) -> None:
    looking.camera.lens = lens
    seconds = 0
    while looking.condition is Condition.ACTIVE:
        looking.run(1)
        seconds += 1
    assert seconds <= MINUTE
    assert looking.condition is Condition.DEGRADED
    assert set(looking.reasons) <= reasons
    state, health = looking.desk.seen.state, looking.desk.seen.health
    assert state is not None
    assert health is not None
    assert (state.condition, state.reasons) == (Condition.DEGRADED, looking.reasons)
    assert (health.condition, health.concerns) == (Condition.DEGRADED, (Concern.UNSEEING,))
    assert said(looking)[-1] in reasons
    frames = counters(looking)["frames"]
    looking.walk(7)
    looking.run(6)
    assert counters(looking)["frames"] == frames
    assert looking.hits == []
    assert not [event for event in looking.journal() if isinstance(event, Searched)]


def test_without_a_fault_it_looks_on(looking: Site) -> None:
    for _ in range(8):
        looking.walk(3, lasts=4)
        looking.run(30)
        assert looking.condition is Condition.ACTIVE
    assert said(looking) == []


def test_whoever_was_in_view_when_it_went_is_forgotten_at_once(looking: Site) -> None:
    looking.walk(7, lasts=40)
    looking.run(0.5)
    watch = looking.device.daemon.watch
    looking.camera.lens = Lens.CAP
    looking.run(9)
    assert len(list(watch._scene)) == 1
    looking.run(3)
    assert looking.condition is Condition.DEGRADED
    assert list(watch._scene) == []


def test_the_door_itself_refuses_a_search(looking: Site) -> None:
    looking.camera.lens = Lens.TURNED
    looking.run(MINUTE / 2)
    assert looking.device.daemon.gate.permit_to_search(looking.clock.now()) == Refusal(Reason.VIEW_MOVED)


def test_a_camera_that_is_put_back_within_a_minute_looks_on(looking: Site) -> None:
    looking.camera.lens = Lens.TURNED
    looking.run(MINUTE)
    looking.camera.lens = Lens.CLEAN
    looking.run(MINUTE / 3)
    assert looking.condition is Condition.ACTIVE
    assert said(looking) == ["view-moved", ""]
    looking.walk(7)
    looking.run(6)
    assert len(looking.hits) == 1


def test_a_camera_that_stays_moved_ends_the_deployment_because_nobody_authorised_what_it_sees(looking: Site) -> None:
    looking.camera.lens = Lens.TURNED
    leaves(looking)
    looking.run(90)
    assert looking.condition is Condition.IDLE
    assert ends(looking) == [EndReason.CAMERA_MOVED]
    assert not any(looking.device.host.buffers[-1].view)
    assert not looking.camera.is_open


def test_covering_the_lens_while_the_camera_is_moved_hides_nothing(looking: Site) -> None:
    looking.camera.lens = Lens.CAP
    looking.run(15)
    looking.camera.lens = Lens.TURNED
    leaves(looking)
    for _ in range(90):
        looking.run(1)
        assert looking.condition is not Condition.ACTIVE
    assert ends(looking) == [EndReason.CAMERA_MOVED]


def test_moving_it_while_the_officer_is_away_hides_nothing(looking: Site) -> None:
    looking.officer_on_scene = False
    looking.run(190)
    assert looking.condition is Condition.PAUSED
    looking.camera.lens = Lens.TURNED
    looking.confirm_presence()
    looking.officer_on_scene = True
    looking.run(MINUTE)
    assert looking.reasons == ("view-moved",)


def test_what_it_sees_at_the_next_deployment_is_learnt_anew(looking: Site) -> None:
    looking.stop()
    looking.run(1)
    looking.camera.lens = Lens.TURNED
    looking.deploy(7)
    looking.confirm_presence()
    looking.run(MINUTE)
    assert looking.condition is Condition.ACTIVE


def test_every_other_fault_that_stays_ends_it_after_ten_minutes_as_a_pause_does(looking: Site) -> None:
    looking.camera.lens = Lens.DROPS
    looking.run(9 * MINUTE)
    assert looking.condition is Condition.DEGRADED
    leaves(looking)
    looking.run(2.5 * MINUTE)
    assert ends(looking) == [EndReason.PAUSED_TOO_LONG]

"""Somebody sprays, caps or dazzles the lens, or the sun bakes the post: it says so and looks at nobody meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edge.domain.condition import Condition, EndReason
from edge.domain.errors import Reason, Refusal
from edge.domain.host import Heat
from edge.domain.leaves.deployment import Ended, Searched, SightChanged
from hardware_sim.lens import Lens
from hardware_sim.site import Site

MINUTE = 60
ATTACKS = [
    (Lens.CAP, Reason.VIEW_DARK),
    (Lens.PAINT, Reason.VIEW_EMPTY),
    (Lens.LAMP, Reason.VIEW_GLARING),
    (Lens.GREASE, Reason.VIEW_BLURRED),
]


def said(site: Site) -> list[str]:
    return [event.why for event in site.journal() if isinstance(event, SightChanged)]


@pytest.mark.parametrize(("lens", "reason"), ATTACKS)
def test_within_a_minute_it_says_what_is_wrong_and_is_not_operating(watching: Site, lens: Lens, reason: Reason) -> None:
    watching.camera.lens = lens
    watching.run(MINUTE / 4)
    assert watching.condition is Condition.DEGRADED
    assert watching.reasons == (reason.value,)
    assert watching.desk.seen.state is not None
    assert watching.desk.seen.state.reasons == (reason.value,)
    assert said(watching) == [reason.value]


@pytest.mark.parametrize(("lens", "reason"), ATTACKS)
def test_meanwhile_nobody_is_searched_not_even_who_is_listed(watching: Site, lens: Lens, reason: Reason) -> None:
    watching.camera.lens = lens
    watching.run(MINUTE / 4)
    watching.walk(7)
    watching.run(6)
    watching.stop()
    assert watching.hits == []
    assert not [event for event in watching.journal() if isinstance(event, Searched)]
    assert reason.value in said(watching)


def test_the_door_itself_refuses_a_search(watching: Site) -> None:
    watching.camera.lens = Lens.PAINT
    watching.run(MINUTE / 4)
    refused = watching.device.daemon.gate.permit_to_search(watching.clock.now())
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.VIEW_EMPTY


def test_a_lens_that_is_cleaned_sees_again_and_says_so(watching: Site) -> None:
    watching.camera.lens = Lens.GREASE
    watching.run(MINUTE / 4)
    watching.camera.lens = Lens.CLEAN
    watching.run(7)
    assert watching.condition is Condition.ACTIVE
    assert watching.reasons == ()
    assert said(watching) == ["view-blurred", ""]
    watching.walk(7)
    watching.run(6)
    assert len(watching.hits) == 1


def test_a_passing_shadow_changes_nothing(watching: Site) -> None:
    for _ in range(5):
        watching.camera.lens = Lens.CAP
        watching.run(8)
        assert watching.condition is Condition.ACTIVE
        watching.camera.lens = Lens.CLEAN
        watching.run(2)
    assert said(watching) == []


def test_a_flicker_of_light_does_not_make_it_see_again(watching: Site) -> None:
    watching.camera.lens = Lens.CAP
    watching.run(MINUTE / 4)
    for _ in range(5):
        watching.camera.lens = Lens.CLEAN
        watching.run(3)
        watching.camera.lens = Lens.CAP
        watching.run(3)
        assert watching.reasons == ("view-dark",)


def test_it_does_not_count_as_deployed_and_after_ten_minutes_it_is_over(watching: Site) -> None:
    watching.camera.lens = Lens.PAINT
    watching.run(10 * MINUTE + 15)
    assert watching.condition is Condition.IDLE
    assert not any(watching.device.host.buffers[-1].view)
    assert [event.why for event in watching.journal() if isinstance(event, Ended)] == [EndReason.PAUSED_TOO_LONG]


def test_heat_is_said_within_a_minute(watching: Site) -> None:
    watching.device.host.weather = Heat(86.0)
    watching.run(MINUTE)
    assert watching.reasons == ("slowed-by-heat",)


def test_what_was_judged_is_judged_anew_when_the_camera_was_shut(watching: Site) -> None:
    watching.camera.lens = Lens.PAINT
    watching.run(MINUTE / 4)
    watching.officer_on_scene = False
    watching.run(190)
    assert watching.condition is Condition.PAUSED
    watching.camera.lens = Lens.CLEAN
    watching.confirm_presence()
    watching.run(1)
    assert watching.condition is Condition.ACTIVE
    assert watching.device.daemon.gate.frames.latest is not None
    assert watching.clock.now().since(watching.device.daemon.gate.frames.latest) < timedelta(seconds=1)

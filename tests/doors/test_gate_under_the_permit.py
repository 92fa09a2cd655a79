"""The gate while a permit holds: what it says that the device does, and how long it may do nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edge.control_room import deploy
from edge.domain.comparison import Permit
from edge.domain.condition import Condition
from edge.domain.errors import Reason, Refusal
from edge.domain.leaves.deployment import SightChanged
from edge.safeguards.deployment import PAUSE_LIMIT
from edge.safeguards.gate import FRESH, Gate
from edge.safeguards.sight import CLEAR, LASTING
from hardware_sim.lens import Lens
from hardware_sim.site import Site

NOW = timedelta(0)
MOMENT = timedelta(milliseconds=1)


def gate_of(site: Site) -> Gate:
    return site.device.daemon.gate


def condition(site: Site) -> Condition:
    return gate_of(site).condition(site.clock.now())


def explained(site: Site) -> tuple[Reason, ...]:
    return gate_of(site).explain(site.clock.now())


@pytest.fixture
def covered(watching: Site) -> Site:
    """Permitted, with a cap on the lens for as long as makes it a fault."""
    watching.camera.lens = Lens.CAP
    for _ in range(LASTING // timedelta(seconds=1) + 1):
        watching.clock.advance(timedelta(seconds=1))
        gate_of(watching).frames.poll(NOW)
    return watching


def test_a_device_that_sees_nothing_does_not_search_and_says_why(covered: Site) -> None:
    gate, now = gate_of(covered), covered.clock.now()
    assert isinstance(gate.permit(now), Permit)
    assert gate.permit_to_search(now) == Refusal(Reason.VIEW_DARK)
    assert explained(covered) == (Reason.VIEW_DARK,)
    assert condition(covered) is Condition.DEGRADED


def test_the_journal_says_when_the_device_went_blind_and_when_it_saw_again(covered: Site) -> None:
    covered.camera.lens = Lens.CLEAN
    for _ in range(CLEAR // timedelta(seconds=1) + 1):
        covered.clock.advance(timedelta(seconds=1))
        gate_of(covered).frames.poll(NOW)
    assert [event.why for event in covered.journal() if isinstance(event, SightChanged)] == ["view-dark", ""]


def test_without_trusted_time_a_device_is_unsafe_and_a_deployment_paused_until_it_is_ended(watching: Site) -> None:
    watching.clock.trusted = False
    assert condition(watching) is Condition.PAUSED
    gate_of(watching).tick(watching.clock.now())
    assert condition(watching) is Condition.UNSAFE
    watching.clock.trusted = True
    assert condition(watching) is Condition.IDLE


def test_a_deployment_that_never_looked_waits_and_is_not_called_paused(site: Site) -> None:
    site.run(0.2)
    site.deploy(7)
    assert condition(site) is Condition.WAITING
    assert explained(site) == (Reason.NO_PRESENCE,)


def test_a_list_that_nobody_can_be_compared_with_is_destroyed_ten_minutes_later(covered: Site) -> None:
    """Permitted or not: while the device sees nothing, nobody is looked at."""
    gate = gate_of(covered)
    gate.tick(covered.clock.now())
    covered.clock.advance(PAUSE_LIMIT - MOMENT)
    gate.tick(covered.clock.now())
    assert gate.believed is not None
    covered.clock.advance(MOMENT)
    gate.tick(covered.clock.now())
    assert gate.believed is None


def test_the_ten_minutes_of_an_opened_list_begin_when_it_is_opened(site: Site) -> None:
    """Even where the device does nothing at all until then."""
    site.run(1)
    deploy.start(site.desk, site.office.signed(site.authorisation(site.list_of(7))), site.office.operator)
    gate = gate_of(site)
    gate.list_opened(site.clock.now())
    site.clock.advance(PAUSE_LIMIT)
    gate.tick(site.clock.now())
    assert gate.believed is None


def test_a_frame_is_fresh_for_two_seconds_and_not_for_longer(watching: Site) -> None:
    watching.clock.advance(FRESH)
    assert isinstance(gate_of(watching).permit_to_search(watching.clock.now()), Permit)
    assert condition(watching) is Condition.ACTIVE
    watching.clock.advance(MOMENT)
    assert gate_of(watching).permit_to_search(watching.clock.now()) == Refusal(Reason.CAPTURE_STALE)
    assert condition(watching) is Condition.PAUSED


def test_while_the_first_frame_of_a_permit_may_still_come_the_device_waits_and_misses_nothing(watching: Site) -> None:
    gate = gate_of(watching)
    watching.camera.frozen = True
    gate.lapse(watching.clock.now())
    gate.frames.poll(NOW)
    assert watching.camera.is_open
    for span in (NOW, FRESH):
        watching.clock.advance(span)
        assert condition(watching) is Condition.WAITING
        assert explained(watching) == ()
    watching.clock.advance(MOMENT)
    assert condition(watching) is Condition.PAUSED
    assert explained(watching) == (Reason.CAPTURE_STALE,)


def test_without_presence_it_is_paused_from_the_very_instant_however_fresh_the_frames_are(watching: Site) -> None:
    gate = gate_of(watching)
    gate._presence.forget()
    assert gate.frames.latest is not None
    assert condition(watching) is Condition.PAUSED
    assert explained(watching) == (Reason.NO_PRESENCE,)


def test_a_permit_is_void_after_every_later_lapse_too(watching: Site) -> None:
    gate, now = gate_of(watching), watching.clock.now()
    permits = []
    for _ in range(3):
        permit = gate.permit(now)
        assert isinstance(permit, Permit)
        permits.append(permit)
        gate.lapse(now)
    assert len({permit.generation for permit in permits}) == 3
    assert isinstance(gate.permit(now), Permit)
    assert not any(gate.holds(permit, now) for permit in permits)

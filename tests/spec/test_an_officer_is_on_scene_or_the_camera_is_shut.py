"""Presence: a person at the camera says so, freshly, again and again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edge.control_room import deploy
from edge.control_room.desk import Refused
from edge.domain.condition import Condition
from hardware_sim.site import Site


def test_when_the_officer_leaves_the_camera_is_shut_within_the_lease_and_a_second(watching: Site) -> None:
    watching.officer_on_scene = False
    state = watching.device.daemon.report.state(watching.clock.now())
    assert state.presence_until is not None
    lease = state.presence_until - watching.clock.now().wall
    assert lease <= timedelta(seconds=180)
    watching.run(lease.total_seconds() + 1)
    assert watching.condition is Condition.PAUSED
    assert not watching.camera.is_open
    watching.walk(7)
    watching.run(10)
    assert watching.hits == []


def test_presence_that_comes_back_resumes_looking(watching: Site) -> None:
    watching.officer_on_scene = False
    watching.run(200)
    assert watching.condition is Condition.PAUSED
    watching.confirm_presence()
    watching.officer_on_scene = True
    watching.run(1)
    assert watching.condition is Condition.ACTIVE
    watching.walk(7)
    watching.run(6)
    assert len(watching.hits) == 1


def test_a_pause_of_ten_minutes_ends_the_deployment_and_destroys_the_list(watching: Site) -> None:
    watching.officer_on_scene = False
    watching.run(180)
    memory = watching.device.host.buffers[-1]
    assert any(memory.view)
    watching.run(601)
    assert watching.condition is Condition.IDLE
    assert not any(memory.view)
    with pytest.raises(Refused, match="no-authorisation"):
        deploy.stop(watching.desk, "test-1", watching.office.operator)


def test_a_presence_nonce_counts_once(watching: Site) -> None:
    watching.officer_on_scene = False
    state = watching.desk.seen.state
    assert state is not None
    watching.confirm_presence()
    watching.desk.seen.state = state
    with pytest.raises(Refused, match="nonce-unknown"):
        deploy.confirm_presence(watching.desk, watching.office.presence)


def test_an_operator_cannot_confirm_presence(watching: Site) -> None:
    with pytest.raises(Refused, match="wrong-role"):
        deploy.confirm_presence(watching.desk, watching.office.operator)


def test_a_presence_signature_that_was_held_back_is_worth_nothing(watching: Site) -> None:
    watching.officer_on_scene = False
    state = watching.desk.seen.state
    watching.run(130)
    watching.desk.seen.state = state
    with pytest.raises(Refused, match="nonce-unknown"):
        deploy.confirm_presence(watching.desk, watching.office.presence)


def test_the_lease_counts_from_the_nonce_not_from_the_receipt(watching: Site) -> None:
    watching.officer_on_scene = False
    before = watching.device.daemon.report.state(watching.clock.now())
    issued = before.nonce_until
    watching.run(10)
    watching.confirm_presence()
    after = watching.device.daemon.report.state(watching.clock.now())
    assert after.presence_until is not None
    assert after.presence_until <= issued + timedelta(seconds=180)
    assert after.presence_until < watching.clock.now().wall + timedelta(seconds=180)

"""The gate, with everything around it replaced or bypassed: nothing but the gate stands before the camera here."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path

import pytest

import edge
from edge.domain.comparison import Permit
from edge.domain.errors import JournalUnwritable, Reason, Refusal, Unsafe
from edge.domain.record import CaptureClosed, CaptureOpened, Condition
from hardware_sim.site import Died, Site

NOW = timedelta(0)


def test_frames_come_only_through_a_permit_even_when_nobody_else_checks(site: Site) -> None:
    frames = site.device.daemon.gate.frames
    for _ in range(10):
        assert frames.poll(NOW) is None
    assert site.camera.opens == 0


def test_the_opening_is_recorded_before_the_camera_opens(watching: Site) -> None:
    events = watching.journal()
    opened = next(i for i, event in enumerate(events) if isinstance(event, CaptureOpened))
    assert [event.kind for event in events[:opened]] == ["booted", "began", "list-opened", "presence-confirmed"]


def test_a_camera_that_cannot_be_recorded_is_not_opened(site: Site) -> None:
    site.run(1)
    site.deploy(7)
    gate, journal = site.device.daemon.gate, site.device.daemon.tell._journal
    site.confirm_presence()
    watched = site.camera.opens
    site.camera.close()
    journal.fail(JournalUnwritable("The disk is full.", "Free some."))
    site.run(1)
    assert site.camera.opens == watched
    assert site.condition is Condition.UNSAFE
    assert isinstance(gate.permit(site.clock.now()), Refusal)


def test_a_frame_captured_when_the_permit_lapsed_is_dropped(watching: Site) -> None:
    frames, gate = watching.device.daemon.gate.frames, watching.device.daemon.gate
    real = watching.camera.next

    def slow(timeout: timedelta) -> object:
        frame = real(timeout)
        watching.clock.advance(timedelta(seconds=181))
        return frame

    watching.clock.advance(timedelta(milliseconds=100))
    watching.camera.next = slow  # type: ignore[method-assign, assignment]
    assert frames.poll(NOW) is None
    assert isinstance(gate.permit(watching.clock.now()), Refusal)


def test_a_permit_names_the_earliest_deadline(watching: Site) -> None:
    permit = watching.device.daemon.gate.permit(watching.clock.now())
    assert isinstance(permit, Permit)
    state = watching.device.daemon.report.state(watching.clock.now())
    assert permit.deadline.wall == state.presence_until


def test_a_permit_of_an_older_generation_is_void_for_ever(watching: Site) -> None:
    gate, now = watching.device.daemon.gate, watching.clock.now()
    old = gate.permit(now)
    assert isinstance(old, Permit)
    assert gate.holds(old, now)
    gate.lapse(now)
    assert not gate.holds(old, now)
    assert isinstance(gate.permit(now), Permit)
    assert not gate.holds(old, now)


def test_whoever_waits_for_a_frame_is_woken_when_the_permit_lapses(watching: Site) -> None:
    assert not watching.camera.cancelled
    watching.device.daemon.gate.lapse(watching.clock.now())
    assert watching.camera.cancelled


def test_a_camera_that_does_not_shut_ends_the_process(watching: Site) -> None:
    gate = watching.device.daemon.gate
    watching.clock.advance(timedelta(seconds=200))
    gate.tick(watching.clock.now())
    watching.clock.advance(timedelta(milliseconds=900))
    gate.tick(watching.clock.now())
    watching.clock.advance(timedelta(milliseconds=200))
    with pytest.raises(Died, match="not shut within a second"):
        gate.tick(watching.clock.now())


def test_the_end_destroys_even_where_nothing_can_be_recorded(watching: Site) -> None:
    journal = watching.device.daemon.tell._journal
    memory = watching.device.host.buffers[-1]
    journal.fail(Unsafe("The disk is gone.", "Get another."))
    watching.run(0.2)
    assert not any(memory.view)
    assert not watching.camera.is_open
    assert watching.condition is Condition.UNSAFE


def test_a_lost_camera_is_a_lapse_and_is_opened_again(watching: Site) -> None:
    watching.camera.unplugged = True
    watching.run(0.3)
    assert not watching.camera.is_open
    watching.run(5)
    watching.camera.unplugged = False
    watching.run(10)
    assert watching.condition is Condition.ACTIVE
    closed = [event.why for event in watching.journal() if isinstance(event, CaptureClosed)]
    assert set(closed) == {Reason.CAPTURE_STALE.value}
    assert len(closed) <= 5


def test_a_frozen_camera_is_noticed_by_the_age_of_its_last_frame(watching: Site) -> None:
    watching.camera.frozen = True
    watching.run(1.5)
    permit = watching.device.daemon.gate.permit_to_search(watching.clock.now())
    assert isinstance(permit, Permit)
    watching.run(1)
    refused = watching.device.daemon.gate.permit_to_search(watching.clock.now())
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.CAPTURE_STALE


def test_only_the_gate_is_given_the_camera() -> None:
    """In the source: the raw camera goes to the gate's constructor and nowhere else."""
    uses = [
        (path.name, node.value.id)
        for path in Path(edge.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "camera" and isinstance(node.value, ast.Name)
    ]
    assert sorted(uses) == [
        ("assemble.py", "settings"),
        ("assemble.py", "world"),
        ("assemble.py", "world"),
        ("assemble.py", "world"),
    ]

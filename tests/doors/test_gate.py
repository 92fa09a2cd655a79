"""The gate, with everything around it replaced or bypassed: nothing but the gate stands before the camera here."""

from __future__ import annotations

import ast
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import edge
from edge.control_room import deploy
from edge.control_room.desk import Refused
from edge.domain.comparison import Permit
from edge.domain.condition import Condition, EndReason
from edge.domain.errors import JournalUnwritable, Reason, Refusal, Unsafe
from edge.domain.leaves.deployment import CaptureClosed, CaptureOpened, Ended
from edge.measure.people import UNSIGNED
from edge.safeguards.deployment import PAUSE_LIMIT
from edge.safeguards.gate import CLOSING
from edge.safeguards.verify import Believed
from hardware_sim.host import Died
from hardware_sim.site import Site

NOW = timedelta(0)
THRESHOLD = Decimal("0.5")
KEY = "A" * 43


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


def test_a_lapse_wipes_everything_that_was_seen(watching: Site) -> None:
    pixels = seen_of_a_passer_by(watching)
    watching.device.daemon.gate.lapse(watching.clock.now())
    watching.run(0.1)
    assert not any(kept.any() for kept in pixels)


def test_the_end_wipes_everything_that_was_seen_and_shuts_the_camera(watching: Site) -> None:
    pixels = seen_of_a_passer_by(watching)
    watching.officer_on_scene = False
    watching.stop()
    watching.run(0.1)
    assert not any(kept.any() for kept in pixels)
    assert not watching.camera.is_open
    assert not list(watching.device.daemon.watch._scene)


def seen_of_a_passer_by(site: Site) -> list[NDArray[np.uint8]]:
    """The pixels that the frame path holds of somebody who is just passing."""
    site.walk(30)
    site.run(0.6)
    (track,) = site.device.daemon.watch._scene
    pixels = [kept for sample in track.samples for kept in (sample.aligned, sample.context)]
    assert pixels
    assert all(kept.any() for kept in pixels)
    return pixels


def test_an_authorisation_is_not_put_in_force_without_a_trusted_clock_or_a_journal(site: Site) -> None:
    gate, now = site.device.daemon.gate, site.clock.now()
    believed = Believed(site.authorisation(site.list_of(7)), "0" * 64, UNSIGNED)
    site.clock.trusted = False
    assert refusal(gate.begin(believed, KEY, THRESHOLD, now)) is Reason.CLOCK_UNTRUSTED
    site.clock.trusted = True
    site.device.daemon.tell._journal.fail(JournalUnwritable("The disk is full.", "Free some."))
    assert refusal(gate.begin(believed, KEY, THRESHOLD, now)) is Reason.UNSAFE
    assert gate.believed is None


def test_a_second_authorisation_waits_for_the_end_of_the_first(watching: Site) -> None:
    another = Believed(watching.authorisation(watching.list_of(8)), "1" * 64, UNSIGNED)
    gate, first = watching.device.daemon.gate, watching.device.daemon.gate.believed
    assert refusal(gate.begin(another, KEY, THRESHOLD, watching.clock.now())) is Reason.OTHER_AUTHORISATION
    assert gate.believed is first


def test_after_a_power_cut_an_older_authorisation_is_not_accepted(site: Site) -> None:
    site.run(1)
    sealed = site.list_of(7)
    older, newer = (site.office.signed(site.authorisation(sealed)) for _ in range(2))
    deploy.start(site.desk, newer, site.office.operator)
    site.power_cut()
    site.run(1)
    with pytest.raises(Refused, match="replayed"):
        deploy.start(site.desk, older, site.office.operator)


def test_every_end_is_recorded_once_and_so_is_the_destruction_of_an_opened_list(site: Site) -> None:
    site.run(1)
    gate = site.device.daemon.gate
    deploy.start(site.desk, site.office.signed(site.authorisation(site.list_of(7))), site.office.operator)
    assert gate.end(EndReason.STOPPED, site.clock.now())
    assert [event.kind for event in site.journal()][-2:] == ["began", "ended"]
    site.deploy(8)
    assert gate.end(EndReason.STOPPED, site.clock.now())
    assert [event.kind for event in site.journal()][-4:] == ["began", "list-opened", "list-destroyed", "ended"]
    assert not gate.end(EndReason.STOPPED, site.clock.now())
    assert len([event for event in site.journal() if isinstance(event, Ended)]) == 2


def test_after_an_orderly_end_a_restart_finds_nothing_cut_off(watching: Site) -> None:
    watching.officer_on_scene = False
    watching.stop()
    watching.power_cut()
    watching.run(1)
    assert [event.why for event in watching.journal() if isinstance(event, Ended)] == [EndReason.STOPPED]


def test_it_explains_what_is_missing_for_a_search(watching: Site) -> None:
    gate = watching.device.daemon.gate
    assert gate.explain(watching.clock.now()) == ()
    watching.camera.frozen = True
    watching.clock.advance(timedelta(seconds=2.5))
    assert gate.explain(watching.clock.now()) == (Reason.CAPTURE_STALE,)
    watching.clock.advance(timedelta(seconds=200))
    assert gate.explain(watching.clock.now()) == (Reason.NO_PRESENCE,)


def test_a_list_that_is_said_to_be_open_twice_is_recorded_once(watching: Site) -> None:
    gate, now = watching.device.daemon.gate, watching.clock.now()
    gate.list_opened(now)
    assert [event.kind for event in watching.journal()].count("list-opened") == 1
    gate.end(EndReason.STOPPED, now)
    gate.list_opened(now)
    assert [event.kind for event in watching.journal()].count("list-opened") == 1


def refusal(said: Refusal | None) -> Reason | None:
    return None if said is None else said.reason


def test_a_camera_that_does_not_shut_ends_the_process(watching: Site) -> None:
    gate = watching.device.daemon.gate
    watching.clock.advance(timedelta(seconds=200))
    gate.tick(watching.clock.now())
    watching.clock.advance(CLOSING)
    gate.tick(watching.clock.now())
    watching.clock.advance(timedelta(milliseconds=1))
    with pytest.raises(Died, match="camera-not-shut"):
        gate.tick(watching.clock.now())


def test_another_lapse_gives_a_camera_that_does_not_shut_no_more_time(watching: Site) -> None:
    gate = watching.device.daemon.gate
    gate.lapse(watching.clock.now())
    watching.clock.advance(CLOSING)
    gate.lapse(watching.clock.now())
    watching.clock.advance(timedelta(milliseconds=1))
    with pytest.raises(Died, match="camera-not-shut"):
        gate.tick(watching.clock.now())


def test_a_pause_that_the_machine_slept_through_counts_from_the_end_of_the_permit(watching: Site) -> None:
    gate = watching.device.daemon.gate
    permit = gate.permit(watching.clock.now())
    assert isinstance(permit, Permit)
    left = permit.deadline.boot - watching.clock.now().boot
    watching.clock.advance(left + PAUSE_LIMIT - timedelta(milliseconds=1))
    gate.frames.poll(NOW)
    gate.tick(watching.clock.now())
    assert gate.believed is not None
    watching.clock.advance(timedelta(milliseconds=1))
    gate.tick(watching.clock.now())
    assert gate.believed is None


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
    """In the source: the raw camera goes to the gate's constructor and nowhere else; ``settings`` hold no camera."""
    uses = [
        (path.name, node.value.id)
        for path in Path(edge.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr == "camera"
        and isinstance(node.value, ast.Name)
        and node.value.id != "settings"
    ]
    # Whether the world's is simulated is asked before anything is begun, and where the facts are set down.
    assert sorted(uses) == [("__init__.py", "world"), ("doors.py", "world"), ("doors.py", "world")]


def test_a_camera_that_was_shut_and_opened_anew_at_once_has_not_outlived_its_permit(watching: Site) -> None:
    """A permit is voided, another follows: in between the camera was shut, whether or not the gate saw it."""
    gate = watching.device.daemon.gate
    gate.lapse(watching.clock.now())
    gate.frames.poll(timedelta(0))
    assert gate.frames.is_open
    watching.run(3)
    assert watching.condition is Condition.ACTIVE
    assert watching.camera.closes == 1

"""Frames: what the gate lets through, and what it does when the capture device fails."""

from __future__ import annotations

import itertools
from datetime import timedelta

from edge.domain.capture import Frame
from edge.domain.comparison import Permit
from edge.domain.condition import Condition
from edge.domain.errors import Reason
from edge.domain.leaves.deployment import CaptureClosed
from edge.safeguards.frames import FROZEN, Frames
from hardware_sim.site import Site

NOW = timedelta(0)
TICK = timedelta(milliseconds=100)


def frames_of(site: Site) -> Frames:
    return site.device.daemon.gate.frames


def poll(site: Site, span: timedelta = TICK) -> Frame | None:
    site.clock.advance(span)
    return frames_of(site).poll(NOW)


def test_iteration_yields_frames_and_nothing_else(watching: Site) -> None:
    watching.clock.advance(TICK)
    assert isinstance(next(iter(frames_of(watching))), Frame)


def test_a_lapse_shuts_the_camera_even_where_the_next_permit_follows_at_once(watching: Site) -> None:
    gate, camera = watching.device.daemon.gate, watching.camera
    opens, closes = camera.opens, camera.closes
    gate.lapse(watching.clock.now())
    assert isinstance(poll(watching), Frame)
    assert (camera.opens, camera.closes) == (opens + 1, closes + 1)
    kinds = [event.kind for event in watching.journal()]
    assert kinds[-2:] == ["capture-closed", "capture-opened"]


def test_a_frozen_camera_is_shut_and_voids_the_permit(watching: Site) -> None:
    gate = watching.device.daemon.gate
    permit = gate.permit(watching.clock.now())
    assert isinstance(permit, Permit)
    assert isinstance(poll(watching), Frame)
    watching.camera.frozen = True
    assert poll(watching, FROZEN) is None
    assert watching.camera.is_open
    assert poll(watching) is None
    assert not watching.camera.is_open
    assert not gate.holds(permit, watching.clock.now())
    closed = [event.why for event in watching.journal() if isinstance(event, CaptureClosed)]
    assert closed == [Reason.CAPTURE_STALE.value]


def test_a_lost_camera_is_tried_again_after_one_two_four_and_eight_seconds(watching: Site) -> None:
    camera = watching.camera
    camera.unplugged = True
    tried = []
    opens = camera.opens
    for tenth in range(400):
        assert poll(watching) is None
        if tenth % 10 == 0:
            watching.device.daemon.obey.step(NOW)
        if camera.opens > opens:
            opens = camera.opens
            tried.append(tenth)
    waits = [later - earlier for earlier, later in itertools.pairwise(tried)]
    assert waits[:4] == [20, 40, 80, 80]


def test_the_counts_are_those_of_the_camera(watching: Site) -> None:
    counts = frames_of(watching).counts
    before = counts.frames
    for _ in range(5):
        assert poll(watching) is not None
    assert counts.frames == before + 5
    assert counts.opens == watching.camera.opens
    watching.camera.unplugged = True
    poll(watching)
    assert counts.losses == 1


def test_a_device_that_is_lost_is_named_as_the_reason_all_the_while(watching: Site) -> None:
    """Also while it is opened again: nobody is told «paused» without a why."""
    watching.camera.frozen = True
    watching.run(2.5)
    for _ in range(60):
        watching.run(0.2)
        assert watching.condition is Condition.PAUSED
        assert watching.reasons == ("capture-stale",)
    watching.camera.frozen = False
    watching.run(10)
    assert watching.condition is Condition.ACTIVE
    assert watching.reasons == ()

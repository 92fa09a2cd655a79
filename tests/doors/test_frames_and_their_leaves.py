"""Frames: what is written down of every opening of the capture device, and how it is asked for frames."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.domain.capture import Frame
from edge.domain.comparison import Permit
from edge.domain.errors import Reason
from edge.domain.leaves.deployment import CaptureClosed
from edge.safeguards.frames import WAIT, Frames
from hardware_sim.site import Site
from hardware_sim.switches import SimulatedSwitch

NOW = timedelta(0)
TICK = timedelta(milliseconds=100)


def frames_of(site: Site) -> Frames:
    return site.device.daemon.gate.frames


def poll(site: Site, span: timedelta = TICK) -> Frame | None:
    site.clock.advance(span)
    return frames_of(site).poll(NOW)


def closings(site: Site) -> list[CaptureClosed]:
    return [event for event in site.journal() if isinstance(event, CaptureClosed)]


class Asked:
    """Writes down how long the capture device was asked to wait for a frame."""

    def __init__(self, site: Site) -> None:
        self.timeouts: list[timedelta] = []
        asked = site.camera.next

        def noted(timeout: timedelta) -> Frame | None:
            self.timeouts.append(timeout)
            return asked(timeout)

        site.camera.next = noted  # type: ignore[method-assign]


def test_each_closing_says_how_many_frames_came_since_its_own_opening(watching: Site) -> None:
    came = frames_of(watching).counts.frames
    for more in (0, 3, 5):
        for _ in range(more):
            assert poll(watching) is not None
        frames_of(watching).shut(watching.clock.now(), (Reason.NO_PRESENCE,))
        assert closings(watching)[-1].frames == came + more
        came = 0


def test_every_opening_and_every_loss_is_counted(watching: Site) -> None:
    counts = frames_of(watching).counts
    opens = counts.opens
    for number in (1, 2, 3):
        watching.camera.unplugged = True
        poll(watching)
        assert frames_of(watching).lost
        assert counts.losses == number
        watching.camera.unplugged = False
        assert poll(watching, timedelta(seconds=8)) is not None
        assert not frames_of(watching).lost
        assert counts.opens == opens + number


def test_a_device_that_was_never_lost_is_not_called_lost(site: Site) -> None:
    assert not frames_of(site).lost


def test_the_first_loss_is_made_good_after_one_second(watching: Site) -> None:
    watching.camera.unplugged = True
    poll(watching)
    watching.camera.unplugged = False
    assert poll(watching, timedelta(milliseconds=999)) is None
    assert poll(watching, timedelta(milliseconds=1)) is not None


def test_a_closing_names_every_reason(watching: Site) -> None:
    frames_of(watching).shut(watching.clock.now(), (Reason.NO_PRESENCE, Reason.WINDOW_CLOSED))
    assert closings(watching)[-1].why == "no-presence,window-closed"


def test_a_closing_without_any_other_reason_is_a_permit_that_lapsed(watching: Site) -> None:
    frames_of(watching).shut(watching.clock.now(), ())
    assert closings(watching)[-1].why == "permit-lapsed"


def test_nobody_waits_for_a_frame_beyond_the_end_of_the_permit(watching: Site) -> None:
    permit = watching.device.daemon.gate.permit(watching.clock.now())
    assert isinstance(permit, Permit)
    asked, left = Asked(watching), permit.deadline.boot - watching.clock.now().boot
    watching.clock.advance(left - TICK)
    frames_of(watching).poll(WAIT)
    frames_of(watching).poll(TICK / 2)
    assert asked.timeouts == [TICK, TICK / 2]


@pytest.fixture
def post(tmp_path: Path) -> Site:
    """With a power switch that settles for two seconds; permitted, and not yet open."""
    site = Site(tmp_path)
    site.senses = replace(site.senses, power=SimulatedSwitch(settles=timedelta(seconds=2)))
    site.power_cut()
    site.run(1)
    site.deploy(7)
    return site


def test_while_its_power_settles_the_capture_device_is_not_asked_for_frames(post: Site) -> None:
    asked = Asked(post)
    post.confirm_presence()
    assert frames_of(post).is_open
    post.run(1)
    assert asked.timeouts == []
    post.run(2)
    assert asked.timeouts
    assert post.camera.is_open


def test_a_power_switch_that_does_not_go_off_is_named_by_the_closing(post: Site) -> None:
    post.confirm_presence()
    post.run(3)
    assert isinstance(post.senses.power, SimulatedSwitch)
    post.senses.power.sticks = True
    frames_of(post).shut(post.clock.now(), (Reason.NO_PRESENCE,))
    assert closings(post)[-1].why == "no-presence,switch-stuck"

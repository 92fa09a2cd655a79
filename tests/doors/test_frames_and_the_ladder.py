"""The ladder on which a lost capture device is brought back, and its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edge.domain.condition import EndReason
from edge.domain.errors import CaptureGivenUp
from edge.safeguards.deployment import PAUSE_LIMIT
from edge.safeguards.frames import FIRST, FROZEN, GIVEN_UP, GIVEN_UP_TIMES, Frames, given_up
from hardware_sim.site import Site

TICK = timedelta(milliseconds=100)


def frames_of(site: Site) -> Frames:
    return site.device.daemon.gate.frames


def live(site: Site, span: timedelta) -> None:
    """Let time go by with an officer on scene."""
    site.officer_on_scene = True
    site.run(span.total_seconds())


def test_the_first_frame_after_an_opening_may_take_five_seconds(watching: Site) -> None:
    watching.device.daemon.gate.lapse(watching.clock.now())
    watching.camera.frozen = True
    losses = frames_of(watching).counts.losses
    live(watching, FIRST)
    assert frames_of(watching).counts.losses == losses
    live(watching, 2 * TICK)
    assert frames_of(watching).counts.losses == losses + 1


def test_every_later_one_two(watching: Site) -> None:
    losses = frames_of(watching).counts.losses
    live(watching, TICK)
    watching.camera.frozen = True
    live(watching, FROZEN)
    assert frames_of(watching).counts.losses == losses
    live(watching, 2 * TICK)
    assert frames_of(watching).counts.losses == losses + 1


def test_a_process_ends_when_the_pause_has_ended_its_deployment_and_never_before(watching: Site) -> None:
    watching.camera.unplugged = True
    live(watching, PAUSE_LIMIT - timedelta(seconds=5))
    assert watching.device.daemon.gate.believed is not None
    with pytest.raises(CaptureGivenUp):
        live(watching, timedelta(seconds=10))
    assert not watching.camera.is_open
    assert watching.device.daemon.gate.last_end is EndReason.PAUSED_TOO_LONG


def test_a_camera_that_was_lost_a_moment_before_a_stop_ends_no_process(watching: Site) -> None:
    watching.camera.unplugged = True
    live(watching, GIVEN_UP - timedelta(seconds=5))
    watching.stop()
    live(watching, timedelta(seconds=3))
    assert given_up(watching.device.store) == 0


def test_one_that_was_lost_for_long_does(watching: Site) -> None:
    watching.camera.unplugged = True
    live(watching, GIVEN_UP + timedelta(seconds=5))
    with pytest.raises(CaptureGivenUp):
        watching.stop()


def test_it_is_counted_over_all_lives(watching: Site) -> None:
    for times in (1, 2):
        watching.camera.unplugged = True
        with pytest.raises(CaptureGivenUp):
            live(watching, timedelta(minutes=11))
        watching.power_cut()
        assert given_up(watching.device.store) == times
        assert watching.device.daemon.report.counters()["camera-given-up"] == times
        watching.run(1)
        watching.deploy(7)
        watching.confirm_presence()
        watching.run(1)


def test_a_process_that_never_had_a_frame_goes_on_trying(site: Site) -> None:
    """Another one would have none either."""
    site.camera.unplugged = True
    site.run(1)
    site.deploy(7)
    site.confirm_presence()
    live(site, timedelta(minutes=9))
    site.officer_on_scene = False
    site.run(120)
    assert site.device.daemon.gate.believed is None
    assert frames_of(site).counts.losses > 50
    assert given_up(site.device.store) == 0


def test_a_frame_in_between_begins_the_two_minutes_anew(watching: Site) -> None:
    for _ in range(2):
        watching.camera.unplugged = True
        live(watching, timedelta(seconds=100))
        watching.camera.unplugged = False
        live(watching, timedelta(seconds=10))
    watching.camera.unplugged = True
    live(watching, timedelta(seconds=100))
    watching.stop()
    assert given_up(watching.device.store) == 0


def test_a_count_that_cannot_be_read_is_none() -> None:
    class Odd:
        def get(self, name: str) -> bytes:
            assert name == GIVEN_UP_TIMES
            return b"x"

    assert given_up(Odd()) == 0  # type: ignore[arg-type]

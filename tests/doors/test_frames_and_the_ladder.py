"""The ladder on which a lost capture device is brought back, and its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edge.domain.errors import CaptureGivenUp
from edge.domain.leaves.deployment import CaptureClosed
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


def test_after_two_minutes_the_process_ends_and_the_journal_says_why(watching: Site) -> None:
    live(watching, TICK)
    watching.camera.unplugged = True
    began = watching.clock.now()
    with pytest.raises(CaptureGivenUp):
        live(watching, timedelta(minutes=5))
    assert GIVEN_UP <= watching.clock.now().since(began) <= GIVEN_UP + timedelta(seconds=10)
    assert not watching.camera.is_open
    closed = [event.why for event in watching.journal() if isinstance(event, CaptureClosed)]
    assert closed[-1] == "capture-stale,capture-given-up"
    assert closed[-2] == "capture-stale"


def test_it_is_counted_over_all_lives(watching: Site) -> None:
    for times in (1, 2):
        live(watching, TICK)
        watching.camera.unplugged = True
        with pytest.raises(CaptureGivenUp):
            live(watching, timedelta(minutes=5))
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
    live(site, timedelta(minutes=5))
    assert frames_of(site).counts.losses > 30


def test_a_frame_in_between_begins_the_two_minutes_anew(watching: Site) -> None:
    for _ in range(3):
        watching.camera.unplugged = True
        live(watching, timedelta(seconds=100))
        watching.camera.unplugged = False
        live(watching, timedelta(seconds=10))
    assert watching.camera.is_open


def test_a_count_that_cannot_be_read_is_none() -> None:
    class Odd:
        def get(self, name: str) -> bytes:
            assert name == GIVEN_UP_TIMES
            return b"x"

    assert given_up(Odd()) == 0  # type: ignore[arg-type]

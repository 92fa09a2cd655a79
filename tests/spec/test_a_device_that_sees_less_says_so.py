"""Too hot or too slow: it looks at fewer frames, finds people all the same, and never keeps quiet about it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from edge.domain.condition import Condition
from edge.domain.host import Heat
from hardware_sim.scripted import ScriptedDetector
from hardware_sim.site import Site

FAST = timedelta(milliseconds=40)
HOT = Heat(86.0)


@pytest.fixture
def looking(tmp_path: Path) -> Site:
    """A device at 25 frames a second, deployed with the volunteer 7 on the list."""
    site = Site(tmp_path, frame=FAST)
    site.run(1)
    site.deploy(7)
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(2)
    return site


def counters(site: Site) -> dict[str, int]:
    return site.device.daemon.report.counters()


def frames_in(site: Site, seconds: float) -> int:
    before = counters(site)["frames"]
    site.run(seconds)
    return counters(site)["frames"] - before


def test_at_first_every_frame_is_looked_at(looking: Site) -> None:
    assert frames_in(looking, 4) == 100
    assert counters(looking)["pace-one-in"] == 1
    assert looking.reasons == ()


def test_a_hot_device_looks_at_fewer_frames_and_says_so_in_state_and_health(looking: Site) -> None:
    looking.device.host.weather = HOT
    looking.run(30)
    assert frames_in(looking, 4) == 20
    assert looking.condition is Condition.ACTIVE
    assert looking.desk.seen.state is not None
    assert looking.desk.seen.state.reasons == ("slowed-by-heat",)
    looking.run(10)
    assert looking.desk.seen.health is not None
    health = looking.desk.seen.health
    said = health.counters
    assert (health.gauges["pace-one-in"], health.machine.celsius, said["pace-lowered-heat"]) == (5, 86, 3)
    assert said["frames-left-out"] + said["frames"] == said["frames-captured"]


def test_it_still_finds_who_is_listed(looking: Site) -> None:
    looking.device.host.weather = HOT
    looking.run(30)
    looking.walk(7, lasts=3)
    looking.run(6)
    assert [hit.content.entry for hit in looking.hits] == ["v-0007"]
    assert counters(looking)["searches"] == 1


def test_when_it_has_cooled_down_it_looks_at_every_frame_again(looking: Site) -> None:
    looking.device.host.weather = HOT
    looking.run(30)
    looking.device.host.weather = Heat(60.0)
    looking.run(60)
    assert counters(looking)["pace-raised"] == 3
    assert looking.reasons == ()
    assert frames_in(looking, 4) == 100


def test_a_device_that_cannot_keep_up_says_so(looking: Site) -> None:
    detector = looking.senses.detector
    assert isinstance(detector, ScriptedDetector)
    detector.takes = timedelta(milliseconds=50)
    looking.run(20)
    assert looking.reasons == ("slowed-by-load",)
    assert counters(looking)["pace-lowered-load"] >= 1
    detector.takes = timedelta(0)
    looking.run(60)
    assert looking.reasons == ()


def test_the_journal_has_no_leaf_of_it(looking: Site) -> None:
    before = len(looking.journal())
    looking.device.host.weather = HOT
    looking.run(30)
    assert {event.kind for event in looking.journal()[before:]} <= {"presence-confirmed", "searched"}

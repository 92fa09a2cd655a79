"""Off is a claim until it can be shown: heartbeats on time, power cut, a lamp that burns when the camera may see."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.domain.condition import Condition, EndReason
from edge.domain.errors import CaptureGivenUp, JournalUnwritable
from edge.domain.leaves.deployment import CaptureClosed, CaptureOpened, Ended
from edge.domain.leaves.device import Alive, Booted
from edge.wire.log import decode_leaf
from hardware_sim.site import Site
from hardware_sim.switches import SimulatedSwitch

TEN_SECONDS = timedelta(seconds=10)


class Post(Site):
    """A device whose camera has a power switch, and that has a public lamp."""

    def __init__(self, folder: Path, **options: object) -> None:
        super().__init__(folder)
        self.lamp, self.power = SimulatedSwitch(), SimulatedSwitch()
        self.senses = replace(self.senses, power=self.power, lamp=self.lamp)
        self.power_cut()
        self.run(1)

    def look(self) -> None:
        self.deploy(7)
        self.confirm_presence()
        self.officer_on_scene = True
        self.run(1)


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path)


def alive(site: Site) -> list[Alive]:
    return [event for event in site.journal() if isinstance(event, Alive)]


def pass_hours(site: Site, hours: float) -> None:
    for _ in range(int(hours * 360)):
        site.pass_time(TEN_SECONDS)


def test_a_device_that_idles_says_so_every_quarter_of_an_hour(site: Site) -> None:
    pass_hours(site, 6)
    beats = alive(site)
    assert len(beats) == 6 * 4
    assert {(beat.condition, beat.camera_opens, beat.camera_open) for beat in beats} == {(Condition.IDLE, 0, False)}
    at = [leaf.at for raw in site.device.store.leaves(0, 1000) for leaf in [decode_leaf(raw)]]
    assert max(later - earlier for earlier, later in itertools.pairwise(at)) <= timedelta(minutes=15, seconds=10)


def test_a_device_that_looks_says_so_every_five_minutes(watching: Site) -> None:
    watching.run(1000)
    beats = alive(watching)
    assert len(beats) == 3
    assert all(beat.camera_open and beat.condition is Condition.ACTIVE for beat in beats)


def test_it_says_so_whether_broker_and_camera_answer_or_not(watching: Site) -> None:
    watching.device.link.cut()
    watching.camera.unplugged = True
    before = len(alive(watching))
    with pytest.raises(CaptureGivenUp):  # the service manager starts the next process
        pass_hours(watching, 1)
    watching.power_cut()
    watching.device.link.cut()
    pass_hours(watching, 1)
    assert len(alive(watching)) - before >= 2 + 4


def test_where_the_disk_fails_the_missing_heartbeats_are_counted_and_the_device_stays_up(site: Site) -> None:
    site.device.daemon.tell._journal.fail(JournalUnwritable("The disk is full.", "Free some."))
    pass_hours(site, 1)
    assert alive(site) == []
    assert site.device.daemon.report.counters()["heartbeats-missed"] == 4
    assert site.condition is Condition.UNSAFE


def test_between_two_heartbeats_the_number_of_openings_tells_whether_it_was_shut(watching: Site) -> None:
    watching.officer_on_scene = False
    watching.stop()
    pass_hours(watching, 1)
    beats = alive(watching)
    assert {beat.camera_opens for beat in beats} == {1}
    opened = [event for event in watching.journal() if isinstance(event, CaptureOpened)]
    assert len(opened) == beats[-1].camera_opens


def test_openings_are_counted_from_each_start_anew(watching: Site) -> None:
    watching.power_cut()
    watching.officer_on_scene = False
    pass_hours(watching, 0.5)
    events = watching.journal()
    restart = max(i for i, event in enumerate(events) if isinstance(event, Booted))
    assert {event.camera_opens for event in events[restart:] if isinstance(event, Alive)} == {0}


def test_the_frames_between_opening_and_closing_are_counted(watching: Site) -> None:
    watching.run(5)
    watching.officer_on_scene = False
    watching.stop()
    watching.run(1)
    (closed,) = [event for event in watching.journal() if isinstance(event, CaptureClosed)]
    assert closed.frames == watching.device.daemon.gate.frames.counts.frames
    assert closed.frames >= 50


def test_without_an_authorisation_the_camera_has_no_power_and_the_lamp_is_dark(post: Post) -> None:
    post.power.turn(on=True)
    post.power_cut()
    pass_hours(post, 1)
    assert not post.power.is_on()
    assert not post.lamp.is_on()
    assert {(beat.camera_powered, beat.lamp_lit) for beat in alive(post)} == {(False, False)}


def test_the_lamp_burns_and_the_camera_has_power_exactly_while_it_may_see(post: Post) -> None:
    post.look()
    for second in range(230):
        post.officer_on_scene = second < 20
        post.run(1)
        assert post.lamp.is_on() is post.power.is_on() is post.camera.is_open
    assert post.condition is Condition.PAUSED
    assert not post.lamp.is_on()
    beats = [(beat.camera_open, beat.camera_powered, beat.lamp_lit) for beat in alive(post)]
    assert beats == [(True, True, True), (False, False, False)]


def test_a_lamp_that_cannot_burn_keeps_the_camera_shut_and_its_power_off(post: Post) -> None:
    post.lamp.sticks = True
    post.look()
    post.run(30)
    assert post.camera.opens == 0
    assert post.power.turns.count(True) == 0
    assert post.reasons == ("capture-stale",)
    post.lamp.sticks = False
    post.run(10)
    assert post.condition is Condition.ACTIVE


def test_a_lamp_that_goes_out_shuts_the_camera_within_a_second(post: Post) -> None:
    post.look()
    post.lamp.fail()
    post.lamp.sticks = True
    post.run(0.7)
    assert not post.camera.is_open
    assert not post.power.is_on()
    assert post.reasons == ("capture-stale",)


def test_a_camera_whose_power_cannot_be_cut_is_unsafe_and_ends_the_deployment(post: Post) -> None:
    post.look()
    post.power.sticks = True
    post.officer_on_scene = False
    post.run(185)
    assert post.condition is Condition.UNSAFE
    assert post.reasons[0] == "switch-stuck"
    assert post.lamp.is_on()  # it may still see, so the public is told so
    assert not any(post.device.host.buffers[-1].view)
    assert [event.why for event in post.journal() if isinstance(event, Ended)] == [EndReason.UNSAFE]
    closed = [event.why for event in post.journal() if isinstance(event, CaptureClosed)]
    assert closed == ["no-presence,switch-stuck"]
    assert (alive(post)[-1].camera_open, alive(post)[-1].camera_powered) == (False, True)


def test_nothing_begins_while_a_switch_is_stuck_and_everything_may_once_it_obeys(post: Post) -> None:
    from edge.control_room.desk import Refused

    post.power.turn(on=True)
    post.power.sticks = True
    post.power_cut()
    post.run(1)
    with pytest.raises(Refused, match="switch-stuck"):
        post.deploy(7)
    post.power.sticks = False
    post.run(1)
    assert post.condition is Condition.IDLE
    post.look()
    assert post.condition is Condition.ACTIVE

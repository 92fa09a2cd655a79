"""Somebody with a login, or with the device in his hands, wants to look when nobody authorised it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from edge.control_room import deploy
from edge.control_room.desk import Refused
from edge.domain.capture import Frame, Picture
from edge.domain.errors import LamppostError, Reason, Refusal
from edge.domain.face import Probe
from edge.domain.leaves.deployment import CaptureOpened
from edge.domain.leaves.device import Alive
from edge.domain.message import Outgoing
from edge.domain.orders import Verb
from edge.wire.signed import Kind, sign
from hardware_sim.office import Office
from hardware_sim.scripted import HEIGHT, WIDTH, features_of
from hardware_sim.site import Site
from hardware_sim.switches import SimulatedSwitch

NOW = timedelta(0)


@pytest.fixture
def night(tmp_path: Path) -> Site:
    """An idle device whose camera has a power switch, and people walking past all the while."""
    site = Site(tmp_path)
    site.senses = replace(site.senses, power=SimulatedSwitch(), lamp=SimulatedSwitch())
    site.power_cut()
    site.run(1)
    for number in range(20):
        site.walk(number, after=3 * number)
    return site


def power(site: Site) -> SimulatedSwitch:
    assert isinstance(site.senses.power, SimulatedSwitch)
    return site.senses.power


def assert_never_opened(site: Site) -> None:
    assert site.camera.opens == 0
    assert True not in power(site).turns
    assert not [event for event in site.journal() if isinstance(event, CaptureOpened)]


def test_an_operator_and_an_officer_alone_cannot_begin_anything(night: Site) -> None:
    document = night.authorisation(night.list_of(7))
    office = night.office
    for signers in ((office.operator,), (office.operator, office.presence), (office.officer, office.operator)):
        with pytest.raises(Refused):
            deploy.start(night.desk, sign(document, Kind.AUTHORISATION, *signers), office.operator)
    with pytest.raises(LamppostError, match="no deployment"):
        night.confirm_presence()
    night.run(60)
    assert_never_opened(night)


def test_nor_can_a_stranger_with_keys_of_his_own_and_the_run_of_the_broker(night: Site) -> None:
    stranger = Office()
    signed = stranger.signed(night.authorisation(night.list_of(7)))
    with pytest.raises(Refused):
        deploy.start(night.desk, signed, night.office.operator)
    for verb in Verb:
        for rubbish in (b"", b"{}", b"\x00" * 4096):
            night.broker.forge(Outgoing(night.topics.order(verb), rubbish, retain=True))
    night.run(60)
    assert_never_opened(night)


def test_asking_the_gate_for_frames_directly_opens_nothing(night: Site) -> None:
    for _ in range(50):
        night.clock.advance(timedelta(seconds=1))
        assert night.device.daemon.gate.frames.poll(NOW) is None
    assert_never_opened(night)


def test_a_frame_smuggled_into_the_frame_path_is_compared_with_nothing(night: Site) -> None:
    half = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
    picture = Picture(np.full((HEIGHT, WIDTH), 110, np.uint8), half, half.copy())
    night.device.daemon.watch.see(Frame(1, night.clock.now(), picture, picture))
    gallery = night.device.daemon.watch._gallery
    refused = gallery.search(Probe(features_of(7), 3, night.clock.now()), night.clock.now())
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.NO_AUTHORISATION
    night.run(10)
    assert night.hits == []
    assert night.device.host.buffers == []


def test_a_whole_night_leaves_the_evidence_that_nothing_was_opened(night: Site) -> None:
    for _ in range(8 * 360):
        night.pass_time(timedelta(seconds=10))
    assert_never_opened(night)
    beats = [event for event in night.journal() if isinstance(event, Alive)]
    assert len(beats) == 32
    assert {(beat.camera_opens, beat.camera_open, beat.camera_powered) for beat in beats} == {(0, False, False)}


def test_power_that_somebody_else_gave_the_camera_shows_in_the_next_heartbeat(night: Site) -> None:
    night.run(60)
    power(night).turn(on=True)
    for _ in range(91):
        night.pass_time(timedelta(seconds=10))
    beats = [event for event in night.journal() if isinstance(event, Alive)]
    assert (beats[-1].camera_open, beats[-1].camera_powered) == (False, True)

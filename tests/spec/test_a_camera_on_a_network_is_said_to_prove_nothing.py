"""Over a network anybody may play anything: a device with such a camera says so, signed, for as long as it runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from edge.adapters.camera import Dusk, Profile, RtspSource, Streams
from edge.domain.condition import Condition
from edge.domain.errors import Reason
from edge.ports import Camera, Clock
from hardware_sim.clock import SteppedClock
from hardware_sim.rehearsed import RehearsedCamera
from hardware_sim.scripted import HEIGHT, WIDTH, Street
from hardware_sim.site import Senses, Site, scripted

STREAMS = Streams(width=WIDTH, height=HEIGHT, small_width=WIDTH, small_height=HEIGHT, frames_per_second=5)
FRAME = timedelta(milliseconds=200)
UNPROVEN = Reason.PICTURE_UNPROVEN.value


def on_a_network(clock: Clock) -> Camera:
    """The product's own, for an address; it is looked up when somebody looks, and nobody does here."""
    return RehearsedCamera(RtspSource(STREAMS, "rtsp://192.0.2.7/street"), STREAMS, clock, Dusk(Profile()))


def senses() -> Senses:
    """Everything as usual, but for the camera."""
    return replace(scripted(Street(), SteppedClock(), FRAME), camera=on_a_network)


def heard(site: Site) -> tuple[str, ...]:
    """What the control room has of it, checked against the device's key."""
    assert site.desk.seen.state is not None
    return site.desk.seen.state.reasons


def test_it_is_said_from_the_first_state_on_and_after_every_start(tmp_path: Path) -> None:
    site = Site(tmp_path, senses=senses())
    site.run(1)
    assert site.condition is Condition.IDLE
    assert UNPROVEN in heard(site)
    boot = site.desk.seen.state.boot if site.desk.seen.state else None
    site.power_cut()
    site.run(1)
    assert site.desk.seen.state is not None
    assert site.desk.seen.state.boot != boot
    assert UNPROVEN in heard(site)
    site.device.store.close()


def test_it_stands_beside_whatever_else_is_to_be_said(tmp_path: Path) -> None:
    site = Site(tmp_path, senses=senses())
    site.run(1)
    site.deploy(7)
    site.run(1)
    assert site.condition is Condition.WAITING
    assert (Reason.NO_PRESENCE.value in heard(site), UNPROVEN in heard(site)) == (True, True)
    site.device.store.close()


def test_its_health_says_so_too(tmp_path: Path) -> None:
    site = Site(tmp_path, senses=senses())
    site.run(61)
    health = site.desk.seen.health
    assert health is not None
    assert health.gauges["camera-over-network"] == 1
    site.device.store.close()


def test_a_device_with_a_sensor_of_its_own_does_not_say_it(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.run(1)
    assert UNPROVEN not in heard(site)
    site.device.store.close()

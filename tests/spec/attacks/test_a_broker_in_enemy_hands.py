"""Whoever holds the broker sees and moves every message. He can keep them back, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge.control_room.desk import Refused
from edge.domain.condition import Condition, EndReason
from edge.domain.leaves.deployment import Began, CaptureOpened, Ended, PresenceConfirmed
from edge.domain.message import Outgoing
from edge.domain.orders import Verb
from edge.safeguards.deployment import PAUSE_LIMIT
from edge.safeguards.presence import LEASE
from hardware_sim.site import Site
from hardware_sim.wire import Heard

DAY = 24 * 3600


@pytest.fixture
def caught(watching: Site) -> list[Heard]:
    """Everything that was sent to the device to begin and to keep up a deployment."""
    watching.run(100)
    return to_the_device(watching)


def to_the_device(site: Site) -> list[Heard]:
    base = site.topics.base
    return [heard for heard in site.broker.heard if heard.topic.startswith((f"{base}/cmd/", f"{base}/blob/"))]


def send(site: Site, messages: list[Heard], *, retain: bool = False) -> None:
    for heard in messages:
        site.broker.forge(Outgoing(heard.topic, heard.payload, retain=retain))
        site.run(0.1)


def lease(site: Site) -> object:
    return site.device.daemon.report.state(site.clock.now()).presence_until


def test_drop_everything_and_the_device_stops_by_itself(watching: Site) -> None:
    watching.device.link.cut()
    watching.officer_on_scene = False
    watching.run((LEASE).total_seconds() + 1)
    assert not watching.camera.is_open
    watching.run(PAUSE_LIMIT.total_seconds() + 1)
    assert not any(watching.device.host.buffers[-1].view)
    assert [event.why for event in watching.journal() if isinstance(event, Ended)] == [EndReason.PAUSED_TOO_LONG]


def test_keep_a_hit_back_and_it_arrives_later_once_and_says_so(watching: Site) -> None:
    watching.device.link.eats_publishes = True
    watching.walk(7)
    watching.run(6)
    assert watching.hits == []
    watching.device.link.eats_publishes = False
    watching.run(10)
    (hit,) = watching.hits
    assert (hit.opened.wall - hit.content.captured).total_seconds() > 1


def test_replay_what_is_in_force_and_presence_lasts_no_longer(watching: Site, caught: list[Heard]) -> None:
    watching.officer_on_scene = False
    until, opens = lease(watching), watching.camera.opens
    confirmed = sum(isinstance(event, PresenceConfirmed) for event in watching.journal())
    for _ in range(3):
        send(watching, caught)
    assert lease(watching) == until
    assert sum(isinstance(event, PresenceConfirmed) for event in watching.journal()) == confirmed
    assert sum(isinstance(event, Began) for event in watching.journal()) == 1
    watching.run(LEASE.total_seconds())
    assert watching.condition is Condition.PAUSED
    assert watching.camera.opens == opens


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("later", [0, DAY, 7 * DAY])
def test_replay_all_of_it_after_the_end_and_nothing_begins(
    watching: Site, caught: list[Heard], backwards: bool, later: int
) -> None:
    watching.officer_on_scene = False
    watching.stop()
    watching.run(1)
    opens = watching.camera.opens
    for _ in range(later // 3600):
        watching.pass_time(3600 * watching._frame * 10)
    send(watching, caught[::-1] if backwards else caught)
    watching.run(5)
    assert watching.condition is Condition.IDLE
    assert watching.camera.opens == opens
    assert sum(isinstance(event, Began) for event in watching.journal()) == 1


def test_replay_it_after_a_power_cut_and_nobody_is_looked_at(watching: Site, caught: list[Heard]) -> None:
    watching.officer_on_scene = False
    watching.power_cut()
    watching.run(1)
    opened = sum(isinstance(event, CaptureOpened) for event in watching.journal())
    send(watching, caught)
    watching.run(5)
    assert watching.camera.opens == 0
    assert sum(isinstance(event, CaptureOpened) for event in watching.journal()) == opened
    assert watching.device.host.buffers == []


def test_bring_it_to_another_device_and_it_does_nothing_there(
    watching: Site, caught: list[Heard], tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Site(tmp_path / "other", office=replace(watching.office, device="post-2"))
    other.clock.advance(watching.clock.now().boot - other.clock.now().boot)
    other.run(1)
    base = watching.topics.base
    there = [replace(heard, topic=heard.topic.replace(base, other.topics.base)) for heard in caught]
    send(other, there)
    other.run(5)
    assert other.condition is Condition.IDLE
    assert other.camera.opens == 0
    counted = other.device.daemon.pulse.counters()
    assert counted["orders-refused-wrong-device"] == sum("/cmd/" in heard.topic for heard in there)


def test_retain_it_for_a_device_that_comes_back_and_only_a_stop_is_obeyed(watching: Site, caught: list[Heard]) -> None:
    watching.officer_on_scene = False
    until = lease(watching)
    send(watching, caught, retain=True)
    watching.device.link.cut()
    watching.device.link.connect()
    watching.run(1)
    assert watching.device.daemon.pulse.counters()["orders-refused-retained"] >= 1
    assert lease(watching) == until
    watching.stop()
    stop = [heard for heard in to_the_device(watching) if heard.topic == watching.topics.order(Verb.STOP)]
    watching.deploy(7)
    send(watching, stop, retain=True)
    # It names the authorisation that it ended, and no other.
    assert watching.condition is Condition.WAITING


def test_give_the_orders_in_another_order_and_they_are_refused(site: Site) -> None:
    from edge.domain.orders import Presence

    site.run(1)
    state = site.desk.seen.state
    assert state is not None
    early = Presence(authorisation="test-1", boot=state.boot, nonce=state.nonce)
    with pytest.raises(Refused, match="no-authorisation"):
        site.desk.order(Verb.PRESENCE, early, site.office.presence)
    site.deploy(7)
    site.run(1)
    assert site.camera.opens == 0


def test_speak_in_the_devices_name_and_the_control_room_believes_nothing(watching: Site) -> None:
    state = watching.desk.seen.state
    heard = [heard for heard in watching.broker.heard if heard.topic == watching.topics.state][-1]
    for forged in (b"{}", heard.payload.replace(b'"signature":"', b'"signature":"A'), b'{"state":"active"}'):
        watching.broker.forge(Outgoing(watching.topics.state, forged))
        watching.broker.forge(Outgoing(watching.topics.hit, forged))
        while watching.desk.step(watching._frame * 0):
            pass
    assert watching.desk.seen.state == state
    assert watching.hits == []

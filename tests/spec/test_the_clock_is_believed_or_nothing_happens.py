"""The clock is believed, or nothing happens: no setting of it lengthens a window, a list's life or a hit's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.control_room import custody, deploy
from edge.control_room.desk import Refused
from edge.domain.condition import Condition, EndReason
from edge.domain.custody import NewClock
from edge.domain.leaves.deployment import Ended
from edge.domain.leaves.device import ClockReset
from edge.domain.leaves.hits import HitExpired
from edge.measure.people import POLICY
from edge.wire.signed import digest, payload_of
from hardware_sim.office import MemoryKey, Office
from hardware_sim.site import Site


@pytest.fixture
def witnessed(tmp_path: Path) -> Iterator[Site]:
    """A device whose policy asks for two witnesses, and that has them."""
    made = Site(tmp_path, office=Office(policy=replace(POLICY, witnesses=2)), witnesses=2)
    yield made
    made.device.store.close()


def ended(site: Site) -> list[EndReason]:
    return [event.why for event in site.journal() if isinstance(event, Ended)]


def decision(site: Site, *keys: MemoryKey, **fields: object) -> NewClock:
    now = site.clock.now().wall
    made = NewClock(site="bench", device="post-1", epoch="epoch-1", to=now, decided=now)
    return replace(made, **fields)  # type: ignore[arg-type]


def reset(site: Site, document: NewClock, *keys: MemoryKey) -> None:
    signed = custody.signed_once(document, keys[0])
    for key in keys[1:]:
        signed, _ = custody.agreed(signed, key)
    deploy.reset_clock(site.desk, signed, site.office.operator)


def test_a_device_without_trusted_time_refuses_and_says_what_to_do(site: Site) -> None:
    site.run(1)
    site.clock.trusted = False
    site.run(1)
    assert site.condition is Condition.UNSAFE
    with pytest.raises(Refused, match=r"clock-untrusted.*Let the device synchronise its clock"):
        site.deploy(7)


@pytest.mark.parametrize("seconds", [-2.5, 2.5, -72_000, 72_000])
def test_a_step_of_more_than_two_seconds_ends_the_deployment_at_once(watching: Site, seconds: float) -> None:
    memory = watching.device.host.buffers[-1]
    watching.clock.step_wall(timedelta(seconds=seconds))
    watching.pass_time(timedelta(milliseconds=100))
    assert ended(watching) == [EndReason.CLOCK]
    assert not watching.camera.is_open
    assert not any(memory.view)


@pytest.mark.parametrize("seconds", [-1.5, 1.5])
def test_a_smaller_one_does_not(watching: Site, seconds: float) -> None:
    watching.clock.step_wall(timedelta(seconds=seconds))
    watching.run(1)
    assert watching.condition is Condition.ACTIVE


def test_a_clock_set_back_by_twenty_hours_keeps_no_list_and_starts_nothing(site: Site) -> None:
    """Clock set back 20 h: the stored mark outlives the restart."""
    site.run(1)
    signed = site.deploy(7)
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(130)
    site.officer_on_scene = False
    site.power_off()
    site.clock.step_wall(timedelta(hours=-20))
    site.boot()
    site.run(1)
    assert ended(site) == [EndReason.RESTART]
    assert site.condition is Condition.UNSAFE
    with pytest.raises(Refused, match="not-yet-valid"):
        deploy.start(site.desk, signed, site.office.operator)
    with pytest.raises(Refused, match="clock-untrusted"):
        site.deploy(7)


def test_a_hit_expires_by_the_boot_clock_where_the_wall_clock_was_set_back(watching: Site) -> None:
    watching.desk_link.cut()
    watching.walk(7)
    watching.run(8)
    watching.clock.step_wall(timedelta(hours=-20))
    watching.officer_on_scene = False
    watching.run(602)
    assert [event for event in watching.journal() if isinstance(event, HitExpired)] == [HitExpired(sequence=1)]


def test_a_hit_does_not_outlive_a_restart_with_the_clock_set_back(watching: Site) -> None:
    watching.desk_link.cut()
    watching.officer_on_scene = False
    watching.walk(7)
    watching.run(70)
    watching.power_off()
    watching.clock.step_wall(timedelta(hours=-20))
    watching.boot()
    watching.run(602)
    assert [event for event in watching.journal() if isinstance(event, HitExpired)] == [HitExpired(sequence=1)]


def test_a_clock_that_nobody_disciplines_does_not_raise_the_mark(site: Site) -> None:
    site.run(1)
    site.power_off()
    site.clock.trusted = False
    site.clock.step_wall(timedelta(days=3650))
    site.boot()
    site.run(120)
    site.power_off()
    site.clock.trusted = True
    site.clock.step_wall(timedelta(days=-3650))
    site.boot()
    site.run(1)
    site.deploy(7)


def test_a_mark_that_is_wrong_is_lowered_by_two_custodians_and_by_nobody_else(site: Site) -> None:
    one, two = site.office.custodians
    site.run(1)
    site.clock.step_wall(timedelta(days=400))
    site.run(120)
    site.clock.step_wall(timedelta(days=-400))
    site.run(1)
    with pytest.raises(Refused, match="clock-untrusted"):
        site.deploy(7)
    document = decision(site)
    with pytest.raises(Refused, match=r"not-signed \(1 of 2"):
        reset(site, document, one)
    with pytest.raises(Refused, match="same-role-twice"):
        reset(site, document, one, one)
    with pytest.raises(Refused, match="unknown-key"):
        reset(site, document, one, site.office.officer)
    with pytest.raises(Refused, match="wrong-device"):
        reset(site, decision(site, device="post-2"), one, two)
    with pytest.raises(Refused, match="malformed"):
        reset(site, decision(site, to=document.to + timedelta(seconds=1)), one, two)
    reset(site, document, one, two)
    site.run(1)
    (leaf,) = [event for event in site.journal() if isinstance(event, ClockReset)]
    assert leaf.to == document.to
    signed = custody.signed_once(document, one)
    assert leaf.digest == digest(payload_of(signed))
    site.deploy(7)
    site.stop()
    with pytest.raises(Refused, match="replayed"):
        reset(site, document, one, two)
    site.power_cut()
    site.run(1)
    with pytest.raises(Refused, match="replayed"):
        reset(site, document, two, one)


def test_cosigned_time_raises_the_mark_even_while_the_clock_is_not_disciplined(witnessed: Site) -> None:
    witnessed.clock.trusted = False
    witnessed.clock.step_wall(timedelta(hours=-20))
    for witness in witnessed.witnesses:
        witness.clock.ahead = timedelta(hours=20)
    witnessed.run(3)
    witnessed.clock.trusted = True
    witnessed.run(1)
    assert witnessed.condition is Condition.UNSAFE
    with pytest.raises(Refused, match="clock-untrusted"):
        witnessed.deploy(7)


@pytest.mark.parametrize("hours", [-20, 20])
def test_a_clock_that_the_witnesses_contradict_is_not_believed(witnessed: Site, hours: int) -> None:
    """Also one that is ahead, which no mark would show."""
    for witness in witnessed.witnesses:
        witness.clock.ahead = timedelta(hours=hours)
    witnessed.run(3)
    with pytest.raises(Refused, match="clock-untrusted"):
        witnessed.deploy(7)


def test_one_witness_of_two_cannot_make_a_clock_unbelieved(witnessed: Site) -> None:
    witnessed.witnesses[0].clock.ahead = timedelta(seconds=50)
    witnessed.run(3)
    witnessed.witnesses[1].clock.ahead = timedelta(hours=20)
    witnessed.deploy(7)
    witnessed.run(3)
    assert "clock-untrusted" not in witnessed.reasons

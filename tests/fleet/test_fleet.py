"""A small fleet of real devices' parts over real TLS: everybody comes back, nothing is lost, nobody reaches another."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from edge.wire.topics import Topics
from hardware_sim.fleet import figures, trial
from hardware_sim.fleet.broker import Brokers, one
from hardware_sim.fleet.figures import Figures, Hits, Isolation, Return
from hardware_sim.fleet.founding import HOSTILE, Founded, common_name, found
from hardware_sim.fleet.hostile import Hostile
from hardware_sim.fleet.post import Tally
from hardware_sim.fleet.trial import Plan

DEVICES = 20


@pytest.fixture(scope="module")
def morning() -> Figures:
    return trial.run(Plan(devices=DEVICES, seconds=5, every=2.5, outage=1.0))


def test_every_promise_of_a_fleet_is_kept(morning: Figures) -> None:
    assert morning.broken() == []
    assert morning.verified == DEVICES
    assert (morning.hits.lost, morning.hits.duplicated, morning.hits.expired) == (0, 0, 0)
    assert morning.hits.acknowledged == morning.hits.committed >= DEVICES


def test_the_same_promises_are_kept_over_a_bridge_to_another_broker() -> None:
    assert trial.run(Plan(devices=4, brokers=2, seconds=4, every=2.0, outage=1.0)).broken() == []


def test_hits_of_the_outage_arrive_late_and_are_not_lost(morning: Figures) -> None:
    assert morning.late > 0


def test_a_device_with_a_good_certificate_neither_reads_nor_writes_nor_unseats_another(morning: Figures) -> None:
    bad = morning.isolation
    assert min(bad.subscriptions, bad.publishes, bad.impersonations) > 0
    assert (bad.read, bad.written, bad.unseated) == (0, 0, 0)


def test_the_figures_are_there_for_people_and_for_machines(morning: Figures) -> None:
    assert json.loads(morning.as_json())["devices"] == DEVICES
    assert f"{morning.hits.committed}, {morning.hits.acknowledged}, 0" in morning.as_text()


@pytest.mark.parametrize(
    "changed",
    [
        {"back": Return(outage=1, connected=None, heard=1.0, half=1.0)},
        {"back": Return(outage=1, connected=1.0, heard=60.1, half=1.0)},
        {"hits": Hits(passages=1, committed=1, acknowledged=0, expired=0, lost=1, repeated=0, duplicated=0)},
        {"hits": Hits(passages=1, committed=1, acknowledged=1, expired=0, lost=0, repeated=0, duplicated=1)},
        {"hits": Hits(passages=0, committed=0, acknowledged=0, expired=0, lost=0, repeated=0, duplicated=0)},
        {"isolation": Isolation(subscriptions=1, publishes=1, impersonations=1, read=1, written=0, unseated=0)},
        {"isolation": Isolation(subscriptions=1, publishes=1, impersonations=1, read=0, written=1, unseated=0)},
        {"isolation": Isolation(subscriptions=1, publishes=1, impersonations=1, read=0, written=0, unseated=1)},
        {"verified": DEVICES - 1},
        {"disbelieved": 1},
    ],
)
def test_each_promise_that_is_broken_is_named(morning: Figures, changed: dict[str, object]) -> None:
    assert len(replace(morning, **changed).broken()) == 1  # type: ignore[arg-type]


def tally(committed: int, acknowledged: int, expired: int = 0) -> Tally:
    return Tally(
        name="post-0001", committed=committed, acknowledged=acknowledged, expired=expired, withheld=0, waiting=0,
        verified=True, passages=committed, connections=1, undecodable=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "opened", "lost", "duplicated"),
    [
        (tally(2, 2), [1, 2], 0, 0),
        (tally(2, 1, 1), [1], 0, 0),
        (tally(2, 1), [1, 2], 1, 0),
        (tally(2, 2), [1], 1, 0),
        (tally(2, 2), [1, 2, 2], 0, 1),
    ],
)
def test_a_hit_is_lost_when_neither_signed_for_nor_expired_or_never_opened(
    told: Tally, opened: list[int], lost: int, duplicated: int
) -> None:
    heard = [("post-0001", sequence, f"id-{number}") for number, sequence in enumerate(opened)]
    counted = figures.hits([told], heard, 0)
    assert (counted.lost, counted.duplicated) == (lost, duplicated)


def open_house(founded: Founded) -> Brokers:
    """The same broker, whose access list lets everybody do everything."""
    brokers = one(founded)
    brokers.site.access.write_text("topic readwrite #\npattern readwrite #\n")
    return brokers


@pytest.mark.no_device
def test_where_the_broker_lets_it_the_hostile_device_does_read_and_is_caught_at_it(tmp_path: Path) -> None:
    founded, _ = found(tmp_path, 1)
    brokers, victim = open_house(founded), Topics("fleet", "post-0001")
    brokers.start()
    try:
        hostile = Hostile(founded.client(common_name(HOSTILE), brokers.devices_port))
        hostile.listen(victim)
        hostile.forge(victim)
        hostile.close()
    finally:
        brokers.stop()
    assert victim.state in hostile.attempts.heard
    assert victim.hit in hostile.attempts.accepted

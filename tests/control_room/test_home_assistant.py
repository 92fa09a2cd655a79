"""Home Assistant is told how a device is, by who has verified it, and never anything about people."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from edge.control_room import home_assistant
from edge.control_room.desk import Seen
from edge.control_room.home_assistant import STALE, STATUS, Entity, Home, Places
from edge.domain.host import Heat
from edge.domain.message import Outgoing
from hardware_sim.site import Site
from tests.control_room.own import OwnMemoryBroker


class House:
    """A site's control room, and Home Assistant's broker beside it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.broker = OwnMemoryBroker()
        self.places = Places(site.topics)
        self.link = self.broker.link((STATUS, self.places.config))
        self.link.connect()
        self.home = Home(self.places, self.link, site.clock)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 2)):
            self.site.run(0.5)
            self.home.step(self.site.desk.seen)

    def said(self, topic: str) -> list[bytes]:
        return [heard.payload for heard in self.broker.heard if heard.topic == topic]

    @property
    def state(self) -> dict[str, Any]:
        return msgspec.json.decode(self.said(self.places.state)[-1])  # type: ignore[no-any-return]


@pytest.fixture
def house(watching: Site) -> House:
    made = House(watching)
    made.run(12)
    return made


def test_it_is_told_once_what_there_is(house: House) -> None:
    house.run(30)
    (config,) = house.said("homeassistant/device/lamppost_bench_post_1/config")
    (heard,) = (heard for heard in house.broker.heard if heard.topic == house.places.config)
    assert heard.retain
    bundle = msgspec.json.decode(config)
    assert set(bundle) == {"device", "origin", "components", "state_topic", "availability_topic", "qos"}
    assert bundle["device"]["identifiers"] == ["lamppost_bench_post_1"]
    assert set(bundle["components"]) == {entity.value for entity in Entity}
    assert house.said(house.places.availability) == [b"online"]


def test_every_entity_reads_a_value_that_there_is(house: House) -> None:
    (config,) = house.said(house.places.config)
    for name, component in msgspec.json.decode(config)["components"].items():
        (read,) = re.findall(r"^\{\{ value_json\.(\w+) \}\}$", component["value_template"])
        assert read in house.state
        assert component["platform"] in ("sensor", "binary_sensor")
        assert component["unique_id"] == f"lamppost_bench_post_1_{name}"


def test_it_is_told_how_the_device_is_and_nothing_about_people(house: House) -> None:
    house.site.device.host.weather = Heat(51.4)
    house.site.walk(7)
    house.run(25)
    assert house.site.hits
    assert house.state == {
        "connectivity": "on", "problem": "off", "condition": "active", "reasons": "none", "concerns": "none",
        "temperature": 51, "outbox": 0, "frames_per_second": 10.0, "certificate_days": None,
    }  # fmt: skip
    said = b" ".join(heard.payload for heard in house.broker.heard)
    for word in (b"hit", b"face", b"search", b"entry", b"v-0007", b"watchlist", b"person"):
        assert word not in said.replace(b"lamppost", b"")


def test_what_concerns_somebody_is_a_problem(house: House) -> None:
    house.site.device.host.weather = Heat(90.0, throttled=True)
    house.run(2)
    assert (house.state["problem"], house.state["concerns"]) == ("on", "hot, throttled")


def test_a_device_that_is_not_heard_of_is_lost_and_nothing_else_is_claimed(house: House) -> None:
    house.site.officer_on_scene = False  # nobody could answer
    house.site.device.link.cut()
    house.run(STALE / timedelta(seconds=1) + 12)
    assert house.state["connectivity"] == "off"
    assert {value for name, value in house.state.items() if name != "connectivity"} == {None}


def test_a_device_whose_will_was_sent_is_lost_at_once(house: House) -> None:
    house.site.desk.seen.lost = True
    house.home.step(house.site.desk.seen)
    assert house.state["connectivity"] == "off"


def test_when_home_assistant_has_started_it_is_told_again(house: House) -> None:
    house.broker.publish(Outgoing(STATUS, b"offline"))
    house.run(1)
    assert len(house.said(house.places.config)) == 1
    house.broker.publish(Outgoing(STATUS, b"online"))
    house.run(1)
    assert len(house.said(house.places.config)) == 2


def test_after_a_new_connection_it_is_told_again(house: House) -> None:
    house.link.cut()
    house.run(1)
    house.link.connect()
    house.run(1)
    assert len(house.said(house.places.config)) == 2


def test_where_nothing_changes_it_is_told_often_enough_not_to_expire(house: House) -> None:
    before = len(house.said(house.places.state))
    house.run(60)
    assert 6 <= len(house.said(house.places.state)) - before <= 13


def test_nothing_is_said_of_a_device_that_has_said_nothing(site: Site) -> None:
    house = House(site)
    house.home.step(Seen())
    assert house.broker.heard == []


def test_it_is_removed_by_an_empty_retained_message(house: House) -> None:
    home_assistant._remove(house.home, house.link, house.places)
    assert house.said(house.places.config)[-1] == b""
    assert house.broker.heard[-1].retain

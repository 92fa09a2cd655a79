"""A device's health for Home Assistant, by MQTT discovery, on a broker of the control room's own. Never people.

Home Assistant's templates cannot verify a signature. So this end verifies the device's, and passes a few numbers on in
clear: a convenience for whoever looks after devices, on which no safeguard rests. What can be passed on is the closed
set of :class:`Entity` and nothing else. The pole knows nothing of it, and the devices' broker needs no rule for it.
"""

from __future__ import annotations

import argparse
import enum
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from edge import connection
from edge.adapters.host import SystemClock
from edge.adapters.mqtt import MqttLink
from edge.connection import BrokerFile
from edge.control_room import own_broker
from edge.control_room.desk import STEP, Seen
from edge.control_room.session import Session
from edge.domain.condition import Condition
from edge.domain.errors import BrokerLost
from edge.domain.message import Incoming, Outgoing
from edge.ports import Clock, Link
from edge.wire.health import Health
from edge.wire.topics import Topics

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

STATUS: Final = "homeassistant/status"
"""Home Assistant says ``online`` here when it has started, and wants to be told again what there is."""
EVERY: Final = timedelta(seconds=10)
STALE: Final = timedelta(seconds=35)
"""Health older than that says nothing any more: its device is taken for lost."""
ONLINE: Final = b"online"
OFFLINE: Final = b"offline"
MISSED: Final = timedelta(seconds=5)
"""So long after this end is gone its device is shown as unavailable."""
PATIENCE: Final = timedelta(seconds=10)
_JSON: Final = "application/json"
_DAY: Final = timedelta(days=1)


class HomeFile(BrokerFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The connection to Home Assistant's broker."""


class Entity(enum.Enum):
    """All that Home Assistant is told of a device."""

    CONNECTIVITY = "connectivity"
    PROBLEM = "problem"
    CONDITION = "condition"
    REASONS = "reasons"
    CONCERNS = "concerns"
    TEMPERATURE = "temperature"
    OUTBOX = "outbox"
    FRAMES_PER_SECOND = "frames_per_second"
    CERTIFICATE_DAYS = "certificate_days"


_BINARY: Final = {"platform": "binary_sensor", "payload_on": "on", "payload_off": "off"}
_NUMBER: Final = {"platform": "sensor", "state_class": "measurement"}
_KINDS: Final[dict[Entity, dict[str, str]]] = {
    Entity.CONNECTIVITY: {**_BINARY, "name": "Connected", "device_class": "connectivity"},
    Entity.PROBLEM: {**_BINARY, "name": "Somebody must act", "device_class": "problem"},
    Entity.CONDITION: {"platform": "sensor", "name": "Condition"},
    Entity.REASONS: {"platform": "sensor", "name": "What stands in the way"},
    Entity.CONCERNS: {"platform": "sensor", "name": "What somebody must see to"},
    Entity.TEMPERATURE: {
        **_NUMBER, "name": "Temperature", "device_class": "temperature", "unit_of_measurement": "°C",
    },
    Entity.OUTBOX: {**_NUMBER, "name": "Sealed messages that wait"},
    Entity.FRAMES_PER_SECOND: {**_NUMBER, "name": "Frames a second", "unit_of_measurement": "fps"},
    Entity.CERTIFICATE_DAYS: {
        **_NUMBER, "name": "Certificate ends in", "device_class": "duration", "unit_of_measurement": "d",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything of one device goes."""

    topics: Topics

    @property
    def id(self) -> str:
        """Of the device, in Home Assistant."""
        return f"lamppost_{self.topics.site}_{self.topics.device}".replace("-", "_")

    @property
    def config(self) -> str:
        """What there is: retained; empty removes it."""
        return f"homeassistant/device/{self.id}/config"

    @property
    def state(self) -> str:
        """The numbers, in clear and unsigned."""
        return f"lamppost/home/{self.topics.site}/{self.topics.device}/state"

    @property
    def availability(self) -> str:
        """Whether this end passes anything on."""
        return f"lamppost/home/{self.topics.site}/{self.topics.device}/availability"


class Home:
    """Call :meth:`step` often."""

    def __init__(self, places: Places, link: Link, clock: Clock) -> None:
        self._places = places
        self._link = link
        self._clock = clock
        self._connections = 0
        self._announced = ""
        self._said: tuple[datetime, bytes] | None = None
        self._counted: Health | None = None
        self._rate: float | None = None

    def step(self, seen: Seen) -> None:
        """Say what is new of the device: what there is, and how it is."""
        while (message := self._link.receive(timedelta(0))) is not None:
            self._hear(message)
        if not self._link.connected or seen.health is None:
            return
        if self._link.connections != self._connections:
            self._connections, self._announced, self._said = self._link.connections, "", None
        self._count(seen.health)
        if self._announced != seen.health.software.version and not self._announce(seen.health):
            return
        now = self._clock.now().wall
        state = msgspec.json.encode(self.state(seen, now))
        if self._said is None or self._said[1] != state or now - self._said[0] >= EVERY:
            sent = self._link.publish(Outgoing(self._places.state, state, expires=2 * STALE, content_type=_JSON))
            self._said = (now, state) if sent else None

    def remove(self) -> bool:
        """Have Home Assistant forget the device. False where the connection is down or congested."""
        return self._link.publish(Outgoing(self._places.config, b"", retain=True))

    def state(self, seen: Seen, now: datetime) -> dict[str, str | int | float | None]:
        """How it is, by entity. None is what nobody knows."""
        health = seen.health
        lost = seen.lost or health is None or now - health.at > STALE
        found: dict[Entity, str | int | float | None] = {Entity.CONNECTIVITY: "off" if lost else "on"}
        if health is not None and not lost:
            ends = health.link.certificate_expires
            found |= {
                Entity.PROBLEM: "on" if health.concerns or health.condition is Condition.UNSAFE else "off",
                Entity.CONDITION: health.condition.value,
                Entity.REASONS: ", ".join(one.value for one in health.reasons) or "none",
                Entity.CONCERNS: ", ".join(one.value for one in health.concerns) or "none",
                Entity.TEMPERATURE: health.machine.celsius,
                Entity.OUTBOX: health.outbox.hits,
                Entity.FRAMES_PER_SECOND: self._rate,
                Entity.CERTIFICATE_DAYS: None if ends is None else (ends - now) // _DAY,
            }
        return {entity.value: found.get(entity) for entity in Entity}

    def _hear(self, message: Incoming) -> None:
        if message.topic == STATUS and message.payload == ONLINE:
            self._announced, self._said = "", None

    def _count(self, health: Health) -> None:
        last = self._counted
        if last is not None and last.boot == health.boot and last.counted < health.counted:
            frames = health.counters.get("frames", 0) - last.counters.get("frames", 0)
            self._rate = round(frames / (health.counted - last.counted).total_seconds(), 1)
        if last is None or last.counted != health.counted:
            self._counted = health

    def _announce(self, health: Health) -> bool:
        config = msgspec.json.encode(discovery(self._places, health.software.version))
        announced = self._link.publish(
            Outgoing(self._places.config, config, retain=True, content_type=_JSON)
        ) and self._link.publish(Outgoing(self._places.availability, ONLINE, retain=True))
        self._announced = health.software.version if announced else ""
        return announced


def discovery(places: Places, version: str) -> dict[str, object]:
    """The device bundle (Home Assistant 2024.11 and later)."""
    topics = places.topics
    components = {
        entity.value: {
            **kind,
            "unique_id": f"{places.id}_{entity.value}",
            "value_template": f"{{{{ value_json.{entity.value} }}}}",
            "expire_after": int(2 * STALE / timedelta(seconds=1)),
        }
        for entity, kind in _KINDS.items()
    }
    return {
        "device": {
            "identifiers": [places.id], "name": f"Lamppost {topics.site}/{topics.device}",
            "manufacturer": "Lamppost", "sw_version": version,
        },
        "origin": {"name": "lamppost", "sw_version": version},
        "components": components,
        "state_topic": places.state,
        "availability_topic": places.availability,
        "qos": 1,
    }  # fmt: skip


def add_to(commands: Commands) -> None:
    """Add the command."""
    home = commands.add_parser("home-assistant", help="pass a device's health on to Home Assistant; never people")
    home.add_argument("--connection", type=Path, required=True, help="which device, through which broker (TOML)")
    home.add_argument("--to", type=Path, required=True, help="the control room's own broker, Home Assistant's (TOML)")
    home.add_argument("--remove", action="store_true", help="have Home Assistant forget the device, and end")
    home.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    known = connection.load(options.connection)
    broker = replace(own_broker.load(options.to, HomeFile, known.broker).broker(options.to.parent), will_delay=MISSED)
    places, name = Places(known.topics), uuid.uuid4().hex
    link = MqttLink(broker, f"home-{name}", (STATUS, places.config), (places.availability, OFFLINE))
    home = Home(places, link, SystemClock())
    link.connect()
    try:
        if options.remove:
            _remove(home, link, places)
            return
        with Session(options) as desk:
            while True:
                desk.step(STEP)
                home.step(desk.seen)
    finally:
        link.close()


def _remove(home: Home, link: Link, places: Places) -> None:
    """Until the broker has passed it on. Raises BrokerLost."""
    for _ in range(PATIENCE // STEP):
        home.remove()
        message = link.receive(STEP)
        if message is not None and message.topic == places.config and not message.payload:
            return
    raise BrokerLost("Home Assistant's broker did not take it.", "Check its address, certificates and access list.")

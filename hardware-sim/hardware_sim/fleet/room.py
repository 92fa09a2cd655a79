"""The control room of a fleet: many devices in force at once; hits from shared subscriptions, each signed for.

The product's desk believes, opens and signs; here is only what a control room of many devices needs besides: one
connection for all of its desks, consoles that share the hits between them, and a device put in force step by step on
what it says of itself, without waiting for any other.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from edge.adapters.mqtt import MqttLink
from edge.control_room.desk import Desk, Opened
from edge.domain.authority import Name
from edge.domain.capture import Instant
from edge.domain.condition import Condition
from edge.domain.errors import BrokerLost, Reason
from edge.domain.message import Incoming, Outgoing
from edge.domain.orders import CHUNK_BYTES, Load, Presence, Start, Verb
from edge.ports import Clock
from edge.wire.events import State
from edge.wire.sealed import ListBinding, wrap
from edge.wire.signed import digest
from edge.wire.topics import ROOT, Topics
from hardware_sim.bench import BenchClock
from hardware_sim.broker import CONTROL_ROOM
from hardware_sim.fleet.founding import SITE, Founded, Headquarters

DESK: Final = "room"
SHARED: Final = f"$share/consoles/{ROOT}/{SITE}/+/hit"
AGAIN: Final = 10.0
"""Seconds after which an order that had no effect is given again."""
RENEW: Final = timedelta(seconds=75)
"""Presence is confirmed anew when less than so much of the lease is left."""
_AT_ONCE: Final = 200
_REST: Final = timedelta(milliseconds=2)


class Extension:
    """One desk's end of the connection that all desks share."""

    connections = 1

    def __init__(self, line: MqttLink) -> None:
        self._line = line
        self._inbox: deque[Incoming] = deque()

    def connect(self) -> None:
        """The line is connected already."""

    @property
    def connected(self) -> bool:
        """Whether the line is."""
        return self._line.connected

    def publish(self, message: Outgoing) -> bool:
        """Over the line."""
        return self._line.publish(message)

    def receive(self, timeout: timedelta) -> Incoming | None:
        """What was put through. Never waits."""
        return self._inbox.popleft() if self._inbox else None

    def put(self, message: Incoming) -> None:
        """Put a message through to this desk."""
        self._inbox.append(message)

    def close(self) -> None:
        """The line stays: it is everybody's."""


@dataclass(slots=True)
class Ward:
    """One device, and how far it is in force."""

    name: Name
    topics: Topics
    desk: Desk
    extension: Extension
    clock: Clock
    sequence: int = 0
    authorisation: str = ""
    boot: str = ""
    again_at: float = 0.0
    nonce: str = ""
    heard: float = 0.0
    """When its signed state came last, monotonic."""

    @property
    def active(self) -> bool:
        """Whether it looks."""
        state = self.desk.seen.state
        return state is not None and state.condition is Condition.ACTIVE

    def step(self, headquarters: Headquarters, now: float) -> None:
        """The next order, where one is due: start, load, presence; and presence again and again."""
        state = self.desk.seen.state
        if state is None:
            return
        try:
            if state.boot != self.boot:
                self.boot, self.authorisation, self.again_at = state.boot, "", 0.0
            if state.authorisation is None or state.authorisation != self.authorisation:
                self._start(headquarters, now)
            elif Reason.LIST_NOT_OPEN.value in state.reasons:
                self._load(headquarters, now)
            elif _lease_ends_soon(state, self.clock.now()):
                self._confirm(headquarters, state, now)
        except BrokerLost:
            self.again_at = now + 1  # congested, or the broker is away

    def _start(self, headquarters: Headquarters, now: float) -> None:
        if now < self.again_at:
            return
        if not self.authorisation:
            self.sequence += 1
        document, signed = headquarters.authorise(self.name, self.sequence, self.clock.now().wall)
        self.desk.send(Verb.START, Start(authorisation=signed), headquarters.office.operator)
        self.authorisation, self.again_at = document.id, now + AGAIN

    def _load(self, headquarters: Headquarters, now: float) -> None:
        said, sealed = self.desk.seen.deployment, headquarters.sealed
        if said is None or (said.authorisation, said.boot) != (self.authorisation, self.boot):
            return
        if self.nonce != said.list_key:
            self.again_at = 0.0
        if now < self.again_at:
            return
        blob = digest(sealed.file)
        for index in range(-(-len(sealed.file) // CHUNK_BYTES)):
            chunk = sealed.file[index * CHUNK_BYTES : (index + 1) * CHUNK_BYTES]
            if not self.extension.publish(Outgoing(self.topics.chunk(blob, index), chunk)):
                raise BrokerLost("The line is congested.", "Wait a moment.")
        binding = ListBinding(site=SITE, device=self.name, authorisation=said.authorisation, digest=blob)
        key = wrap(sealed.key, said.list_key, binding)
        body = Load(authorisation=said.authorisation, digest=blob, size=len(sealed.file), key=key)
        self.desk.send(Verb.LOAD, body, headquarters.office.operator)
        self.nonce, self.again_at = said.list_key, now + AGAIN

    def _confirm(self, headquarters: Headquarters, state: State, now: float) -> None:
        if state.nonce == self.nonce and now < self.again_at:
            return
        body = Presence(authorisation=self.authorisation, boot=state.boot, nonce=state.nonce)
        self.desk.send(Verb.PRESENCE, body, headquarters.office.presence)
        self.nonce, self.again_at = state.nonce, now + AGAIN


@dataclass(slots=True)
class Room:
    """Everything that the control room sees. Call :meth:`step` often; nothing happens behind it."""

    headquarters: Headquarters
    line: MqttLink
    """States come and orders go. A state that is missed comes again within seconds."""
    deployments: MqttLink
    """Said once for each deployment, so that nothing else may crowd them out."""
    consoles: Sequence[MqttLink]
    wards: dict[str, Ward] = field(default_factory=dict)
    """By the device's topics' base."""
    opened: list[tuple[Name, Opened]] = field(default_factory=list)
    early: int = 0
    """Hits that came before the device's state, and were left to come again."""

    @classmethod
    def of(cls, founded: Founded, headquarters: Headquarters, port: int, consoles: int) -> Room:
        """With so many consoles. Nothing is connected yet."""
        broker, any_device = founded.client(CONTROL_ROOM, port), Topics(SITE, "+")
        room = cls(
            headquarters,
            MqttLink(broker, f"{CONTROL_ROOM}-line", (any_device.state,)),
            MqttLink(broker, f"{CONTROL_ROOM}-deployments", (any_device.deployment,)),
            [MqttLink(broker, f"{CONTROL_ROOM}-console-{number}", (SHARED,)) for number in range(consoles)],
        )
        for name in founded.names:
            room._admit(name, founded.topics(name))
        return room

    def connect(self) -> None:
        """Begin to connect."""
        for link in self._links:
            link.connect()

    @property
    def connected(self) -> bool:
        """Whether every line stands."""
        return all(link.connected for link in self._links)

    def step(self, *, deploy: bool = True) -> None:
        """Take in what came, and give the orders that are due."""
        busy = False
        for link in self._links:
            for _ in range(_AT_ONCE):
                message = link.receive(timedelta(0))
                if message is None:
                    break
                busy = True
                self._put_through(message)
        if deploy and self.line.connected:
            now = time.monotonic()
            for ward in self.wards.values():
                ward.step(self.headquarters, now)
        if not busy:
            late = self.line.receive(_REST)
            if late is not None:
                self._put_through(late)

    def heard_since(self, moment: float) -> int:
        """How many devices' signed states came after a moment."""
        return sum(ward.heard > moment for ward in self.wards.values())

    def repeated(self) -> int:
        """Deliveries of hits that had come before."""
        return sum(ward.desk.seen.repeated for ward in self.wards.values())

    def disbelieved(self) -> list[str]:
        """What was heard and not believed. A congested line is nothing to disbelieve."""
        return [
            why
            for ward in self.wards.values()
            for why in ward.desk.seen.refused
            if "broker is not connected" not in why
        ]

    def close(self) -> None:
        """Disconnect."""
        for link in self._links:
            link.close()

    @property
    def _links(self) -> tuple[MqttLink, ...]:
        return (self.line, self.deployments, *self.consoles)

    def _admit(self, name: Name, topics: Topics) -> None:
        office, clock, extension = self.headquarters.office, BenchClock(), Extension(self.line)
        desk = Desk(
            extension, topics, self.headquarters.device_keys[name], clock, name=DESK, reader=office.reader,
            on_hit=lambda hit: self.opened.append((name, hit)),
        )  # fmt: skip
        self.wards[topics.base] = Ward(name, topics, desk, extension, clock)

    def _put_through(self, message: Incoming) -> None:
        base = "/".join(message.topic.split("/")[:4])
        ward = self.wards.get(base)
        if ward is None:
            return
        if message.topic == ward.topics.hit and ward.desk.seen.state is None:
            self.early += 1
            return
        ward.extension.put(message)
        ward.desk.step(timedelta(0))
        if message.topic == ward.topics.state and not message.retained:
            ward.heard = time.monotonic()


def _lease_ends_soon(state: State, now: Instant) -> bool:
    return state.presence_until is None or state.presence_until - now.wall < RENEW

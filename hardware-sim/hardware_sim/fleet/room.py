"""The control room of a fleet: many devices in force at once; hits from shared subscriptions, each signed for.

The product's desk believes, opens and signs; here is only what a control room of many devices needs besides: one
connection for all of its desks, consoles that share the hits between them, and clerks who put devices in force with the
product's own commands, some two dozen at a time.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from edge.adapters.mqtt import MqttLink
from edge.control_room import deploy
from edge.control_room.desk import Desk, Opened
from edge.domain.authority import Name
from edge.domain.capture import Instant
from edge.domain.condition import Condition
from edge.domain.errors import LamppostError, Reason
from edge.domain.link import Leave
from edge.domain.message import Incoming, Outgoing
from edge.ports import Clock
from edge.wire.events import State
from edge.wire.topics import ROOT, Topics
from hardware_sim.bench import BenchClock
from hardware_sim.broker import CONTROL_ROOM
from hardware_sim.fleet.founding import SITE, Founded, Headquarters

DESK: Final = "room"
SHARED: Final = f"$share/consoles/{ROOT}/{SITE}/+/hit"
AGAIN: Final = 3.0
"""Seconds after which somebody looks again at a device on which an order had no effect."""
CLERKS: Final = 24
NOT_DONE: Final = "not done"
"""What begins a note of an order that had no effect."""
RENEW: Final = timedelta(seconds=75)
"""Presence is confirmed anew when less than so much of the lease is left."""
_AT_ONCE: Final = 200
_REST: Final = timedelta(milliseconds=2)


class Extension:
    """One desk's end of the connections that all desks share."""

    connections = 1

    def __init__(self, line: MqttLink) -> None:
        self._line = line
        self._inbox: queue.SimpleQueue[Incoming] = queue.SimpleQueue()

    def connect(self) -> None:
        """The line is connected already."""

    @property
    def connected(self) -> bool:
        """Whether the line is."""
        return self._line.connected

    @property
    def alive(self) -> bool:
        """Of the link below."""
        return self._line.alive

    @property
    def may_publish(self) -> Leave:
        """As the broker has said of the line."""
        return self._line.may_publish

    @property
    def may_hear(self) -> Leave:
        """Likewise."""
        return self._line.may_hear

    @property
    def certificate_ends(self) -> datetime:
        """Of the line's certificate."""
        return self._line.certificate_ends

    def counters(self) -> Mapping[str, int]:
        """What the broker has said on the line."""
        return self._line.counters()

    def publish(self, message: Outgoing) -> bool:
        """Over the line."""
        return self._line.publish(message)

    def receive(self, timeout: timedelta) -> Incoming | None:
        """What was put through."""
        try:
            return self._inbox.get(timeout=timeout.total_seconds()) if timeout else self._inbox.get_nowait()
        except queue.Empty:
            return None

    def put(self, message: Incoming) -> None:
        """Put a message through to this desk."""
        self._inbox.put(message)

    def close(self) -> None:
        """The line stays: it is everybody's."""


@dataclass(slots=True)
class Ward:
    """One device, and who looks after it. Its desk is stepped by one thread at a time: a clerk's, or the room's."""

    name: Name
    topics: Topics
    desk: Desk
    extension: Extension
    clock: Clock
    clerk: Future[None] | None = None
    sequence: int = 0
    again_at: float = 0.0
    heard: float = 0.0
    """When its signed state came last, monotonic."""

    @property
    def active(self) -> bool:
        """Whether it looks."""
        state = self.desk.seen.state
        return state is not None and state.condition is Condition.ACTIVE

    @property
    def attended(self) -> bool:
        """Whether a clerk is at its desk."""
        return self.clerk is not None and not self.clerk.done()

    def needs_somebody(self, now: float) -> bool:
        """Whether there is something to be ordered. ``now`` is monotonic."""
        state = self.desk.seen.state
        return state is not None and now >= self.again_at and _lease_ends_soon(state, self.clock.now())

    def look_after(self, headquarters: Headquarters) -> None:
        """Start, load, presence, with the product's own commands; or presence alone. On a clerk's thread."""
        office, desk, state = headquarters.office, self.desk, self.desk.seen.state
        self.again_at = time.monotonic() + AGAIN
        if state is None:
            return
        try:
            if state.authorisation is not None and Reason.LIST_NOT_OPEN.value in state.reasons:
                deploy.stop(desk, state.authorisation, office.operator)  # something was lost half way: from the start
                state = replace(state, authorisation=None)
            if state.authorisation is None:
                self.sequence += 1
                _, signed = headquarters.authorise(self.name, self.sequence, self.clock.now().wall)
                said = deploy.start(desk, signed, office.operator)
                deploy.load(desk, said, headquarters.sealed, self.topics, office.operator)
            deploy.confirm_presence(desk, office.presence)
        except LamppostError as error:
            desk.seen.refused.append(f"{NOT_DONE}: {error}")


@dataclass(slots=True)
class Room:
    """Everything that the control room sees. Call :meth:`step` often; nothing happens behind it."""

    headquarters: Headquarters
    line: MqttLink
    """States come and orders go. A state that is missed comes again within seconds."""
    answers: MqttLink
    """Said once, so that nothing else may crowd them out."""
    consoles: Sequence[MqttLink]
    wards: dict[str, Ward] = field(default_factory=dict)
    """By the device's topics' base."""
    opened: list[tuple[Name, Opened]] = field(default_factory=list)
    early: int = 0
    """Hits that came before the device's state, and were left to come again."""

    _clerks: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(CLERKS))

    @classmethod
    def of(cls, founded: Founded, headquarters: Headquarters, port: int, consoles: int) -> Room:
        """With so many consoles. Nothing is connected yet."""
        broker, any_device = founded.client(CONTROL_ROOM, port), Topics(SITE, "+")
        often = (any_device.state, any_device.health, any_device.checkpoint)
        heard = [one for one in Desk.subscriptions(any_device, DESK) if one not in (*often, any_device.hit)]
        room = cls(
            headquarters,
            MqttLink(broker, f"{CONTROL_ROOM}-line", (any_device.state,)),
            MqttLink(broker, f"{CONTROL_ROOM}-answers", tuple(heard)),
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

    def step(self) -> None:
        """Take in what came, and give the orders that are due."""
        busy = False
        for link in self._links:
            for _ in range(_AT_ONCE):
                message = link.receive(timedelta(0))
                if message is None:
                    break
                busy = True
                self._put_through(message)
        for ward in self.wards.values():
            self._attend(ward)
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
        """What was heard and not believed. Orders without effect and a congested line are no such thing."""
        said = (why for ward in self.wards.values() for why in ward.desk.seen.refused)
        return [why for why in said if not why.startswith((NOT_DONE, "The broker is not connected"))]

    def close(self) -> None:
        """Disconnect."""
        self._clerks.shutdown(cancel_futures=True)
        for link in self._links:
            link.close()

    def _attend(self, ward: Ward) -> None:
        """Send a clerk to a desk that needs one; read what came while one was there."""
        if ward.attended:
            return
        if ward.clerk is not None:
            ward.clerk.result()
            ward.clerk = None
            while ward.desk.step(timedelta(0)):
                pass
        if self.line.connected and ward.needs_somebody(time.monotonic()):
            ward.clerk = self._clerks.submit(ward.look_after, self.headquarters)

    @property
    def _links(self) -> tuple[MqttLink, ...]:
        return (self.line, self.answers, *self.consoles)

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
        if not ward.attended:
            ward.desk.step(timedelta(0))
        if message.topic == ward.topics.state and not message.retained:
            ward.heard = time.monotonic()


def _lease_ends_soon(state: State, now: Instant) -> bool:
    return state.presence_until is None or state.presence_until - now.wall < RENEW

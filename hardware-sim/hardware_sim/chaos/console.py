"""The control room of a chaos run: takes hits, reviews each at once, and sends old orders again, as an enemy would.

Everything that crosses its connection is written down for the ledger.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from edge import connection
from edge.adapters.keys import FileSigner
from edge.adapters.mqtt import MqttLink
from edge.control_room.desk import Desk, Opened, Reader
from edge.control_room.keyring import sealing_key
from edge.domain.authority import Role
from edge.domain.errors import BrokerLost
from edge.domain.link import Leave
from edge.domain.message import Incoming, Outgoing
from edge.domain.orders import Review, Verb, Verdict
from edge.wire.signed import canonical, from_base64url
from hardware_sim.bench import Bench
from hardware_sim.broker import CONTROL_ROOM
from hardware_sim.chaos.clock import SteeredClock

NAME: Final = "chaos"
KEPT: Final = 12
"""Of the latest orders, to be sent again."""


class DeviceEnded(Exception):
    """The device's process is no more: whoever waits for it waits in vain."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An order, as it was first sent."""

    id: str
    verb: str
    boot: str
    """The life of the device that it was meant for."""
    digest: str
    """SHA-256 of what was signed, as leaves name it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply, as it came."""

    order: str
    answer: str
    facts: str
    """Canonical JSON."""
    boot: str = ""
    """The life that was the latest known."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A hit, once for each that was told to a person."""

    id: str
    sequence: int
    commitment: str
    """Computed from what was decrypted."""


@dataclass(slots=True)
class Record:
    """All of it."""

    sent: list[Sent] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    arrivals: int = 0
    """Hit messages on the wire, repeated ones too."""
    resent: int = 0
    """Orders that were sent again."""


class RecordedLink:
    """A connection, and everything that went over it."""

    def __init__(self, link: MqttLink, record: Record, alive: Callable[[], bool], boot: Callable[[], str]) -> None:
        self.link = link
        self._record = record
        self._alive = alive
        self._boot = boot
        self.on_arrival: Callable[[str], None] = lambda _: None
        self.latest: deque[Outgoing] = deque(maxlen=KEPT)

    @property
    def connections(self) -> int:
        """How many times the connection has been made."""
        return self.link.connections

    @property
    def connected(self) -> bool:
        """Whether it stands now."""
        return self.link.connected

    @property
    def alive(self) -> bool:
        """Of the link below."""
        return self.link.alive

    @property
    def may_publish(self) -> Leave:
        """As the broker has said of the connection."""
        return self.link.may_publish

    @property
    def may_hear(self) -> Leave:
        """Likewise."""
        return self.link.may_hear

    @property
    def certificate_ends(self) -> datetime:
        """Of its certificate in use."""
        return self.link.certificate_ends

    def counters(self) -> Mapping[str, int]:
        """What the broker has said."""
        return self.link.counters()

    def connect(self) -> None:
        """Begin to connect."""
        self.link.connect()

    def close(self) -> None:
        """Disconnect."""
        self.link.close()

    def publish(self, message: Outgoing) -> bool:
        """Hand a message over. An order is written down before: whether it arrives nobody knows."""
        verb = message.topic.rpartition("/cmd/")[2]
        if verb != message.topic:
            self._record.sent.append(
                Sent(str(json.loads(message.payload)["id"]), verb, self._boot(), _digest(message.payload))
            )
            if verb != Verb.ACK.value:
                self.latest.append(message)
        return self.link.publish(message)

    def again(self, message: Outgoing) -> None:
        """Send an old order once more, byte for byte."""
        self._record.resent += self.link.publish(message)

    def receive(self, timeout: timedelta) -> Incoming | None:
        """The next message. Raises DeviceEnded where none comes and none will."""
        message = self.link.receive(timeout)
        if message is None:
            if not self._alive():
                raise DeviceEnded
            return None
        if message.topic.endswith("/hit") and message.payload:  # an empty one asks the broker whether it may be
            self._record.arrivals += 1
            self.on_arrival(str(json.loads(message.payload)["id"]))
        elif message.topic.endswith(f"/reply/{NAME}"):
            reply = _said(message.payload)
            facts = json.dumps(reply.get("facts"), sort_keys=True)
            self._record.answered.append(Answered(str(reply["order"]), str(reply["answer"]), facts, self._boot()))
        return message


class Console:
    """A desk that reviews. Call :meth:`step` often."""

    def __init__(self, bench: Bench, clock: SteeredClock, alive: Callable[[], bool]) -> None:
        """Not yet connected. ``alive``: whether the device's process is."""
        self.bench = bench
        self.clock = clock
        self.record = Record()
        self.on_opened: Callable[[Opened], None] = lambda _: None
        self._to_review: deque[Opened] = deque()
        topics = bench.topics
        plain = MqttLink(
            connection.load(bench.connection).broker, f"{CONTROL_ROOM}-{NAME}", Desk.subscriptions(topics, NAME)
        )
        self.link = RecordedLink(plain, self.record, alive, lambda: self.boot)
        reader = Reader(FileSigner(bench.recipient_key), sealing_key(bench.recipient_key))
        device_key = bench.signer(Role.DEVICE).public
        self.desk = Desk(
            self.link, topics, device_key, clock, name=NAME, reader=reader, on_hit=self._take
        )  # fmt: skip
        self._reviewer = bench.signer(Role.REVIEWER)

    @property
    def boot(self) -> str:
        """The life of the device that was last heard of."""
        state = self.desk.seen.state
        return "" if state is None else state.boot

    def step(self, timeout: timedelta = timedelta(milliseconds=10)) -> None:
        """Take one message in, and review the hits that came. Raises DeviceEnded."""
        took = self.desk.step(timeout)
        if not took:
            while self._to_review and self.link.connected and self._review(self._to_review[0]):
                self._to_review.popleft()

    def replay(self, most: int) -> None:
        """Send the latest orders again: to a device that has executed them, or that was killed on the way."""
        for message in list(self.link.latest)[-most:]:
            self.link.again(message)

    def _take(self, opened: Opened) -> None:
        content, sealed = opened.content, opened.sealed
        bound = from_base64url(content.salt) + canonical(replace(content, salt=""))
        self.record.taken.append(Taken(sealed.id, sealed.sequence, hashlib.sha256(bound).hexdigest()))
        self._to_review.append(opened)
        self.on_opened(opened)

    def _review(self, opened: Opened) -> bool:
        sealed = opened.sealed
        body = Review(hit=sealed.id, sequence=sealed.sequence, verdict=Verdict.CONFIRMED, seconds=3)
        try:
            self.desk.send(Verb.REVIEW, body, self._reviewer)
        except BrokerLost:
            return False
        return True


def _inner(payload: bytes) -> bytes:
    """What a message signs: for the record alone, unverified."""
    inner = str(json.loads(payload)["data"]["payload"])
    return base64.urlsafe_b64decode(inner + "=" * (-len(inner) % 4))


def _digest(payload: bytes) -> str:
    return hashlib.sha256(_inner(payload)).hexdigest()


def _said(payload: bytes) -> dict[str, object]:
    found = json.loads(_inner(payload))
    assert isinstance(found, dict)
    return found

"""One end of one device's wire: orders out, signed statements in. Nothing unsigned is believed, nothing late is new."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeVar

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.control_room.gaps import Gaps
from edge.domain.authority import Identifier, Key, Signed
from edge.domain.capture import Instant
from edge.domain.errors import BrokerLost, LamppostError, Undecodable
from edge.domain.message import Incoming, Outgoing
from edge.domain.orders import MAX_ORDER_LIFE, Ack, Answer, Body, Heading, Reply, Verb
from edge.ports import Clock, Link
from edge.wire.events import (
    CONTENT_TYPE,
    Deployment,
    HitContent,
    SealedHit,
    State,
    disclose,
    enclose,
    order_document,
    read,
)
from edge.wire.health import Health
from edge.wire.parcels import Parcel
from edge.wire.sealed import HitBinding, unseal
from edge.wire.signed import Kind, Signs, digest, holds, parse, payload_of
from edge.wire.topics import LOST, Topics

T = TypeVar("T")

STEP: Final = timedelta(milliseconds=50)
HEARD_WITHIN: Final = timedelta(seconds=10)
REMEMBERED: Final = 256
"""Answers that nobody has asked for yet, or that are about long orders."""


class Refused(LamppostError):
    """The device refused an order, or gave it up."""

    def __init__(self, what: str, remedy: str, reason: str = "") -> None:
        super().__init__(what, remedy)
        self.reason = reason.partition(" ")[0]
        """The reason's own word."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A hit as a recipient reads it."""

    sealed: SealedHit
    content: HitContent
    digest: str
    opened: Instant
    signed: Signed
    """As it came."""

    @property
    def lateness(self) -> timedelta:
        """How long it took from the street to here, by the device's signed time and this desk's clock."""
        return max(timedelta(0), self.opened.wall - self.content.captured)


@dataclass(frozen=True, slots=True)
class Reader:
    """A recipient's two keys."""

    signer: Signs
    private: X25519PrivateKey


@dataclass(slots=True)
class Seen:
    """What has come from the device so far, all of it signed by its pinned key."""

    state: State | None = None
    lost: bool = False
    deployment: Deployment | None = None
    health: Health | None = None
    checkpoint: str = ""
    hits: dict[Identifier, Opened] = field(default_factory=dict)
    acknowledged: dict[Identifier, Instant] = field(default_factory=dict)
    """When each hit was first signed for."""
    gaps: Gaps = field(default_factory=Gaps)
    """Hits that should have come and have not."""
    repeated: int = 0
    """Deliveries of a hit that had come before: at-least-once made exactly-once."""
    refused: list[str] = field(default_factory=list)
    """Why messages were not believed."""


class Desk:
    """Sends orders and takes in what the device says. Call :meth:`step` often; nothing happens behind it."""

    def __init__(
        self, link: Link, topics: Topics, device_key: Key, clock: Clock, *, name: str, reader: Reader | None = None,
        on_hit: Callable[[Opened], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self._link = link
        self._topics = self.topics = topics
        self._device_key = device_key
        self._clock = clock
        self._reply_topic = f"{topics.replies}{name}"
        self._reader = reader
        self._on_hit = on_hit
        self._replies: dict[Identifier, tuple[Reply, Signed]] = {}
        self._parcels: dict[Identifier, dict[int, Parcel]] = {}
        self._counter = 0
        self.seen = Seen()

    @staticmethod
    def subscriptions(topics: Topics, name: str, *, parcels: bool = False) -> tuple[str, ...]:
        """What a desk's link has to subscribe to; ``parcels`` where it asks for evidence or the like."""
        return (
            topics.state,
            topics.deployment,
            topics.health,
            topics.checkpoint,
            topics.hit,
            f"{topics.replies}{name}",
            *((topics.parcels,) if parcels else ()),
        )

    def send(self, verb: Verb, body: Body, signer: Signs, *, parcels: bool = False) -> Identifier:
        """Sign and publish an order, once the device has been heard of; keep the parcels that come for it, and for no
        earlier one any more, where that is asked. Raises BrokerLost.
        """
        self.until(lambda: self.seen.state is not None, HEARD_WITHIN, "state of the device")
        state = self.seen.state
        assert state is not None
        now = self._clock.now()
        # Microseconds rise across processes and restarts without anything having to be stored.
        self._counter = max(self._counter + 1, time.time_ns() // 1000)
        heading = Heading(
            id=uuid.uuid4().hex,
            verb=verb,
            site=self._topics.site,
            device=self._topics.device,
            epoch=state.epoch,
            issued=now.wall,
            expires=now.wall + MAX_ORDER_LIFE,
            counter=self._counter,
        )
        if parcels:
            self._parcels = {heading.id: {}}
        signed = order_document(heading, body, signer)
        payload = enclose(signed, Kind.ORDER, id=heading.id, source="/lamppost/control-room", time=now.wall)
        sent = self._link.publish(
            Outgoing(
                self._topics.order(verb),
                payload,
                expires=MAX_ORDER_LIFE,
                correlation=heading.id.encode(),
                respond_to=self._reply_topic,
                content_type=CONTENT_TYPE,
            )
        )
        if not sent:
            raise BrokerLost("The broker is not connected.", "Check its address and certificates, then try again.")
        return heading.id

    def order(self, verb: Verb, body: Body, signer: Signs, timeout: timedelta = timedelta(seconds=10)) -> Reply:
        """Send an order and wait for its outcome. Raises Refused, or BrokerLost where no answer comes."""
        return self.ask(verb, body, signer, timeout)[0]

    def ask(
        self, verb: Verb, body: Body, signer: Signs, timeout: timedelta = timedelta(seconds=10)
    ) -> tuple[Reply, Signed]:
        """As :meth:`order`, for whoever has to show the device's signed answer to somebody else."""
        identifier = self.send(verb, body, signer)
        self.until(lambda: identifier in self._replies, timeout, f"answer to {verb.value}")
        reply, signed = self._replies.pop(identifier)
        if reply.answer is Answer.REJECTED:
            raise Refused(f"{verb.value} was refused: {reply.reason}.", reply.remedy, reply.reason)
        return reply, signed

    def latest(self, order: Identifier) -> Reply | None:
        """The latest answer to an order, if one has come."""
        found = self._replies.get(order)
        return None if found is None else found[0]

    def parcels(self, order: Identifier) -> dict[int, Parcel]:
        """The parcels that have come for an order, by their index."""
        return self._parcels.get(order, {})

    def now(self) -> Instant:
        """This instant, by the desk's clock."""
        return self._clock.now()

    def until(self, condition: Callable[[], bool], timeout: timedelta, what: str) -> None:
        """Take messages in until something is so. Raises BrokerLost after the timeout."""
        deadline = self._clock.now().later(timeout)
        while not condition():
            if self._clock.now().reached(deadline):
                raise BrokerLost(f"No {what} within {timeout.total_seconds():.0f} s.", "Is the device running?")
            self.step(STEP)

    def publish(self, message: Outgoing) -> None:
        """Publish, waiting while the connection is congested. Raises BrokerLost."""
        self.until(lambda: self._link.publish(message), timedelta(seconds=30), "room on the connection to the broker")

    def try_publish(self, message: Outgoing) -> bool:
        """Publish. False where the connection is down or congested."""
        return self._link.publish(message)

    def step(self, timeout: timedelta) -> bool:
        """Take one message in. False where none came."""
        message = self._link.receive(timeout)
        if message is None:
            return False
        try:
            self._take(message)
        except LamppostError as error:
            self.seen.refused.append(str(error))
        return True

    def _take(self, message: Incoming) -> None:
        topics = self._topics
        if message.topic == topics.state and message.payload == LOST:
            self.seen.lost = True
        elif message.topic == topics.state:
            self._state(self._believe(message, Kind.STATE, State))
        elif message.topic == topics.deployment:
            self.seen.deployment = self._believe(message, Kind.DEPLOYMENT, Deployment)
        elif message.topic == topics.health:
            self.seen.health = self._believe(message, Kind.HEALTH, Health)
            self.seen.gaps.told(self.seen.health.gauges)
        elif message.topic == topics.checkpoint:
            self.seen.checkpoint = message.payload.decode(errors="replace")
        elif message.topic == topics.hit:
            self._hit(message)
        elif message.topic.startswith(f"{topics.base}/parcel/"):
            self._parcel(message)
        elif message.topic == self._reply_topic:
            reply = self._believe(message, Kind.REPLY, Reply)
            self._replies.pop(reply.order, None)
            self._replies[reply.order] = reply, disclose(message.payload, Kind.REPLY)
            while len(self._replies) > REMEMBERED:
                del self._replies[next(iter(self._replies))]

    def _believe(self, message: Incoming, kind: Kind, noun: type[T]) -> T:
        signed = disclose(message.payload, kind)
        if not holds(signed, kind, self._device_key):
            raise Undecodable(f"A {kind.value} without the device's signature.", "Somebody else wrote to its topic.")
        return read(signed, noun)

    def _state(self, state: State) -> None:
        last = self.seen.state
        self.seen.lost = False
        if last is None or state.boot != last.boot or state.sequence > last.sequence:
            self.seen.state = state

    def _parcel(self, message: Incoming) -> None:
        if message.topic.split("/")[-2] not in self._parcels:
            return
        parcel = self._believe(message, Kind.PARCEL, Parcel)
        if (parcel.site, parcel.device) == (self._topics.site, self._topics.device) and parcel.order in self._parcels:
            self._parcels[parcel.order][parcel.index] = parcel

    def _hit(self, message: Incoming) -> None:
        reader = self._reader
        if reader is None or not message.payload:
            return  # an empty message is no hit: the device asks the broker whether it may publish here
        signed = disclose(message.payload, Kind.HIT)
        if not holds(signed, Kind.HIT, self._device_key):
            raise Undecodable("A hit without the device's signature.", "Somebody else wrote to its topic.")
        payload = payload_of(signed)
        sealed = parse(payload, SealedHit)
        if self._clock.now().wall >= sealed.expires:
            # Whoever delivers it so late, broker or enemy: the device has recorded that it expired.
            raise Undecodable("A hit past its usefulness, which is no alert any more.", "Compare both ends' clocks.")
        self.seen.gaps.came(sealed.epoch, sealed.sequence)
        if sealed.id in self.seen.hits:
            self.seen.repeated += 1
        else:
            opened = self._open(sealed, signed, digest(payload), reader)
            self.seen.hits[sealed.id] = opened
            self._on_hit(opened)
        ack = Ack(hit=sealed.id, sequence=sealed.sequence, digest=digest(payload))
        self.send(Verb.ACK, ack, reader.signer)
        self.seen.acknowledged.setdefault(sealed.id, self._clock.now())

    def _open(self, sealed: SealedHit, signed: Signed, payload: str, reader: Reader) -> Opened:
        binding = HitBinding(
            site=self._topics.site, device=self._topics.device, authorisation=sealed.authorisation, hit=sealed.id
        )
        content = parse(unseal(sealed.box, reader.private, binding), HitContent)
        if content.hit != sealed.id:
            raise Undecodable("The sealed content belongs to another hit.", "Keep the message for examination.")
        return Opened(sealed, content, payload, self._clock.now(), signed)

"""Hits as ONVIF-shaped JSON events, on a broker of the control room's own, after they were opened, for other systems.

The shape is that of the rule ``tns1:RuleEngine/Recognition/Face`` (ONVIF Analytics Service Specification, "Recognition
rule engines") as JSON over MQTT (ONVIF Core Specification, "Event Broker"). It is no more than the shape: there is no
ONVIF service here, and no profile is claimed. Never a picture, never anybody but who is on the list.

``Likelihood`` is mandatory there and lies between 0 and 1. It is **not a probability, and no score**: it is the band of
the score that the device declared, in quarters (:data:`LIKELIHOOD`), because fine scores never leave a device. What the
band is stands beside it, and so does what a hit is not. A late hit says so; an expired one is not emitted.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import msgspec

from edge.adapters.mqtt import Broker
from edge.connection import BrokerFile
from edge.control_room import own_broker
from edge.control_room.desk import Opened
from edge.control_room.show import LATE
from edge.domain.comparison import ScoreBand
from edge.domain.message import Outgoing
from edge.ports import Clock, Link

LIKELIHOOD: Final = {ScoreBand.AT_THRESHOLD: 0.25, ScoreBand.ABOVE: 0.5, ScoreBand.WELL_ABOVE: 0.75}
WAITING: Final = 64
"""Events that wait for the connection; of more the oldest are dropped, for they are the latest."""
_TOPIC: Final = "onvif-ej/RuleEngine/Recognition/Face"

_Segment = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")]
_Prefix = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9_.-]+)*\Z", max_length=128)]
_Pixels = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class _File(BrokerFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    prefix: _Prefix
    video_source: _Segment
    size: tuple[_Pixels, _Pixels] | None = None


@dataclass(frozen=True, slots=True)
class Mirror:
    """Where events go, and as what."""

    broker: Broker
    prefix: str
    """Names the producer among all that publish there."""
    video_source: str
    size: tuple[int, int] | None
    """Width and height of the device's main stream. Without it boxes are not told: they could not be normalised."""


class BoundingBox(msgspec.Struct, frozen=True, kw_only=True, rename="@{}".format):
    """Normalised: -1 to 1, from left to right and from the bottom to the top."""

    left: float
    top: float
    right: float
    bottom: float


class Source(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """Who says it."""

    video_source: str
    rule: str
    """The authorisation's id."""


class Data(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said."""

    likelihood: float = msgspec.field(name="Likelihood")
    enrollment: str = msgspec.field(name="EnrollmentID")
    """The opaque id of the list's entry."""
    object: str = msgspec.field(name="ObjectId")
    """The hit's number."""
    label: str = msgspec.field(name="Label")
    box: BoundingBox | None = msgspec.field(default=None, name="BoundingBox")
    statement: str = msgspec.field(name="lamppost:Statement")
    band: str = msgspec.field(name="lamppost:Band")
    late: bool = msgspec.field(default=False, name="lamppost:Late")
    presentation_suspected: bool = msgspec.field(default=False, name="lamppost:PresentationSuspected")
    """Never said to be false: that would be taken for a clearance."""


class Event(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """One message."""

    utc_time: datetime
    source: Source
    data: Data


def load(path: Path, devices: Broker) -> Mirror:
    """Read the file; relative paths are relative to it.

    Raises Misconfigured, also where it names the broker that devices use: clear events never cross that one.
    """
    found = own_broker.load(path, _File, devices)
    return Mirror(found.broker(path.parent), found.prefix, found.video_source, found.size)


def event(opened: Opened, mirror: Mirror, now: datetime) -> Event:
    """An opened hit, as an event."""
    content = opened.content
    data = Data(
        likelihood=LIKELIHOOD[content.band],
        enrollment=content.entry,
        object=str(opened.sealed.sequence),
        label="Temporary",  # of the three that there are: a list lives for a day at most
        box=None if mirror.size is None else _normalised(content.box, mirror.size),
        statement=content.statement,
        band=content.band.value,
        late=now - content.captured > LATE,
        presentation_suspected=bool(content.presentation),
    )
    source = Source(video_source=mirror.video_source, rule=opened.sealed.authorisation)
    return Event(utc_time=content.captured, source=source, data=data)


class Emitter:
    """Publishes events as long as their hits are of use."""

    def __init__(self, mirror: Mirror, link: Link, clock: Clock) -> None:
        self._mirror = mirror
        self._link = link
        self._clock = clock
        self._waiting: deque[Opened] = deque(maxlen=WAITING)

    def offer(self, opened: Opened) -> None:
        """Emit this one, as soon as there is a connection."""
        self._waiting.append(opened)
        self.step()

    def step(self) -> None:
        """Emit what waits; forget what has expired."""
        while self._waiting:
            opened, now = self._waiting[0], self._clock.now().wall
            left = opened.sealed.expires - now
            if left > timedelta(0) and not self._link.publish(self._message(opened, now, left)):
                return
            self._waiting.popleft()

    def _message(self, opened: Opened, now: datetime, left: timedelta) -> Outgoing:
        made, mirror = event(opened, self._mirror, now), self._mirror
        topic = f"{mirror.prefix}/{_TOPIC}/&{mirror.video_source}/{made.source.rule}"
        return Outgoing(topic, msgspec.json.encode(made), expires=left, content_type="application/json")


def _normalised(box: tuple[int, int, int, int], size: tuple[int, int]) -> BoundingBox:
    left, top, right, bottom = box
    width, height = size

    def across(x: int) -> float:
        return round(min(1.0, max(-1.0, 2 * x / width - 1)), 4)

    def up(y: int) -> float:
        return round(min(1.0, max(-1.0, 1 - 2 * y / height)), 4)

    return BoundingBox(left=across(left), top=up(top), right=across(right), bottom=up(bottom))

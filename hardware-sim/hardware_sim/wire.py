"""A broker in memory: retained messages, one subscription filter per topic, and links that can be cut.

Only for the lock-step grades. The bench grade runs a real mosquitto.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from edge.domain.link import Leave
from edge.domain.message import Incoming, Outgoing


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything that crosses the broker, as an eavesdropper sees it."""

    topic: str
    payload: bytes
    retain: bool


class MemoryBroker:
    """Delivers at once, in order, to every link whose filters match."""

    listeners: ClassVar[list[Callable[[Outgoing], None]]] = []
    """Told of every message that is sent through any such broker, and of none that is forged."""

    def __init__(self) -> None:
        self._retained: dict[str, bytes] = {}
        self._links: list[MemoryLink] = []
        self.heard: list[Heard] = []

    def link(self, subscriptions: tuple[str, ...], idle: Callable[[timedelta], None] | None = None) -> MemoryLink:
        """A new client. ``idle`` is called where it waits and nothing has come: let time pass there."""
        link = MemoryLink(self, subscriptions, idle)
        self._links.append(link)
        return link

    def publish(self, message: Outgoing) -> None:
        """Deliver a message."""
        for listener in self.listeners:
            listener(message)
        self._deliver(message)

    def forge(self, message: Outgoing) -> None:
        """Deliver what somebody sends who keeps to no contract: a stranger, or whoever holds the broker."""
        self._deliver(message)

    def _deliver(self, message: Outgoing) -> None:
        self.heard.append(Heard(message.topic, message.payload, message.retain))
        if message.retain:
            self._retained[message.topic] = message.payload
        for link in self._links:
            link.offer(message, retained=False)

    def replay(self, link: MemoryLink) -> None:
        """What a new subscriber is sent first."""
        for topic, payload in self._retained.items():
            link.offer(Outgoing(topic, payload), retained=True)


class MemoryLink:
    """One client's connection."""

    def __init__(
        self, broker: MemoryBroker, subscriptions: tuple[str, ...], idle: Callable[[timedelta], None] | None
    ) -> None:
        self._broker = broker
        self._subscriptions = [filter_.split("/") for filter_ in subscriptions]
        self._idle = idle
        self._inbox: deque[Incoming] = deque()
        self._up = False
        self.connections = 0
        self.eats_publishes = False
        """Set: publishing succeeds here, and nothing arrives, as on a half-open connection."""
        self.alive = True
        self.may_publish = Leave.UNKNOWN
        self.may_hear = Leave.UNKNOWN
        self.certificate_ends: datetime | None = None
        """A broker in memory asks for none; a scenario may give one."""
        self.forbids = frozenset[str]()
        """``publish``, ``hear``: what the broker's access list forbids; said at the next connect."""

    def connect(self) -> None:
        """Come up."""
        self._up = True
        self.connections += 1
        self.may_publish = Leave.REFUSED if "publish" in self.forbids else Leave.GRANTED
        self.may_hear = Leave.REFUSED if "hear" in self.forbids else Leave.GRANTED
        self._broker.replay(self)

    def cut(self) -> None:
        """Go down; what is sent meanwhile is not delivered."""
        self._up = False

    @property
    def connected(self) -> bool:
        """Whether the link is up."""
        return self._up

    def counters(self) -> dict[str, int]:
        """How the connection fares."""
        return {"link-up": int(self._up), "link-connections": self.connections}

    def publish(self, message: Outgoing) -> bool:
        """Deliver at once."""
        if self._up and not self.eats_publishes:
            self._broker.publish(message)
        return self._up

    def receive(self, timeout: timedelta) -> Incoming | None:
        """The next message; where there is none, time passes first."""
        if not self._inbox and timeout and self._idle is not None:
            self._idle(timeout)
        return self._inbox.popleft() if self._inbox else None

    def close(self) -> None:
        """Disconnect."""
        self._up = False

    def offer(self, message: Outgoing, *, retained: bool) -> None:
        """Take a message in, if it is subscribed to."""
        if self._up and any(_matches(filter_, message.topic.split("/")) for filter_ in self._subscriptions):
            self._inbox.append(
                Incoming(message.topic, message.payload, retained, message.respond_to, message.correlation)
            )


def _matches(filter_: list[str], topic: list[str]) -> bool:
    if filter_[-1] == "#":
        filter_ = filter_[:-1]
        topic = topic[: len(filter_)]
    return len(filter_) == len(topic) and all(f in ("+", t) for f, t in zip(filter_, topic, strict=True))

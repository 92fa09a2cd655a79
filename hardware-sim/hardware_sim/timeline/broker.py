"""A broker that misbehaves: it says things twice, late, in another order, or not at all, and keeps what it heard."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Final

from edge.domain.message import Outgoing
from hardware_sim.wire import Heard, MemoryBroker, MemoryLink

REMEMBERED: Final = 4096
"""Messages that it keeps at most: a scenario may last for months."""


class UnrulyBroker(MemoryBroker):
    """Delivers at once and in order until the scenario says otherwise."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random
        self.heard: deque[Heard] = deque(maxlen=REMEMBERED)  # type: ignore[assignment]
        self.taps: list[Callable[[Outgoing], None]] = []
        """Told of everything that somebody sends."""
        self.twice = False
        """Everything is delivered twice."""
        self.loses = 0.0
        """Share of the messages that it takes and never delivers."""
        self.holds = False
        """It keeps what it gets, and delivers all of it later in another order."""
        self.withheld = ""
        """A topic of which nothing is delivered."""
        self._held: list[Outgoing] = []

    def publish(self, message: Outgoing) -> None:
        """Deliver a message, or what it makes of it."""
        for tap in self.taps:
            tap(message)
        if self.withheld == message.topic or (self.loses and self._random.random() < self.loses):
            return
        if self.holds:
            self._held.append(message)
            return
        super().publish(message)
        if self.twice:
            self.forge(message)

    def release(self) -> None:
        """Deliver what was held, in another order."""
        self.holds = False
        held, self._held = self._held, []
        self._random.shuffle(held)
        for message in held:
            super().publish(message)

    def kept(self, topic: str) -> bytes | None:
        """What it retains under a topic."""
        return self._retained.get(topic)

    def forget(self, link: MemoryLink) -> None:
        """A connection is gone for good: a scenario of months has thousands."""
        self._links.remove(link)

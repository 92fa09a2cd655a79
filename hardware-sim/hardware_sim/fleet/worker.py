"""A process of many devices. It is told what to do over a pipe, and answers there."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from random import Random
from typing import Final

import cv2

from edge.adapters.host import voice
from edge.domain.authority import Name
from edge.domain.errors import LamppostError
from hardware_sim.fleet.founding import Founded
from hardware_sim.fleet.post import IDLE, Post, Tally, build

REST: Final = 0.005
"""Seconds of sleep when no device had anything to do."""
CONNECTS_APART: Final = 0.01
SWITCH: Final = 0.001
"""A hundred network threads wait for the main one: they shall not wait long."""


@dataclass(frozen=True, slots=True)
class Begin:
    """Build these devices. The first order."""

    founded: Founded
    names: tuple[Name, ...]
    port: int
    seed: int


@dataclass(frozen=True, slots=True)
class Connect:
    """Every device begins to connect."""


@dataclass(frozen=True, slots=True)
class Walking:
    """From now on somebody passes each device once in ``every`` seconds, at a moment of its own; None: nobody does."""

    every: float | None


@dataclass(frozen=True, slots=True)
class AskLinks:
    """How many devices are connected."""


@dataclass(frozen=True, slots=True)
class AskTallies:
    """What each device has to show."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Disconnect and end."""


Order = Begin | Connect | Walking | AskLinks | AskTallies | Finish


@dataclass(frozen=True, slots=True)
class Built:
    """All devices of the process are there."""


@dataclass(frozen=True, slots=True)
class Links:
    """How many are connected now, and how many connections each has had."""

    connected: int
    connections: tuple[tuple[Name, int], ...]
    waiting: int
    """Hits in all outboxes."""


@dataclass(frozen=True, slots=True)
class Tallies:
    """One for each device."""

    each: tuple[Tally, ...]


@dataclass(frozen=True, slots=True)
class Broke:
    """The process cannot go on."""

    why: str


Answer = Built | Links | Tallies | Broke


class Fleet:
    """The devices of one process."""

    def __init__(self, posts: Sequence[Post], seed: int) -> None:
        self._posts = posts
        self._random = Random(seed)  # noqa: S311
        self._every: float | None = None
        self._walks: dict[Name, float] = {}

    def connect(self) -> None:
        """One after the other, as quickly as a shared machine bears."""
        for post in self._posts:
            post.link.connect()
            time.sleep(CONNECTS_APART)

    def walking(self, every: float | None) -> None:
        """See :class:`Walking`."""
        now, self._every = time.monotonic(), every
        if every is None:
            for post in self._posts:
                post.nobody()
        self._walks = {} if every is None else {post.name: now + self._random.uniform(0, every) for post in self._posts}

    def round(self) -> bool:
        """Every device once. False where none had anything to do."""
        busy = False
        for post in self._posts:
            now = time.monotonic()
            if self._every is not None and now >= self._walks[post.name]:
                post.walk(now)
                self._walks[post.name] += self._every
            busy = post.step(now) or busy
        return busy

    def links(self) -> Links:
        """See :class:`Links`."""
        return Links(
            sum(post.link.connected for post in self._posts),
            tuple((post.name, post.link.connections) for post in self._posts),
            sum(len(post.store.outbox(1000)) for post in self._posts),
        )

    def tallies(self) -> Tallies:
        """See :class:`Tallies`."""
        return Tallies(tuple(post.tally() for post in self._posts))

    def close(self) -> None:
        """Disconnect everybody."""
        for post in self._posts:
            post.close()


def run(begin: Begin, pipe: Connection) -> None:
    """The process, from its beginning to its end."""
    sys.setswitchinterval(SWITCH)
    cv2.setNumThreads(1)  # for pictures as small as these, waking another thread costs more than it does
    try:
        random, now = Random(begin.seed), time.monotonic()  # noqa: S311
        posts = [build(begin.founded, name, begin.port, now + random.uniform(0, IDLE)) for name in begin.names]
        fleet = Fleet(posts, begin.seed)
        gc.freeze()
        pipe.send(Built())
        while _obeys(fleet, pipe):
            if not fleet.round():
                time.sleep(REST)
        fleet.close()
    except (LamppostError, OSError) as error:
        print(f"hardware-sim: {error}", file=voice())
        pipe.send(Broke(str(error)))


def _obeys(fleet: Fleet, pipe: Connection) -> bool:
    """Whether to go on."""
    while pipe.poll():
        order: Order = pipe.recv()
        if isinstance(order, Connect):
            fleet.connect()
        elif isinstance(order, Walking):
            fleet.walking(order.every)
        elif isinstance(order, AskLinks):
            pipe.send(fleet.links())
        elif isinstance(order, AskTallies):
            pipe.send(fleet.tallies())
        else:
            return False
    return True

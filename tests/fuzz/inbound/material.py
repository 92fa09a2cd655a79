"""What messages are made of: keys, topics, and what really went to the device."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from edge.domain.authority import Role
from edge.domain.message import Incoming
from edge.domain.orders import Verb
from edge.wire.signed import Signs, from_base64url, key_id
from edge.wire.topics import Topics

MOST_KEPT: Final = 64
"""Signed messages that may be sent again."""
LARGEST: Final = 500_000
"""What still fits into the largest packet that a device takes."""


@dataclass(frozen=True, slots=True)
class Genuine:
    """An order as it was once given: its body, by whom."""

    verb: Verb
    body: Any
    kid: str


class Material:
    """Grows with what is learnt. A seed decides what is made of it, but for keys and counters."""

    def __init__(
        self, random: Random, topics: Topics, epoch: str, keys: dict[Role, Signs], others: list[Signs]
    ) -> None:
        """``others`` may sign too: recipients, strangers."""
        self.random = random
        self.topics = topics
        self.epoch = epoch
        self.keys = keys
        self.everybody = [*keys.values(), *others]
        self.by_id = {key_id(key.public): key for key in self.everybody}
        self.genuine: dict[Verb, list[Genuine]] = {verb: [] for verb in Verb}
        self.chunks: list[Incoming] = []
        self.answers: list[Incoming] = []
        self.kept: list[Incoming] = []
        self.seeds: list[bytes] = [b"{}"]
        self.counter = 0
        self.presence = True
        """Whether presence may be signed by the key that may confirm it."""
        self.custodians = False
        """Whether what custodians sign is changed and signed again too."""

    def learn(self, heard: list[tuple[str, bytes]]) -> None:
        """Take in what really went to the device."""
        for topic, payload in heard:
            part = topic.removeprefix(f"{self.topics.base}/").partition("/")[0]
            incoming = Incoming(topic, payload, retained=False)
            if part == "blob":
                self.chunks = [*self.chunks[-3:], incoming]
            elif part == "cosignature":
                self.answers = [*self.answers[-3:], incoming]
            elif part == "cmd":
                self._learn_order(payload)
            else:
                continue
            self.seeds = [*self.seeds[-40:], payload]

    def keep(self, incoming: Incoming) -> None:
        """It may be sent again."""
        self.kept = [*self.kept[-MOST_KEPT + 1 :], incoming]

    def topic(self) -> str:
        """One that the device hears, mostly."""
        random, base = self.random, self.topics.base
        if random.random() < 0.8:
            return self.topics.order(random.choice(list(Verb)))
        return random.choice([f"{base}/blob/{'0' * 64}/0", f"{base}/cosignature/00000000", f"{base}/cmd/nothing"])

    def respond_to(self) -> str | None:
        """Where an answer is asked for: nowhere, or where none may go."""
        own, random = self.topics.replies, self.random
        odd = [None, "", own, f"{own}#", f"{own}+", f"{own}a/b", f"{own}\0", "$SYS/x", "#", self.topics.state]
        return random.choice([*odd, self.topics.hit, "lamppost/v1/bench/post-2/reply/x", own + "x" * 60_000, f"{own}é"])

    def to(self, topic: str, payload: bytes) -> Incoming:
        """A message that asks for an answer."""
        return Incoming(topic, payload, False, f"{self.topics.replies}fuzz", b"fuzz")

    def _learn_order(self, payload: bytes) -> None:
        data = json.loads(payload)["data"]
        inner = json.loads(from_base64url(data["payload"]))
        kid = json.loads(from_base64url(data["signatures"][0]["protected"]))["kid"]
        verb = Verb(inner["heading"]["verb"])
        self.genuine[verb] = [*self.genuine[verb][-3:], Genuine(verb, inner["body"], kid)]

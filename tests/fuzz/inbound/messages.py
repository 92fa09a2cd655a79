"""Messages that somebody might send: nonsense, damage, and orders that are properly signed and wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edge.domain.message import Incoming
from tests.fuzz.inbound import signed, unsigned
from tests.fuzz.inbound.material import LARGEST, Material


@dataclass(frozen=True, slots=True)
class Message:
    """One of them, and what it is meant to be."""

    kind: str
    incoming: Incoming


class Sender(Material):
    """Makes messages, one after the other."""

    def next(self, now: datetime) -> Message:
        """The next message. ``now`` is the device's wall time."""
        random = self.random
        (kind,) = random.choices(list(_SHARES), list(_SHARES.values()))
        incoming = _MAKERS[kind](self, now)
        if kind in _SIGNED:
            self.keep(incoming)
        respond_to, correlation, retained = incoming.respond_to, incoming.correlation, incoming.retained
        if random.random() < 0.15:
            respond_to = self.respond_to()
        if random.random() < 0.05:
            correlation = random.choice([None, b"", b"\0", random.randbytes(16), random.randbytes(65_535)])
        if random.random() < 0.03:
            retained = True
        return Message(kind, Incoming(incoming.topic, incoming.payload[:LARGEST], retained, respond_to, correlation))


_SHARES: Final = {
    "random": 6, "damaged": 24, "huge": 0.4, "chunk": 6, "cosignature": 6, "odd topic": 5, "again": 6, "order anew": 6,
    "wrong body": 12, "other values": 8, "wrong inside": 7, "wrong heading": 8, "wrong signer": 6,
}  # fmt: skip
"""How much of each, in hundredths."""
_SIGNED: Final = frozenset(
    {"order anew", "wrong body", "other values", "wrong inside", "wrong heading", "wrong signer"}
)
_MAKERS: Final[dict[str, Callable[[Material, datetime], Incoming]]] = {
    "random": unsigned.random_bytes, "damaged": unsigned.with_damage, "huge": unsigned.huge, "chunk": unsigned.chunk,
    "cosignature": unsigned.cosignature, "odd topic": unsigned.odd_topic, "again": signed.again,
    "order anew": signed.order_anew, "wrong body": signed.wrong_body, "other values": signed.other_values,
    "wrong inside": signed.wrong_inside, "wrong heading": signed.wrong_heading, "wrong signer": signed.wrong_signer,
}  # fmt: skip
KINDS: Final = tuple(_SHARES)
Tally = Counter[str]

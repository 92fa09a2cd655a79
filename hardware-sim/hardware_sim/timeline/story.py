"""What the acts of one scenario share: the stand, its record, and what was signed before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from edge.control_room.deploy import SealedList
from edge.domain.authorisation import Authorisation
from edge.domain.authority import Digest, Identifier, Signed
from edge.domain.errors import Misconfigured
from edge.domain.message import Outgoing
from edge.domain.orders import Verb
from edge.wire.events import SealedHit, disclose
from edge.wire.signed import Kind, digest, parse, payload_of
from hardware_sim.timeline.record import Record
from hardware_sim.timeline.stand import Stand


@dataclass(slots=True)
class Deployed:
    """A deployment that somebody has tried to begin."""

    document: Authorisation
    signed: Signed
    sealed: SealedList
    people: frozenset[int]


@dataclass(slots=True)
class Story:
    """The scenario as it is being played."""

    stand: Stand
    record: Record
    deployments: list[Deployed] = field(default_factory=list)
    accepted: list[Deployed] = field(default_factory=list)
    """Those that the device has put in force, in their order."""
    orders: dict[Verb, list[Outgoing]] = field(default_factory=dict)
    """The latest orders of each verb, as they crossed the broker."""
    sealed: dict[int, tuple[Identifier, Digest]] = field(default_factory=dict)
    """Of the hits that crossed the broker, by number: what anybody can see."""
    survived: list[str] = field(default_factory=list)
    """Faults that have begun."""
    kept: Outgoing | None = None
    """A message that somebody keeps for later."""
    collected: set[str] = field(default_factory=set)
    """Kinds of what was collected as evidence."""

    def heard(self, message: Outgoing) -> None:
        """Something crosses the broker: remember orders, for whoever wants to send them again."""
        if message.topic == self.stand.topics.hit and message.payload:
            payload = payload_of(disclose(message.payload, Kind.HIT))
            hit = parse(payload, SealedHit)
            self.sealed[hit.sequence] = hit.id, digest(payload)
            for old in sorted(self.sealed)[:-8]:
                del self.sealed[old]
        base = f"{self.stand.topics.base}/cmd/"
        if message.topic.startswith(base):
            kept = self.orders.setdefault(Verb(message.topic.removeprefix(base)), [])
            kept.append(message)
            del kept[:-8]

    def settle(self, seconds: float = 0.3) -> None:
        """Let what was said be heard."""
        self.stand.live(self.stand.clock.elapsed + timedelta(seconds=seconds))

    @property
    def latest(self) -> Deployed:
        """The deployment that was put in force last, or else tried last. Raises Misconfigured where there is none."""
        found = self.accepted or self.deployments
        if not found:
            raise Misconfigured("Nobody has deployed anything yet.", "Have somebody deploy before.")
        return found[-1]

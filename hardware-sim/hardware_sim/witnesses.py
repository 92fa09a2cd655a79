"""Witnesses of a simulated device: the product's own, with a memory on disk, on the simulated broker."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from edge.audit.memory import Memory
from edge.audit.serve import ANSWER_LIFE
from edge.audit.witness import Witness
from edge.domain.authority import PinnedWitness
from edge.domain.capture import Instant
from edge.domain.message import Outgoing
from edge.ports import Clock
from edge.wire.checkpoints import CONTENT_TYPE, Answer
from edge.wire.topics import Topics
from hardware_sim.office import Office
from hardware_sim.wire import MemoryBroker


class OwnClock:
    """A witness's own clock: the simulated one, and as much ahead as it is set."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ahead = timedelta(0)

    def now(self) -> Instant:
        """This instant."""
        now = self._clock.now()
        return Instant(now.wall + self.ahead, now.boot)

    def synchronised(self) -> bool:
        """A witness looks after its clock."""
        return True


class SimulatedWitness:
    """One witness, and its connection."""

    def __init__(self, name: str, folder: Path, broker: MemoryBroker, clock: Clock, office: Office) -> None:
        self.clock = OwnClock(clock)
        self.memory = Memory(folder, new=True)
        origins = f"lamppost/{office.site}/{office.device}/"
        self.witness = Witness(name, self.memory, self.clock, log_key=office.device_key.public, origins=origins)
        self.id = self.witness.verifier.id.hex()
        self._topics = Topics(office.site, office.device)
        self.link = broker.link((self._topics.add_checkpoint(self.id),))
        self.link.connect()
        self.answers: list[Answer] = []

    @property
    def pinned(self) -> PinnedWitness:
        """As a trust root names it."""
        return PinnedWitness(name=self.witness.verifier.name, key=self.memory.signer.public)

    def step(self) -> None:
        """Answer what was asked."""
        while (message := self.link.receive(timedelta(0))) is not None:
            self.answers.append(self.witness.answer(message.payload))
            topic, answer = self._topics.cosignature(self.id), self.answers[-1].encode()
            self.link.publish(Outgoing(topic, answer, expires=ANSWER_LIFE, content_type=CONTENT_TYPE))


def pinned(count: int, folder: Path, broker: MemoryBroker, clock: Clock, office: Office) -> list[SimulatedWitness]:
    """So many witnesses, which the office pins."""
    made = [
        SimulatedWitness(f"witness.example/{number}", folder / f"witness-{number}", broker, clock, office)
        for number in range(count)
    ]
    office.witnesses = tuple(witness.pinned for witness in made)
    return made

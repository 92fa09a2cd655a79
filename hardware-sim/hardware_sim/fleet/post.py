"""One device of a fleet: the product between its ports, and when its turn is due."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from edge import __version__, assemble
from edge.adapters.files import ChunkedFiles
from edge.adapters.keys import FileSigner
from edge.adapters.mqtt import MqttLink
from edge.adapters.store import SqliteStore
from edge.control_room.deploy import read_signed
from edge.daemon.report import Identity
from edge.daemon.supervise import NOW, Daemon
from edge.daemon.watch import Watching
from edge.domain.authority import Key, Name
from edge.domain.capture import Frame, Picture
from edge.domain.errors import Misconfigured, Refusal
from edge.domain.leaves.hits import HitAcknowledged, HitCommitted, HitExpired, HitWithheld
from edge.domain.zone import Zone
from edge.ports import Clock
from edge.safeguards import verify
from edge.safeguards.journal import SIGNED_HEAD
from edge.safeguards.trust import Trust
from edge.wire.checkpoints import read_checkpoint
from edge.wire.log import decode_leaf
from edge.wire.merkle import frontier_of
from edge.wire.notes import Algorithm, Verifier, read_note, verified
from edge.wire.topics import LOST
from edge.world import World
from hardware_sim.bench import BenchClock
from hardware_sim.fleet.founding import CONFIGURATION, EPOCH, PERSON, SITE, Founded, common_name
from hardware_sim.host import SimulatedHost
from hardware_sim.scripted import ScriptedCamera, ScriptedDetector, ScriptedExtractor, Street, Walk

IDLE: Final = 1.5
"""Seconds between the turns of a device that nothing happens to: its frames are then always fresh."""
FRAME: Final = 0.17
"""Seconds between them while somebody walks by: each gives a sample of its own."""
RATE: Final = timedelta(seconds=0.15)
PASSAGE: Final = 8.0
"""At most: whoever walks by is gone when they have been searched."""
ROWS: Final = (40, 110, 180, 250)
"""Where they walk, in turn: who comes to the same place within half a minute passes for the same person."""
SMALLER: Final = 4


class PlainCamera(ScriptedCamera):
    """Scripted, six frames a second, a small stream that is small: a fleet's processor time is for the wire."""

    def next(self, timeout: timedelta) -> Frame | None:
        """The next frame, where it is time for one."""
        now = self._clock.now()
        frame = super().next(timeout) if self._last is None or now.since(self._last) >= RATE else None
        if frame is None:
            return None
        y, u, v = (plane[::SMALLER, ::SMALLER].copy() for plane in (frame.main.y, frame.main.u, frame.main.v))
        return Frame(frame.sequence, frame.captured, frame.main, Picture(y, u, v))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one device has to show for itself."""

    name: Name
    committed: int
    acknowledged: int
    expired: int
    withheld: int
    waiting: int
    """In the outbox."""
    verified: bool
    """Whether its leaves give the head that it signed."""
    passages: int
    connections: int
    undecodable: int
    counters: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Post:
    """A device. :meth:`step` often."""

    name: Name
    daemon: Daemon
    link: MqttLink
    store: SqliteStore
    street: Street
    clock: Clock
    key: Key
    due: float
    walking_until: float = 0.0
    searched: int = 0
    """Searches before the person in view came."""
    passages: int = 0

    def step(self, now: float) -> bool:
        """Take what came, and a turn where one is due. ``now`` is monotonic. False where there was nothing to do."""
        if not self.daemon.obey.step(NOW) and now < self.due:
            return False
        self.daemon.turn()
        if self.walking_until and (now >= self.walking_until or self._searches() > self.searched):
            self.nobody()
        self.due = now + (FRAME if self.walking_until else IDLE)
        return True

    def walk(self, now: float, person: int = PERSON) -> None:
        """Somebody walks by, from now on: whoever is listed, unless another is named."""
        row = ROWS[self.passages % len(ROWS)]
        self.street.walks[:] = [Walk(person, self.clock.now(), timedelta(seconds=PASSAGE), row)]
        self.walking_until, self.due, self.searched = now + PASSAGE, now, self._searches()
        self.passages += 1

    def nobody(self) -> None:
        """The street is empty."""
        self.street.walks.clear()
        self.walking_until = 0.0

    def tally(self) -> Tally:
        """Count, from the journal and not from memory."""
        leaves = self.store.leaves(0, self.store.size())
        events = [decode_leaf(raw).event for raw in leaves]
        counters = self.daemon.pulse.counters()
        return Tally(
            name=self.name,
            committed=_count(events, HitCommitted),
            acknowledged=_count(events, HitAcknowledged),
            expired=_count(events, HitExpired),
            withheld=_count(events, HitWithheld),
            waiting=len(self.store.outbox(10_000)),
            verified=self._verifies(leaves),
            passages=self.passages,
            connections=self.link.connections,
            undecodable=counters.get("inbound-undecodable", 0),
            counters=counters,
        )

    def _searches(self) -> int:
        return self.daemon.pulse.counters().get("searches", 0)

    def close(self) -> None:
        """Disconnect in good order."""
        self.link.close()
        self.store.close()

    def _verifies(self, leaves: list[bytes]) -> bool:
        """The head that the device signed last, against its key and the leaves on disk."""
        note = self.store.get(SIGNED_HEAD)
        if note is None:
            return False
        read = read_note(note)
        head = read_checkpoint(read.text)
        believed = verified(read, [Verifier(head.origin, self.key, Algorithm.NOTE)])
        root = frontier_of(leaves[: head.size]).root().hex()
        return bool(believed) and (head.size, head.root) == (len(leaves[: head.size]), root)


def build(founded: Founded, name: Name, port: int, due: float, clock: Clock | None = None) -> Post:
    """Provisioned as a real one is, on the machine's clock or another. Not connected yet. Raises Misconfigured."""
    clock, street = clock or BenchClock(), Street()
    state = founded.state(name)
    state.mkdir(parents=True, exist_ok=True)
    store = SqliteStore(state / "journal.sqlite")
    topics = founded.topics(name)
    link = MqttLink(
        founded.client(common_name(name), port), common_name(name), topics.heard, (topics.state, LOST), topics.hit
    )
    world = World(
        clock=clock,
        camera=PlainCamera(street, clock),
        detector=ScriptedDetector(street),
        extractor=ScriptedExtractor(),
        signer=FileSigner(founded.key(name)),
        host=SimulatedHost(),
        store=store,
        files=ChunkedFiles(state / "blobs"),
        link=link,
        boot=uuid.uuid4().hex,
    )
    trusted = Trust(read_signed(founded.trust_root(name)), store)
    evidence = verify.evidence(read_signed(founded.calibration), trusted.keys)
    if isinstance(evidence, Refusal):
        raise Misconfigured(f"The fleet's calibration is not believed: {evidence}", "Found the fleet again.")
    identity = Identity(site=SITE, device=name, epoch=EPOCH, boot=world.boot, version=__version__)
    daemon = assemble.wired(identity, trusted, evidence, world, Zone(), Watching(), CONFIGURATION)
    return Post(name, daemon, link, store, street, clock, world.signer.public, due)


def _count(events: Sequence[object], kind: type) -> int:
    return sum(isinstance(event, kind) for event in events)

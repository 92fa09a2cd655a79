"""What lies on the disk of a device that may be carried off."""

from __future__ import annotations

from typing import Final

from edge.domain.condition import EndReason
from edge.domain.leaves.deployment import Ended
from edge.domain.leaves.hits import HitAcknowledged, HitExpired
from edge.domain.message import Outgoing
from edge.wire.events import SealedHit, disclose
from edge.wire.signed import Kind, parse, payload_of
from hardware_sim.promises.promise import Broken, Promise
from hardware_sim.timeline.record import Recorded
from hardware_sim.timeline.story import Story

NAMES: Final = (
    "journal/head", "journal/signed-head", "searches/reserved", "clock/mark", "clock/decided", "paper/", "trust-root/",
    "authorisation/accepted-sequence", "authorisation/accepted-digest", "authorisation/closed-sequence", "urgent/",
    "deployment/in-force", "deployment/withdrawn/", "hits/sequence", "hits/told/", "orders/counter/", "orders/result/",
    "job/", "transfer/", "accuracy/latest", "accuracy/reported/", "updates/recorded", "capture-given-up", "cosigned/",
    "epoch/",
)  # fmt: skip
"""The closed list of what a device keeps by name."""
REMEMBERED: Final = 32


class DiskHoldsNobody(Promise):
    """Names and contents of everything that is kept."""

    name = "the-disk-holds-nobody"
    says = "Nothing is kept under a name that the retention policy does not know, and nobody listed is named anywhere."

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._looked = 0

    def leaf(self, recorded: Recorded) -> Broken:
        """At every end of a deployment."""
        if isinstance(recorded.leaf.event, Ended):
            yield from self.end()

    def turn(self) -> Broken:
        """Once in a while under way."""
        self._looked += 1
        if self._looked % 200 == 0:
            yield from self.end()

    def end(self) -> Broken:
        """As somebody would read it who has the disk."""
        if not self.recording or self.stand.card.full or self.stand.card.read_only:
            return
        people = {f"v-{person:04d}".encode() for one in self.story.deployments for person in one.people}
        with self.stand.device.store.transaction() as transaction:
            for name in transaction.names(""):
                if not name.startswith(NAMES):
                    yield f"something is kept on disk as {name!r}"
                value = transaction.get(name) or b""
                for person in people:
                    if person in value or person in name.encode():
                        yield f"{person.decode()} is named on disk, in {name.partition('/')[0]}"


class DeletedIsGone(Promise):
    """Searches the very files for the ciphertext of hits that are over."""

    name = "deleted-is-gone"
    says = "Of a hit that was taken over or has expired, not even its ciphertext is in the device's files any more."

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._marks: dict[int, bytes] = {}
        self._over: list[int] = []

    def message(self, message: Outgoing) -> Broken:
        """Remember a part of each hit as it was sent."""
        if message.topic == self.stand.topics.hit and message.payload:
            signed = disclose(message.payload, Kind.HIT)
            sealed = parse(payload_of(signed), SealedHit)
            self._marks[sealed.sequence] = signed.payload[-160:-96].encode()
            for old in sorted(self._marks)[:-REMEMBERED]:
                del self._marks[old]
        return iter(())

    def leaf(self, recorded: Recorded) -> Broken:
        """It is over."""
        if isinstance(recorded.leaf.event, HitAcknowledged | HitExpired):
            self._over.append(recorded.leaf.event.sequence)
        return iter(())

    def turn(self) -> Broken:
        """One turn after the end of a hit, and so after the writer's own sweep."""
        if not self._over or self.stand.off:
            return
        over, self._over = self._over, []
        if not self.recording:
            return
        files = [
            path.read_bytes()
            for path in self.stand.folder.glob("journal.sqlite*")
            if not path.name.endswith("-reserve")
        ]
        for sequence in over:
            mark = self._marks.get(sequence)
            if mark is not None and any(mark in file for file in files):
                yield f"hit {sequence} is over, and its ciphertext is on disk"


class ListsLeaveTheDisk(Promise):
    """Sealed lists, which are ciphertext whose key is gone."""

    name = "sealed-lists-leave-the-disk"
    says = "A sealed list is deleted with its deployment, unless a restart ended it."

    def leaf(self, recorded: Recorded) -> Broken:
        """Looked for at the next turn, for the end is recorded first."""
        event = recorded.leaf.event
        if isinstance(event, Ended) and event.why not in (EndReason.RESTART, EndReason.SHUTDOWN, EndReason.UNSAFE):
            self._ended = True
        return iter(())

    _ended = False

    def turn(self) -> Broken:
        """The folder of what came in chunks."""
        if not self._ended:
            return
        self._ended = False
        folder = self.stand.folder / "blobs"
        if self.recording and any(any(one.iterdir()) for one in folder.iterdir() if one.is_dir()):
            yield "the deployment has ended, and its sealed list is on disk"

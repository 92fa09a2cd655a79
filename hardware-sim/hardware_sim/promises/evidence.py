"""What an outsider can verify, and how soon."""

from __future__ import annotations

import hashlib
import shutil
from datetime import timedelta
from typing import Final

from edge.adapters.archive import archive
from edge.audit.case import Brought
from edge.audit.export import export
from edge.audit.report import examine
from edge.domain.leaves.device import Alive, Booted
from edge.domain.message import Outgoing
from edge.wire.checkpoints import read_checkpoint
from edge.wire.log import encode_leaf
from edge.wire.notes import read_note
from edge.wire.signed import digest, payload_of
from hardware_sim.promises.promise import Broken, Promise
from hardware_sim.timeline.record import Recorded
from hardware_sim.timeline.story import Story

HEARTBEAT: Final = timedelta(minutes=15, seconds=45)
HEAD: Final = timedelta(seconds=95)
"""Leaves are under a published head within so long: thirty seconds, and the longest turns."""


class HeartbeatsOnTime(Promise):
    """A gap in these is a gap in what can be shown."""

    name = "heartbeats-are-on-time"
    says = "While the device is on and can record, there is a heartbeat every fifteen minutes at least."

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._last: timedelta | None = None

    def leaf(self, recorded: Recorded) -> Broken:
        """A start is one too."""
        if isinstance(recorded.leaf.event, Alive | Booted):
            self._last = recorded.at
        return iter(())

    def turn(self) -> Broken:
        """Counted while it could have been recorded."""
        if not self.recording:
            self._last = None
            return
        self._last = self.now if self._last is None else self._last
        if self.now - self._last > HEARTBEAT:
            yield "no heartbeat for more than fifteen minutes"
            self._last = self.now


class HeadsArePublished(Promise):
    """By what crosses the broker."""

    name = "heads-cover-the-journal"
    says = "Whatever is recorded is under a signed, published head within a minute, while the broker can be reached."

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        # The first head is published while the stand is set up, before anybody listens.
        first = self.stand.broker.kept(self.stand.topics.checkpoint)
        self._size = 0 if first is None else read_checkpoint(read_note(first).text).size
        self._behind: timedelta | None = None

    def message(self, message: Outgoing) -> Broken:
        """The latest head."""
        if message.topic == self.stand.topics.checkpoint:
            self._size = read_checkpoint(read_note(message.payload).text).size
        return iter(())

    def turn(self) -> Broken:
        """Counted while one could have been sent."""
        stand = self.stand
        if not self.recording or not stand.device.link.connected or stand.device.link.eats_publishes:
            self._behind = None
            return
        if stand.device.daemon.gate._journal.size <= self._size:
            self._behind = None
            return
        self._behind = self.now if self._behind is None else self._behind
        if self.now - self._behind > HEAD:
            yield "the journal has grown, and no head covers it"
            self._behind = self.now


class LeavesNameNobody(Promise):
    """Raw leaves against the names of the listed, and what is made of them."""

    name = "the-journal-names-nobody"
    says = "No leaf has the name of anybody listed, or its digest."

    def leaf(self, recorded: Recorded) -> Broken:
        """Byte for byte."""
        people = {f"v-{person:04d}".encode() for one in self.story.deployments[-3:] for person in one.people}
        raw = encode_leaf(recorded.leaf)
        for person in people:
            if person in raw or hashlib.sha256(person).hexdigest()[:24].encode() in raw:
                yield f"a leaf {recorded.leaf.event.kind} names {person.decode()}"


class EvidenceVerifies(Promise):
    """The product's own examination, on the files that the device leaves."""

    name = "the-evidence-verifies"
    says = "The bundle that is exported from the device's disk has no failure, by the tool that an outsider would use."

    def end(self) -> Broken:
        """Exported and examined."""
        stand = self.stand
        assert stand.provisioned is not None
        folder = stand.folder.parent / "bundle"
        shutil.rmtree(folder, ignore_errors=True)
        with archive(stand.folder) as state:
            export(state, folder, site=stand.office.site, device=stand.office.device, epoch=stand.epoch)
        report = examine(folder, Brought(root=digest(payload_of(stand.provisioned))))
        for subject in report.subjects:
            for failed in subject.failures:
                where = failed.where[0].detail if failed.where else ""
                yield f"{failed.name}: {failed.sentence} {where}".strip()

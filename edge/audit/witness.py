"""A witness: cosigns a log's head if, and only if, it continues every head that this witness has ever cosigned.

C2SP tlog-witness, with the requests and answers of ``edge.wire.checkpoints``. A cosignature says: at this time, by my
own clock, this is the largest head of this log that I have seen. It says nothing about what the log contains.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from edge.audit.memory import Memory, Seen
from edge.domain.authority import Key
from edge.domain.errors import JournalUnwritable, Undecodable
from edge.domain.record import Checkpoint
from edge.ports import Clock
from edge.wire.checkpoints import AddCheckpoint, Answer, Verdict, read_add_checkpoint, read_checkpoint
from edge.wire.merkle import EMPTY_ROOT, extends
from edge.wire.notes import Algorithm, Note, Verifier, cosign, verified

_NOTHING: Final = Checkpoint(origin="", size=0, root=EMPTY_ROOT.hex())


class Witness:
    """Answers requests to cosign the logs of one device: all of its epochs, each a log of its own."""

    def __init__(self, name: str, memory: Memory, clock: Clock, *, log_key: Key, origins: str) -> None:
        """``log_key`` is the device's, pinned; ``origins`` what the names of its logs begin with."""
        self._name = name
        self._memory = memory
        self._clock = clock
        self._log_key = log_key
        self._origins = origins
        self.verifier = Verifier(name, memory.signer.public, Algorithm.COSIGNATURE)

    def answer(self, raw: bytes) -> Answer:
        """The answer to an ``add-checkpoint`` body from outside. Whatever comes, an answer follows."""
        try:
            request = read_add_checkpoint(raw)
            head = read_checkpoint(request.note.text)
        except Undecodable:
            return Answer(Verdict.MALFORMED)
        seen = self._memory.seen(head.origin)
        if not head.origin.startswith(self._origins) or (seen is None and self._memory.full):
            return Answer(Verdict.UNKNOWN_LOG)
        if not self._signed_by_log(request.note, head):
            return Answer(Verdict.NOT_SIGNED_BY_LOG)
        if request.old_size > head.size:
            return Answer(Verdict.MALFORMED)
        return self._judged(raw, request, head, seen)

    def _judged(self, raw: bytes, request: AddCheckpoint, head: Checkpoint, seen: Seen | None) -> Answer:
        known = _NOTHING if seen is None else seen.head
        if request.old_size != known.size:
            if head.size == known.size and head.root != known.root:
                self._memory.keep_refused(raw)
            return Answer(Verdict.CONFLICT, size=known.size)
        old, new = bytes.fromhex(known.root), bytes.fromhex(head.root)
        if not extends(known.size, old, head.size, new, request.proof):
            self._memory.keep_refused(raw)
            return Answer(Verdict.INCONSISTENT)
        now = self._clock.now().wall.replace(microsecond=0)
        if not self._clock.synchronised() or (seen is not None and now < seen.at):
            return Answer(Verdict.UNAVAILABLE)
        return self._cosigned(request.note, head, now)

    def _cosigned(self, note: Note, head: Checkpoint, now: datetime) -> Answer:
        by_log = tuple(line for _, line in verified(note, [self._log_verifier(head)]))
        try:
            self._memory.remember(head.origin, Seen(note=Note(note.text, by_log).encode().decode(), at=now))
        except JournalUnwritable:
            return Answer(Verdict.UNAVAILABLE)
        return Answer(Verdict.COSIGNED, (cosign(note.text, self._name, self._memory.signer, now),))

    def _signed_by_log(self, note: Note, head: Checkpoint) -> bool:
        try:
            return bool(verified(note, [self._log_verifier(head)]))
        except Undecodable:
            return False

    def _log_verifier(self, head: Checkpoint) -> Verifier:
        return Verifier(head.origin, self._log_key, Algorithm.NOTE)

"""Witnessed: whether enough witnesses have cosigned the journal lately, and what they cosigned, kept for auditors.

A cosignature is believed where a pinned witness's key signed the very head that this device asked it to sign. What a
witness refuses is only heard, for refusals are not signed: the gate misses the cosignature, and that is enough.

The store holds, each a checkpoint note with the log's line and one witness's:

``cosigned/latest/<witness>``
    the newest of each witness, by its key id (eight hexadecimal digits);
``cosigned/kept/<size>/<witness>``
    the last before, and the first after, every leaf that begins or ends a deployment; size in sixteen digits.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from edge.domain.authority import TrustRoot
from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import Reason, Refusal, Undecodable, Unsafe
from edge.domain.leaves.deployment import Began, Ended
from edge.ports import Store, Transaction
from edge.safeguards.clock import APART, Timekeeper
from edge.safeguards.journal import Journal
from edge.safeguards.verify import Believed
from edge.wire.checkpoints import AddCheckpoint, Answer, Verdict, read_answer, read_checkpoint
from edge.wire.notes import Algorithm, Note, NoteSignature, Verifier, cosigned_at, holds, read_note, verified

REMEMBERED: Final = 4
"""Heads that a late answer may still be about."""
MOST_KEPT: Final = 1024
LATEST: Final = "cosigned/latest/"
KEPT: Final = "cosigned/kept/"
_PAGE: Final = 256


@dataclass(slots=True)
class _Standing:
    """What is known of one witness."""

    verifier: Verifier
    size: int = 0
    """That it last cosigned, as far as is known: the next proof begins there."""
    named: int = 0
    """Where the proof of the latest request begins, or that of the next is bound to."""
    head: int | None = None
    """Size of the newest head that it cosigned here."""
    at: datetime | None = None
    asked_at: Instant | None = None
    """When the newest cosigned head was asked for, where that was since the start."""
    asked: deque[tuple[Note, Instant]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))


class Witnessed:
    """The cosignatures' door. Any thread may ask; requests and answers pass on the main thread."""

    def __init__(self, journal: Journal, store: Store, time: Timekeeper, root: Callable[[], TrustRoot]) -> None:
        self._journal = journal
        self._store = store
        self._time = time
        self._root = root
        self._lock = threading.Lock()
        self._standings: dict[Verifier, _Standing] = {}

    def recent(self, now: Instant) -> bool:
        """Whether as many distinct witnesses as the policy asks for have cosigned the journal lately enough."""
        policy = self._root().policy
        judged = self._time.never_back(now)
        with self._lock:
            fresh = [one for one in self._pinned().values() if _is_fresh(one, judged, policy.cosigned_within)]
        return len(fresh) >= policy.witnesses

    def refuses(self, _believed: Believed, now: Instant) -> Refusal | None:
        """A deployment does not begin unwitnessed."""
        return None if self.recent(now) else Refusal(Reason.NOT_COSIGNED)

    def missing(self, _believed: Believed, now: Instant) -> Reason | None:
        """Nor does it go on."""
        return None if self.recent(now) else Reason.NOT_COSIGNED

    def over(self, _believed: Believed, _now: Instant) -> EndReason | None:
        """It pauses; a pause that is too long ends it."""
        return None

    def requests(self, note: Note, now: Instant) -> dict[str, bytes]:
        """What to ask each pinned witness, by its key id: to cosign this head of the journal."""
        self.remember()
        with self._lock:
            return {name: self._request(one, note, now) for name, one in self._pinned().items()}

    def take(self, name: str, raw: bytes, now: Instant) -> Verdict | None:
        """Take a witness's answer in. None where it is about nothing that was asked, or of no pinned witness.

        Raises Undecodable, and Unsafe where a cosignature cannot be kept.
        """
        answer = read_answer(raw)
        with self._lock:
            one = self._pinned().get(name)
            if one is None:
                return None
            if answer.verdict is Verdict.CONFLICT:
                return self._conflict(one, answer)
            found = _match(one, answer)
        if answer.verdict is not Verdict.COSIGNED:
            return answer.verdict
        if found is None:
            return None
        note, line, asked = found
        self._keep(one, name, Note(note.text, (*note.signatures, line)), asked, now)
        self._time.cosigned(one.verifier.key, cosigned_at(line), asked, now)
        return Verdict.COSIGNED

    def counters(self, now: Instant) -> dict[str, int]:
        """What health says of the witnesses."""
        with self._lock:
            ages = [self._time.never_back(now).wall - one.at for one in self._pinned().values() if one.at is not None]
        return {
            "witnesses-pinned": len(self._root().witnesses),
            "witnesses-heard": len(ages),
            "witness-age-seconds": int(min(ages, default=timedelta(0)).total_seconds()),
        }

    def _request(self, one: _Standing, note: Note, now: Instant) -> bytes:
        size = read_checkpoint(note.text).size
        # A witness that cosigned more than there is has seen leaves that are gone: it will say so itself.
        old = min(one.size, size)
        one.asked.append((note, now))
        one.named = old
        return AddCheckpoint(old, self._journal.consistency(old, size), note).encode()

    def _conflict(self, one: _Standing, answer: Answer) -> Verdict | None:
        # A witness that was away answers what has queued up: the first request it cosigns, the rest begin too early.
        if answer.size is None or answer.size > self._journal.size or answer.size == one.size == one.named:
            return Verdict.INCONSISTENT
        one.size = one.named = answer.size
        return Verdict.CONFLICT

    def _keep(self, one: _Standing, name: str, note: Note, asked: Instant, now: Instant) -> None:
        size = read_checkpoint(note.text).size
        at = cosigned_at(note.signatures[-1])
        if one.at is not None and at < one.at:
            return  # an older answer, delivered late or again

        around = one.head is not None and self._deployment_between(one.head, size)

        def write(transaction: Transaction) -> None:
            if around:
                before = transaction.get(LATEST + name)
                if before is not None:
                    transaction.put(f"{KEPT}{one.head:016d}/{name}", before)
                transaction.put(f"{KEPT}{size:016d}/{name}", note.encode())
                for old in sorted(transaction.names(KEPT))[:-MOST_KEPT]:
                    transaction.delete(old)
            transaction.put(LATEST + name, note.encode())

        self._journal.record_in(write, now)
        with self._lock:
            one.size = one.head = size
            one.at, one.asked_at = at, asked

    def _deployment_between(self, old: int, new: int) -> bool:
        for start in range(old, new, _PAGE):
            leaves = self._journal.leaves(start, min(new, start + _PAGE))
            if any(isinstance(leaf.event, Began | Ended) for leaf in leaves):
                return True
        return False

    def remember(self) -> None:
        """Look up what witnesses that are newly pinned cosigned before. A trust root may rotate under way."""
        for pinned in self._root().witnesses:
            verifier = Verifier(pinned.name, pinned.key, Algorithm.COSIGNATURE)
            # Read without the lock: whoever writes the store may be waiting for it at the gate.
            if verifier not in self._standings:
                standing = self._remembered(verifier)
                with self._lock:
                    self._standings[verifier] = standing

    def _pinned(self) -> dict[str, _Standing]:
        pinned = {(witness.name, witness.key) for witness in self._root().witnesses}
        return {
            verifier.id.hex(): one
            for verifier, one in self._standings.items()
            if (verifier.name, verifier.key) in pinned
        }

    def _remembered(self, verifier: Verifier) -> _Standing:
        try:
            stored = self._store.get(LATEST + verifier.id.hex())
            if stored is None:
                return _Standing(verifier)
            note = read_note(stored)
            ((_, line),) = verified(note, [verifier])
            size = read_checkpoint(note.text).size
        except (Unsafe, Undecodable, ValueError):
            return _Standing(verifier)
        return _Standing(verifier, size=size, head=size, at=cosigned_at(line))


def _match(one: _Standing, answer: Answer) -> tuple[Note, NoteSignature, Instant] | None:
    for note, asked in reversed(one.asked):
        for line in answer.signatures:
            if holds(line, note.text, one.verifier):
                return note, line, asked
    return None


def _is_fresh(one: _Standing, now: Instant, within: timedelta) -> bool:
    """Old by the wall clock, or by the boot clock since it was asked for: either is too old."""
    if one.at is None or not -APART <= now.wall - one.at <= within:
        return False
    return one.asked_at is None or now.since(one.asked_at) <= within

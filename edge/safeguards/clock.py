"""The clock: wall time is believed only while it is disciplined, not before any time that was already known, and not
against what the witnesses say.

The high-water mark is the latest time that is known to have been reached. It rises from a disciplined clock and from
the times of a quorum of witnesses, never from a clock that nobody disciplines; it is kept on disk, and counted on by
the boot clock, which cannot step. Two custodians lower it, with a signed document, and nobody else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from edge.domain.authority import Identifier, Key, Name, Signed, TrustRoot
from edge.domain.capture import Instant
from edge.domain.custody import NewClock
from edge.domain.errors import Reason, Refusal, Undecodable, Unsafe
from edge.domain.leaves.device import ClockReset
from edge.ports import Clock, Store, Transaction
from edge.safeguards import papers
from edge.safeguards.deployment import CLOCK_STEP
from edge.safeguards.journal import Journal
from edge.wire.custodians import quorum
from edge.wire.signed import Kind, digest, parse, payload_of

SAVED: Final = timedelta(minutes=1)
"""How far the mark on disk may lag behind: as much as a device without power can be put back unnoticed."""
APART: Final = timedelta(minutes=1)
"""How far a witness's clock and this one may lie apart."""
BELIEVED: Final = timedelta(hours=1)
"""How long a cosigned time is held against the clock, counted by the boot clock."""
_MARK: Final = "clock/mark"
_DECIDED: Final = "clock/decided"


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a witness's time says of wall minus boot time: it lies between the two."""

    least: datetime
    most: datetime
    heard: Instant


class Timekeeper:
    """The clock's door. A :class:`edge.ports.Clock` to whoever needs to know the time; any thread may ask."""

    def __init__(self, clock: Clock, journal: Journal, store: Store, root: Callable[[], TrustRoot]) -> None:
        self._clock = clock
        self._journal = journal
        self._store = store
        self._root = root
        self._lock = threading.Lock()
        self._claims: dict[Key, _Claim] = {}
        self._offset: datetime | None = None
        """The largest wall minus boot time that is known: the mark, counted on by the boot clock."""
        self._saved: datetime | None = None

    def open(self, now: Instant) -> None:
        """Read the mark; from here on the boot clock counts it on.

        Where the store cannot be read the journal is unsafe, and says so.
        """
        try:
            stored = self._store.get(_MARK)
        except Unsafe:
            return
        if stored is not None:
            with self._lock:
                self._saved = datetime.fromisoformat(stored.decode())
                self._raise_to(self._saved - now.boot)

    def now(self) -> Instant:
        """This instant on both clocks, believed or not."""
        return self._clock.now()

    def synchronised(self) -> bool:
        """Whether the time is to be believed at this instant."""
        return self.trusted(self.now())

    def trusted(self, now: Instant) -> bool:
        """Whether wall time is to be believed."""
        with self._lock:
            return self._clock.synchronised() and not self.behind(now) > CLOCK_STEP and not self._contradicted(now)

    def behind(self, now: Instant) -> timedelta:
        """How far the wall clock lies behind the mark; nothing where it does not."""
        mark = self._mark(now)
        return timedelta(0) if mark is None else max(timedelta(0), mark - now.wall)

    def never_back(self, now: Instant) -> Instant:
        """The instant by which expiries are judged: wall time, or the mark where the wall clock was put back."""
        return Instant(now.wall + self.behind(now), now.boot)

    def step(self, now: Instant) -> None:
        """Let the mark rise, and save it now and then. Raises Unsafe."""
        if self._journal.unsafe is not None:
            return
        trusted = self.trusted(now)
        with self._lock:
            if trusted:
                self._raise_to(now.wall - now.boot)
            mark = self._mark(now)
            if mark is None or (self._saved is not None and mark - self._saved < SAVED):
                return
            self._saved = mark
        self._journal.put(_MARK, mark.isoformat().encode(), now)

    def cosigned(self, witness: Key, at: datetime, asked: Instant, now: Instant) -> None:
        """A pinned witness's cosignature, asked for at ``asked``, says that it was made ``at``."""
        quorum = self._quorum()
        with self._lock:
            # It was made after it was asked for and before it was heard; it counts whole seconds.
            self._claims[witness] = _Claim(at - now.boot, at + timedelta(seconds=1) - asked.boot, now)
            least = sorted((claim.least for claim in self._current(now)), reverse=True)
            if len(least) >= quorum:
                self._raise_to(least[quorum - 1] - APART)

    def reset(self, signed: Signed, now: Instant, *, site: Name, device: Name, epoch: Identifier) -> Refusal | None:
        """Custodians say that the mark is wrong, and what it is to be. Raises Unsafe where it cannot be recorded."""
        refusal = quorum(signed, Kind.NEW_CLOCK, self._root())
        if refusal is not None:
            return refusal
        try:
            payload = payload_of(signed)
            document = parse(payload, NewClock)
        except Undecodable as error:
            return Refusal(Reason.MALFORMED, error.what)
        if (document.site, document.device, document.epoch) != (site, device, epoch):
            return Refusal(Reason.WRONG_DEVICE, f"it names {document.site}/{document.device}/{document.epoch}")
        decided = self._store.get(_DECIDED)
        if decided is not None and document.decided <= datetime.fromisoformat(decided.decode()):
            return Refusal(Reason.REPLAYED, "this decision, or a later one, was carried out")
        if document.to > document.decided:
            return Refusal(Reason.MALFORMED, "a mark after the decision")

        def remember(transaction: Transaction) -> None:
            transaction.put(_MARK, document.to.isoformat().encode())
            transaction.put(_DECIDED, document.decided.isoformat().encode())
            papers.keep(transaction, signed)

        self._journal.record(ClockReset(digest=digest(payload), to=document.to), now, remember)
        with self._lock:
            self._saved, self._offset = document.to, document.to - now.boot
            self._claims.clear()
        return None

    def counters(self, now: Instant) -> dict[str, int]:
        """What health says of the clock."""
        return {
            "clock-trusted": int(self.trusted(now)),
            "clock-synchronised": int(self._clock.synchronised()),
            "clock-behind-seconds": int(self.behind(now).total_seconds()),
        }

    def _mark(self, now: Instant) -> datetime | None:
        return None if self._offset is None else self._offset + now.boot

    def _raise_to(self, offset: datetime) -> None:
        self._offset = offset if self._offset is None else max(self._offset, offset)

    def _contradicted(self, now: Instant) -> bool:
        offset = now.wall - now.boot
        against = [claim for claim in self._current(now) if not claim.least - APART <= offset <= claim.most + APART]
        return len(against) >= self._quorum()

    def _current(self, now: Instant) -> list[_Claim]:
        pinned = {witness.key for witness in self._root().witnesses}
        return [claim for key, claim in self._claims.items() if key in pinned and now.since(claim.heard) <= BELIEVED]

    def _quorum(self) -> int:
        return max(1, self._root().policy.witnesses)

"""The bounds of the outbox: how many hits may wait, in number, bytes and time, and what gives way at them.

What is no longer of use goes first, and at once: each as a leaf that says so (``hit-expired``). Time bounds it by
itself, at most ten minutes, as authorised. A hit that is still of use is never dropped for another one. Which of two
people matters more is not for a device to say, and it could only say it by keeping the category beside the sealed hit,
in clear, on a disk that may be carried off. So when too many wait, the device stops looking (``outbox-full``): hits
that nobody takes over are no reason to collect more of them. It looks on by itself when half of them have gone.

It stops at three quarters, so that there is room for hits that were found before it noticed. One that finds none even
so is not told, and a leaf says that too (``hit-withheld``, for ``outbox-full``). Every number that was given to a hit
ends in exactly one leaf: acknowledged or expired.

Hits that were never sent are sent before those that were, fresh ones before old ones (:mod:`edge.daemon.sending`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edge.domain.authority import Identifier
from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import Reason, Refusal
from edge.domain.record import Waiting
from edge.ports import Store
from edge.safeguards.verify import Believed

LAST: Final = "hits/sequence"
"""The highest number given to a hit in this provisioning epoch. Numbers begin with 1 and have no gaps."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may wait."""

    hits: int = 256
    bytes: int = 32 * 1024 * 1024

    def reached(self, hits: int, size: int, *, share: float) -> bool:
        """Whether so many of so many bytes are as many as this share of all, or more."""
        return hits >= self.hits * share or size >= self.bytes * share


class Outbox:
    """Knows how much waits. A :class:`edge.safeguards.demands.Demand` to the gate, which answers from memory."""

    def __init__(self, store: Store, boot: Identifier, bounds: Bounds | None = None) -> None:
        self._store = store
        self._boot = boot
        self.bounds = bounds or Bounds()
        self._waits: tuple[Waiting, ...] = ()
        self._last = 0
        self._full = False

    def look(self, now: Instant) -> list[Waiting]:
        """See what waits: once a turn, by the writer. Returns what is of no use any more, which is to go; what is of
        use is remembered. Raises Unsafe.
        """
        waits = self._store.waits()
        over = [one for one in waits if one.deadline.over(now, self._boot)]
        self._last = int(self._store.get(LAST) or b"0")
        self._waits = tuple(one for one in waits if one not in over)
        share = 0.5 if self._full else 0.75
        self._full = self.bounds.reached(len(self._waits), sum(one.size for one in self._waits), share=share)
        return over

    def current(self, now: Instant) -> list[Waiting]:
        """The hits that waited at the last look and are still of use, in the order of their numbers."""
        return [one for one in self._waits if not one.deadline.over(now, self._boot)]

    def takes(self, size: int) -> bool:
        """Whether one more of this size may wait. Asked in the transaction that adds it. Raises Unsafe."""
        waits = self._store.waits()
        return len(waits) < self.bounds.hits and sum(one.size for one in waits) + size <= self.bounds.bytes

    def refuses(self, believed: Believed, now: Instant) -> Refusal | None:
        """No deployment begins while what another one found is not taken over."""
        return Refusal(Reason.OUTBOX_FULL) if self._full else None

    def missing(self, believed: Believed, now: Instant) -> Reason | None:
        """Room."""
        return Reason.OUTBOX_FULL if self._full else None

    def over(self, believed: Believed, now: Instant) -> EndReason | None:
        """A full outbox ends nothing by itself; a pause that lasts does."""
        return None

    def counters(self) -> dict[str, int]:
        """For health, which is signed: a number up to the last that never came, and waits no more, did not get lost
        unseen. It was taken over by another recipient or has expired, and the journal says which.
        """
        waits = self._waits
        return {
            "outbox": len(waits),
            "outbox-bytes": sum(one.size for one in waits),
            "hits-last": self._last,
            "hits-first-waiting": waits[0].sequence if waits else 0,
        }

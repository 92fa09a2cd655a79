"""Updates of the program: none beneath a deployment, no deployment during one, and each ended one in the journal.

The lock is the kernel's, and no message reaches it: whoever holds it keeps the other away, and the end of a process
gives it back (:mod:`edge.updating.locks` is the other end). The updater's records are believed because root alone can
have written them; whoever is root on a device can replace this program too, and no record would tell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import Reason, Refusal
from edge.domain.leaves.device import Updated
from edge.domain.outcomes import UpdateOutcome
from edge.domain.updates import UpdateRecord
from edge.ports import Store
from edge.replacing import Updates
from edge.safeguards.journal import Journal
from edge.safeguards.verify import Believed

RECORDED: Final = "updates/recorded"
"""Number of the last update that has its leaf."""


class Undisturbed:
    """A :class:`edge.safeguards.demands.Demand`, the last of them: what it says yes to begins. Main thread alone."""

    def __init__(self, updates: Updates | None, journal: Journal, store: Store) -> None:
        self._updates = updates
        self._journal = journal
        self._store = store
        self._records: tuple[UpdateRecord, ...] = () if updates is None else tuple(updates.records())

    def refuses(self, believed: Believed, now: Instant) -> Refusal | None:
        """Nothing begins while the program is being replaced or is on trial; and from here on neither happens."""
        if self._updates is None or self._updates.held(off=True):
            return None
        return Refusal(Reason.BUSY, "its software is being updated")

    def missing(self, believed: Believed, now: Instant) -> Reason | None:
        """Nothing: what began holds the lock."""
        return None

    def over(self, believed: Believed, now: Instant) -> EndReason | None:
        """Never."""
        return None

    def step(self, in_force: Callable[[], object | None]) -> None:
        """Let updates come where no deployment is in force: also where one was refused, or failed, just after."""
        if self._updates is not None and in_force() is None:
            self._updates.held(off=False)

    def record(self, now: Instant) -> None:
        """A leaf for each update since the last start that wrote some. Raises Unsafe."""
        last = int(self._store.get(RECORDED) or b"0")
        for one in sorted(self._records, key=lambda one: one.number):
            if one.number > last:
                number = str(one.number).encode()
                self._journal.record(_leaf(one), now, lambda t, number=number: t.put(RECORDED, number))  # type: ignore[misc]

    @property
    def went_back(self) -> bool:
        """Whether the latest update was undone: the version that runs is older than the newest one."""
        return bool(self._records) and self._records[-1].outcome is UpdateOutcome.ROLLED_BACK

    def counters(self) -> dict[str, int]:
        """For the device's health."""
        if self._updates is None:
            return {}
        undone = sum(one.outcome is UpdateOutcome.ROLLED_BACK for one in self._records)
        return {"updates": self._records[-1].number if self._records else 0, "updates-undone-lately": undone}


def _leaf(one: UpdateRecord) -> Updated:
    return Updated(
        number=one.number, done=one.at, outcome=one.outcome, before=one.before, after=one.after, package=one.digest,
        manifest=one.manifest, why=one.why,
    )  # fmt: skip

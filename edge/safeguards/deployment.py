"""One authorisation in force: how long it lasts, and when it is over whatever anybody does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from edge.domain.authority import Identifier
from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import Reason
from edge.safeguards.verify import Believed

PAUSE_LIMIT: Final = timedelta(minutes=10)
"""How long an opened list may lie in memory while nobody is looked at."""
LIST_LIFE: Final = timedelta(hours=24)
CLOCK_STEP: Final = timedelta(seconds=2)
MARKER: Final = "deployment/in-force"
"""Names the deployment in the store, so that one that was cut off is noticed at the next start."""

WITHDRAWN: Final = "deployment/withdrawn/"
"""Names the entries of the list that were withdrawn, to nobody but a holder of the list's own key."""


@dataclass(slots=True)
class Deployment:
    """State of the gate, kept by the gate alone."""

    believed: Believed
    ends: Instant
    origin: datetime
    """Wall minus boot time at the start: a change of it is a step of the clock."""
    list_opened: Instant | None = None
    was_active: bool = False
    idle_since: Instant | None = None
    """Since when the list has been open and nobody is looked at: no permit, or no frames under it."""

    @classmethod
    def begun(cls, believed: Believed, now: Instant) -> Deployment:
        """In force from now on. The window's end is fixed on both clocks."""
        left = believed.authorisation.not_after - now.wall
        return cls(believed, Instant(believed.authorisation.not_after, now.boot + left), now.wall - now.boot)

    @property
    def id(self) -> Identifier:
        """The authorisation's."""
        return self.believed.authorisation.id

    def watched(self, now: Instant, *, looking: bool) -> None:
        """Say whether anybody is looked at now."""
        if looking or self.list_opened is None:
            self.idle_since = None
        elif self.idle_since is None:
            self.idle_since = now

    def missing(self, now: Instant, lease: Instant | None) -> list[Reason]:
        """What stands between this deployment and a permit."""
        found = []
        if self.stepped(now):
            found.append(Reason.CLOCK_UNTRUSTED)
        if now.reached(self.ends) or now.wall < self.believed.authorisation.not_before:
            found.append(Reason.WINDOW_CLOSED)
        if self.list_opened is None or now.reached(self.list_opened.later(LIST_LIFE)):
            found.append(Reason.LIST_NOT_OPEN)
        if lease is None or now.reached(lease):
            found.append(Reason.NO_PRESENCE)
        return found

    def stepped(self, now: Instant) -> bool:
        """Whether the wall clock was put forward or back since the beginning."""
        return abs(now.wall - now.boot - self.origin) > CLOCK_STEP

    def deadline(self, lease: Instant) -> Instant:
        """The earliest of all ends, on each clock."""
        ends = [self.ends, lease] + ([self.list_opened.later(LIST_LIFE)] if self.list_opened is not None else [])
        return Instant(min(end.wall for end in ends), min(end.boot for end in ends))

    def over(self, now: Instant) -> EndReason | None:
        """Why it is over, if it is."""
        if self.stepped(now):
            return EndReason.CLOCK
        if now.reached(self.ends):
            return EndReason.WINDOW_CLOSED
        if self.list_opened is not None and now.reached(self.list_opened.later(LIST_LIFE)):
            return EndReason.LIST_TOO_OLD
        if self.idle_since is not None and now.reached(self.idle_since.later(PAUSE_LIMIT)):
            return EndReason.PAUSED_TOO_LONG
        return None

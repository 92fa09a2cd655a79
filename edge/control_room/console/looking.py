"""Whether somebody has looked before they decide. The page asks the same of its buttons; what counts is this."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from edge.domain.capture import Instant
from edge.domain.orders import Verdict

SHOWN: Final = timedelta(seconds=1)
"""Both pictures have been on the page for so long before looking at them can be said to have begun."""
LOOKED: Final = timedelta(seconds=2)
"""So long is looked at least, from there until a decision."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one reviewer has done with one hit in this session."""

    probe: Instant | None = None
    """When each picture was first given to the page."""
    reference: Instant | None = None
    no_reference: bool = False
    """There is none to be shown."""
    acted: Instant | None = None
    """When they said that they look."""

    def showed(self, now: Instant, *, probe: bool) -> Look:
        """A picture was given to the page."""
        if probe:
            return self if self.probe is not None else replace(self, probe=now)
        return self if self.reference is not None else replace(self, reference=now)

    def wants(self, now: Instant) -> str:
        """What is missing before looking can begin; nothing where it may."""
        shown = [self.probe, *([] if self.no_reference else [self.reference])]
        if any(one is None for one in shown):
            return "Have both pictures shown first."
        if any(one is not None and now.since(one) < SHOWN for one in shown):
            return "Both pictures have only just come: look at them."
        return ""

    def begun(self, now: Instant) -> Look:
        """They say that they look; the caller has asked what is missing."""
        return self if self.acted is not None else replace(self, acted=now)

    def may_decide(self, verdict: Verdict, now: Instant) -> str:
        """What is missing before this may be decided; nothing where it may be."""
        if self.acted is None:
            return "Look at both pictures first: press Look."
        if now.since(self.acted) < LOOKED:
            return "Look a little longer."
        if self.no_reference and verdict is not Verdict.INCONCLUSIVE:
            return "There is no reference picture to compare with: it cannot be told."
        return ""

    def seconds(self, now: Instant) -> int:
        """How long it was looked at, whole seconds."""
        began = self.probe
        return 0 if began is None else min(86400, int(now.since(began).total_seconds()))

"""What must hold besides, for a deployment to begin, to go on looking, and to last. Each can only say no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import Reason, Refusal
from edge.safeguards.verify import Believed


class Demand(Protocol):
    """Asked by the gate under its lock: answers from memory, and never waits."""

    def refuses(self, believed: Believed, now: Instant) -> Refusal | None:
        """Why this authorisation may not begin now. Asked once, outside the lock: it may read the store."""
        ...

    def missing(self, believed: Believed, now: Instant) -> Reason | None:
        """What stands between this deployment and a permit now."""
        ...

    def over(self, believed: Believed, now: Instant) -> EndReason | None:
        """Why this deployment is over, if it is."""
        ...


class Demands:
    """All of them. The first no is the answer."""

    def __init__(self, demands: Sequence[Demand]) -> None:
        self._demands = tuple(demands)

    def refuses(self, believed: Believed, now: Instant) -> Refusal | None:
        """The first refusal."""
        return next((no for one in self._demands if (no := one.refuses(believed, now)) is not None), None)

    def missing(self, believed: Believed, now: Instant) -> list[Reason]:
        """Everything that is missing."""
        return [reason for one in self._demands if (reason := one.missing(believed, now)) is not None]

    def over(self, believed: Believed, now: Instant) -> EndReason | None:
        """The first end."""
        return next((why for one in self._demands if (why := one.over(believed, now)) is not None), None)

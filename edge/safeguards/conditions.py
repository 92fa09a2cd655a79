"""The conditions under which the gate lets anybody be looked at, all of them, in one place. Asked, never acting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import DiskFull, JournalUnwritable, Reason, Refusal, SealBroken, Unsafe
from edge.safeguards.clock import Timekeeper
from edge.safeguards.demands import Demand, Demands
from edge.safeguards.deployment import Deployment
from edge.safeguards.journal import Journal
from edge.safeguards.presence import Presence
from edge.safeguards.shutter import Shutter
from edge.safeguards.verify import Believed


class Conditions:
    """Answers from memory, under the gate's lock."""

    def __init__(
        self, clock: Timekeeper, journal: Journal, presence: Presence, shutter: Shutter, demands: Sequence[Demand]
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._presence = presence
        self._shutter = shutter
        self._demands = Demands(demands)

    def refuses(self, believed: Believed, now: Instant) -> Refusal | None:
        """Why this authorisation may not begin now."""
        if not self._clock.trusted(now):
            return Refusal(Reason.CLOCK_UNTRUSTED)
        if self._journal.unsafe is not None:
            return Refusal(Reason.UNSAFE, self._journal.unsafe.what)
        if self._shutter.stuck:
            return Refusal(Reason.SWITCH_STUCK)
        return self._demands.refuses(believed, now)

    def missing(self, deployment: Deployment | None, now: Instant) -> tuple[Reason, ...]:
        """Everything that stands between now and a permit. Empty: looking is allowed."""
        missing: list[Reason] = []
        if self._journal.unsafe is not None:
            missing += [Reason.UNSAFE, *_what(self._journal.unsafe)]
        if not self._clock.trusted(now):
            missing.append(Reason.CLOCK_UNTRUSTED)
        if self._shutter.stuck:
            missing.append(Reason.SWITCH_STUCK)
        if deployment is None:
            return (*missing, Reason.NO_AUTHORISATION)
        missing += self._demands.missing(deployment.believed, now)
        return (*missing, *deployment.missing(now, self._presence.until()))

    def deadline(self, deployment: Deployment) -> Instant:
        """When a permit given now ends by itself, on each clock: none lasts longer than presence does."""
        lease = self._presence.until()
        return deployment.ends if lease is None else deployment.deadline(lease)

    def over(self, deployment: Deployment, now: Instant) -> EndReason | None:
        """Why the deployment is over, if it is."""
        if self._journal.unsafe is not None or self._shutter.stuck:
            return EndReason.UNSAFE
        if not self._clock.trusted(now):
            return EndReason.CLOCK
        return deployment.over(now) or self._demands.over(deployment.believed, now)


def _what(unsafe: Unsafe) -> tuple[Reason, ...]:
    """What it is that is unsafe, where a person can do something about it."""
    return next(((reason,) for kind, reason in _KINDS if isinstance(unsafe, kind)), ())


_KINDS: Final[tuple[tuple[type[Unsafe], Reason], ...]] = (
    (DiskFull, Reason.DISK_FULL),
    (JournalUnwritable, Reason.JOURNAL_UNWRITABLE),
    (SealBroken, Reason.SEAL_BROKEN),
)
"""The narrower first."""

"""What the device is doing, in one line for whoever types ``systemctl status``: the state, why, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from edge.domain.capture import Instant
from edge.domain.condition import Condition
from edge.domain.errors import REMEDIES, Reason

_WORDS: Final = {
    Condition.IDLE: "Idle: looking at nobody, no authorisation is in force",
    Condition.WAITING: "Authorised, not looking yet",
    Condition.ACTIVE: "Looking",
    Condition.DEGRADED: "Degraded, looking at nobody",
    Condition.PAUSED: "Paused, not looking",
    Condition.UNSAFE: "Not safe to look",
    Condition.STOPPED: "Stopped",
}


def line(
    condition: Condition, reasons: Sequence[Reason], ends: datetime | None, lease: Instant | None, *, connected: bool
) -> str:
    """One line. ``ends``: of the authorisation in force; ``lease``: until when an officer is taken to be on scene."""
    parts = [_WORDS[condition]]
    if condition is not Condition.IDLE:
        parts += [f"{reason.value}: {REMEDIES[reason].rstrip('.')}" for reason in reasons[:2]]
    if len(reasons) > 2 and condition is not Condition.IDLE:
        parts.append(f"and {len(reasons) - 2} more")
    if ends is not None:
        parts.append(f"authorised until {ends:%H:%M} UTC on {ends.day} {ends:%B}")
    if ends is not None and lease is not None:
        parts.append(f"an officer is on scene until {lease.wall:%H:%M:%S} UTC, unless confirmed again")
    if not connected:
        parts.append("the broker is not reached")
    return "; ".join(parts) + "."

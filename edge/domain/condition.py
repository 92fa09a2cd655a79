"""What a device is doing, and why a deployment ended."""

from __future__ import annotations

import enum


class Condition(enum.Enum):
    """What a device is doing."""

    IDLE = "idle"
    WAITING = "waiting"
    """Authorised, but something is still missing: see the reasons."""
    ACTIVE = "active"
    """Looking."""
    DEGRADED = "degraded"
    """The camera is open and cannot be relied on: nobody is looked at until it can. The reason says what is wrong."""
    PAUSED = "paused"
    """Was looking; the camera is shut, the list still locked in memory for at most ten minutes."""
    UNSAFE = "unsafe"
    STOPPED = "stopped"
    """The daemon has ended in good order."""


class EndReason(enum.Enum):
    """Why a deployment ended."""

    STOPPED = "stopped"
    WINDOW_CLOSED = "window-closed"
    PAUSED_TOO_LONG = "paused-too-long"
    LIST_TOO_OLD = "list-too-old"
    CLOCK = "clock"
    UNSAFE = "unsafe"
    RESTART = "restart"
    SUSPENDED = "suspended"
    """The breaker: more confirmed false alerts than the authorised FPIR explains."""
    REVOKED = "revoked"
    """Somebody who stood for it is no longer believed: one who signed it, or the evidence of its threshold; or the
    whole trust root has expired."""
    NOT_RATIFIED = "not-ratified"
    """The authorising officer said no to an urgent authorisation."""
    CAMERA_MOVED = "camera-moved"
    """It no longer looked at the zone that was authorised, and nobody put it back."""
    SHUTDOWN = "shutdown"

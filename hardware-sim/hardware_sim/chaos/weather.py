"""What a path between two ends can do to bytes, as data.

TCP delivers everything in order or nothing any more: so whatever is lost here dooms its connection, in that direction,
for good, as when the other end has vanished or a router has forgotten the connection.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


class Door(enum.Enum):
    """What becomes of a new connection."""

    OPEN = "open"
    HELD = "held"
    """Accepted, and then nothing passes: the other end answers nothing."""
    REFUSED = "refused"
    """Reset at once."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One direction."""

    held: bool = False
    """Nothing passes for now; it is delivered when the flow is let go."""
    lost: bool = False
    """What comes is swallowed, and so is all that follows on the same connection."""
    rate: float | None = None
    """Bytes a second."""
    delay: float = 0.0
    """Seconds that each piece is late."""
    jitter: float = 0.0
    """Standard deviation of that; pieces still arrive in order."""


@dataclass(frozen=True, slots=True)
class Weather:
    """Both directions, and the door."""

    up: Flow = Flow()
    """From the device to the broker."""
    down: Flow = Flow()
    door: Door = Door.OPEN


CLEAR: Final = Weather()
STALLED: Final = Weather(Flow(held=True), Flow(held=True), Door.HELD)
VANISHED: Final = Weather(Flow(lost=True), Flow(lost=True))
"""The peer is gone without a word; whoever connects anew gets through."""
BLACKOUT: Final = Weather(Flow(lost=True), Flow(lost=True), Door.HELD)
REFUSED: Final = Weather(door=Door.REFUSED)
MUTE: Final = Weather(up=Flow(lost=True))
"""The device still hears, and nobody hears it."""
DEAF: Final = Weather(down=Flow(lost=True))
"""The device is heard, and hears nothing: no acknowledgement comes back."""
SLOW: Final = Weather(Flow(rate=12_000.0), Flow(rate=12_000.0))
LATE: Final = Weather(Flow(delay=0.3, jitter=0.1), Flow(delay=0.3, jitter=0.1))

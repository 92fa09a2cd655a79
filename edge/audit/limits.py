"""The limits that a device is held to, as published. Written down a second time on purpose: a device that was made to
keep to others would be found out here. A test holds them against the doors' own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

LEASE: Final = timedelta(seconds=180)
"""One confirmation of presence, from its nonce's issue."""
PAUSE_LIMIT: Final = timedelta(minutes=10)
"""How long a list may lie open while nobody is looked at."""
LIST_LIFE: Final = timedelta(hours=24)
REVIEW_WITHIN: Final = timedelta(minutes=15)
"""From the signed acknowledgement; a hit that nobody reviewed by then is taken for a false alert."""
FLOOD_SPAN: Final = timedelta(minutes=10)
FLOOD_HITS: Final = 30
"""More hits in that span than people can decide on: the deployment ends. Not in an accuracy test."""
FLOOD_SUSPECTED: Final = 6
"""Or so many that look like a picture held up."""
ALIVE_IDLE: Final = timedelta(minutes=15)
"""Heartbeats while nothing is authorised."""
ALIVE_DEPLOYED: Final = timedelta(minutes=5)
"""Heartbeats while a deployment is in force."""
CLOCK_STEP: Final = timedelta(seconds=2)
"""A larger step of the clock ends a deployment."""
SHUT: Final = timedelta(seconds=1) + CLOCK_STEP
"""From the end of a permit to the camera's closing: a second to shut it, and what the clock may step unnoticed."""
AT_ONCE: Final = timedelta(seconds=5)
"""What a device does in its next turns: end a deployment that has no right to go on, write its heartbeat."""
SWEPT: Final = timedelta(minutes=1)
"""Within so long after its end, or after the device came back, an unclaimed hit is deleted."""
APART: Final = timedelta(minutes=1)
"""How far a witness's clock and the device's may lie apart."""

"""Where the broker is, how this end shows itself, and how it keeps time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

QOS: Final = 1
INBOX: Final = 512
"""Messages that wait to be received. Where there is no room left, the socket is not read."""
OUTGOING: Final = 64
"""Messages that wait to be sent."""
IN_FLIGHT: Final = 32
"""Messages that were sent and are not yet acknowledged; as many of the broker's are taken (receive maximum)."""
IN_FLIGHT_BYTES: Final = 128 * 1024
MAX_PACKET: Final = 512 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Times. Their reasons stand in the package's docstring."""

    first_retry: timedelta = timedelta(seconds=1)
    longest_retry: timedelta = timedelta(seconds=30)
    stable: timedelta = timedelta(seconds=30)
    """A connection that stood so long resets the back-off."""
    connecting: timedelta = timedelta(seconds=10)
    """For each of: network, TLS handshake, the broker's answer."""
    acknowledging: timedelta = timedelta(seconds=30)
    """Within this an acknowledgement must come."""
    watched: timedelta = timedelta(seconds=2)
    """How often the certificate's files are looked at."""
    proved: timedelta = timedelta(seconds=60)
    """How often the broker is asked whether it lets this end publish what matters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is, and with which certificate this end shows itself."""

    host: str
    port: int
    ca: Path
    certificate: Path
    key: Path
    keepalive: timedelta = timedelta(seconds=20)
    will_delay: timedelta = timedelta(seconds=20)
    session: timedelta = timedelta(seconds=60)
    """How long the broker keeps the session of a connection that was lost."""
    pace: Pace = field(default_factory=Pace)

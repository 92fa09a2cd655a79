"""What crosses the broker, before anybody has read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to publish, QoS 1."""

    topic: str
    payload: bytes
    retain: bool = False
    expires: timedelta | None = None
    correlation: bytes | None = None
    respond_to: str | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that came."""

    topic: str
    payload: bytes
    retained: bool
    respond_to: str | None = None
    correlation: bytes | None = None

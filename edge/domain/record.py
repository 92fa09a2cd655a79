"""What the journal records, and what waits beside it to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edge.domain.authority import Count, Digest, Identifier, Key
from edge.domain.leaves.deployment import (
    AccuracyTested,
    Began,
    CaptureClosed,
    CaptureOpened,
    Ended,
    EntryWithdrawn,
    ListDestroyed,
    ListOpened,
    PresenceConfirmed,
    RatificationLapsed,
    Ratified,
    Searched,
    SightChanged,
    Suspended,
)
from edge.domain.leaves.device import Alive, Booted, ClockReset, EpochOpened, Refused, TrustRotated
from edge.domain.leaves.hits import (
    HitAcknowledged,
    HitCommitted,
    HitExpired,
    HitHeld,
    HitReviewed,
    HitUnreviewed,
    HitWithheld,
)

Event = (
    Booted
    | TrustRotated
    | EpochOpened
    | ClockReset
    | Alive
    | Refused
    | Began
    | Ended
    | ListOpened
    | EntryWithdrawn
    | ListDestroyed
    | PresenceConfirmed
    | CaptureOpened
    | CaptureClosed
    | SightChanged
    | Searched
    | Suspended
    | Ratified
    | RatificationLapsed
    | AccuracyTested
    | HitCommitted
    | HitWithheld
    | HitAcknowledged
    | HitExpired
    | HitReviewed
    | HitUnreviewed
    | HitHeld
)

EVENTS: Final[dict[str, type[Event]]] = {
    event.kind: event
    for event in (
        Booted,
        TrustRotated,
        EpochOpened,
        ClockReset,
        Alive,
        Refused,
        Began,
        Ended,
        ListOpened,
        EntryWithdrawn,
        ListDestroyed,
        PresenceConfirmed,
        CaptureOpened,
        CaptureClosed,
        SightChanged,
        Searched,
        Suspended,
        Ratified,
        RatificationLapsed,
        AccuracyTested,
        HitCommitted,
        HitWithheld,
        HitAcknowledged,
        HitExpired,
        HitReviewed,
        HitUnreviewed,
        HitHeld,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One entry of the journal."""

    at: datetime
    boot: Identifier
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The head of the log: its size and the Merkle tree hash over all leaves (RFC 9162, section 2.1.1)."""

    origin: str
    size: Count
    root: Digest


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A sealed hit that waits for a recipient's signed acknowledgement."""

    sequence: int
    hit: Identifier
    message: bytes
    """The signed, sealed hit, as it goes over the wire."""
    digest: Digest
    """SHA-256 of the signed payload."""
    recipients: tuple[Key, ...]
    """Signing keys of those who may acknowledge it."""
    expires: datetime

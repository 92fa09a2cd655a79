"""What the journal records, and what waits beside it to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from edge.domain.authority import Count, Digest, Identifier, Key, KeyId
from edge.domain.capture import Instant
from edge.domain.leaves.deployment import (
    AccuracyTested,
    Began,
    CaptureClosed,
    CaptureOpened,
    Ended,
    EntryWithdrawn,
    Flooded,
    ListDestroyed,
    ListOpened,
    PresenceConfirmed,
    RatificationLapsed,
    Ratified,
    Searched,
    SightChanged,
    Suspended,
)
from edge.domain.leaves.device import Alive, Booted, ClockReset, EpochOpened, Installed, Refused, TrustRotated, Updated
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
    | Installed
    | Updated
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
    | Flooded
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
        Installed,
        Updated,
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
        Flooded,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """An end that is kept on disk. It has come when either clock says so; boot time says nothing after a restart."""

    wall: datetime
    boot: Identifier
    """The life of the device that boot time belongs to."""
    since_boot: timedelta

    @classmethod
    def after(cls, now: Instant, span: timedelta, boot: Identifier) -> Deadline:
        """So long after this instant, on both clocks."""
        return cls(wall=now.wall + span, boot=boot, since_boot=now.boot + span)

    def over(self, now: Instant, boot: Identifier) -> bool:
        """Whether it has come."""
        return now.wall >= self.wall or (boot == self.boot and now.boot >= self.since_boot)


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
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class Waiting:
    """The same without its message: what is known of it before it is read from the disk."""

    sequence: int
    hit: Identifier
    digest: Digest
    recipients: tuple[Key, ...]
    deadline: Deadline
    size: int
    """Bytes of the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is remembered of a hit until its retention ends: numbers, never whom it points at."""

    sequence: Count
    hit: Identifier
    authorisation: Identifier
    reviewers: tuple[KeyId, ...]
    """Who may say what became of it."""
    must_be_reviewed: bool
    """Whether it counts as a false alert when nobody reviews it in time. Not in an accuracy test, where nobody acts on
    hits, and the evaluator counts them."""
    destroy_by: Deadline
    review_by: Deadline | None = None
    """Runs from a recipient's signed acknowledgement on."""
    overdue: bool = False
    reviewed: bool = False
    held: datetime | None = None
    """Until when a signed order holds it as evidence."""

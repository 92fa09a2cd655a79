"""What the journal records: a closed set of leaves, none of which can hold anything about an unlisted person."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from edge.domain.authority import Count, Digest, Identifier, Key, KeyId
from edge.domain.orders import Verb


class Condition(enum.Enum):
    """What a device is doing."""

    IDLE = "idle"
    WAITING = "waiting"
    """Authorised, but something is still missing: see the reasons."""
    ACTIVE = "active"
    """Looking."""
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
    SHUTDOWN = "shutdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Booted:
    """The daemon started."""

    kind: ClassVar[str] = "booted"
    version: str
    uncounted: Count
    """Searches that may have happened before an unclean end without having been counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """A deployment began: an authorisation was accepted and a one-time list key made."""

    kind: ClassVar[str] = "began"
    authorisation: Identifier
    digest: Digest
    list_key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A deployment ended and its list key was destroyed."""

    kind: ClassVar[str] = "ended"
    authorisation: Identifier
    why: EndReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOpened:
    """The watchlist was opened in locked memory."""

    kind: ClassVar[str] = "list-opened"
    authorisation: Identifier
    digest: Digest
    entries: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDestroyed:
    """The opened references were overwritten and the one-time list key was freed."""

    kind: ClassVar[str] = "list-destroyed"
    authorisation: Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceConfirmed:
    """An officer on scene signed a fresh nonce; the lease ends at ``until``."""

    kind: ClassVar[str] = "presence-confirmed"
    authorisation: Identifier
    key: KeyId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureOpened:
    """The capture device was about to be opened (the leaf is committed first)."""

    kind: ClassVar[str] = "capture-opened"
    authorisation: Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureClosed:
    """The capture device was closed."""

    kind: ClassVar[str] = "capture-closed"
    authorisation: Identifier
    why: str
    """Reasons of the gate, from the closed list, joined by a comma."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """How many searches since the last such leaf. Nobody is listed one by one."""

    kind: ClassVar[str] = "searched"
    authorisation: Identifier
    searches: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class HitCommitted:
    """A hit was sealed and queued. The commitment is SHA-256 over a salt and the hit; the salt lies only under the
    hit's own content key.
    """

    kind: ClassVar[str] = "hit-committed"
    authorisation: Identifier
    sequence: Count
    commitment: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class HitWithheld:
    """A candidate was dropped because the permit lapsed before it could be told."""

    kind: ClassVar[str] = "hit-withheld"
    authorisation: Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class HitAcknowledged:
    """A recipient signed for a hit."""

    kind: ClassVar[str] = "hit-acknowledged"
    sequence: Count
    key: KeyId


@dataclass(frozen=True, slots=True, kw_only=True)
class HitExpired:
    """A hit was not acknowledged while it was of use; its ciphertext was deleted."""

    kind: ClassVar[str] = "hit-expired"
    sequence: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A validly signed order was refused."""

    kind: ClassVar[str] = "refused"
    verb: Verb
    key: KeyId
    reason: str


Event = (
    Booted
    | Began
    | Ended
    | ListOpened
    | ListDestroyed
    | PresenceConfirmed
    | CaptureOpened
    | CaptureClosed
    | Searched
    | HitCommitted
    | HitWithheld
    | HitAcknowledged
    | HitExpired
    | Refused
)

EVENTS: Final[dict[str, type[Event]]] = {
    event.kind: event
    for event in (
        Booted,
        Began,
        Ended,
        ListOpened,
        ListDestroyed,
        PresenceConfirmed,
        CaptureOpened,
        CaptureClosed,
        Searched,
        HitCommitted,
        HitWithheld,
        HitAcknowledged,
        HitExpired,
        Refused,
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

"""Leaves about a deployment, from its beginning to the destruction of its list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from edge.domain.authority import Count, Digest, Identifier, Key, KeyId
from edge.domain.condition import EndReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """A deployment began: an authorisation was accepted and a one-time list key made."""

    kind: ClassVar[str] = "began"
    authorisation: Identifier
    digest: Digest
    """SHA-256 of the authorisation's signed payload."""
    list_key: Key
    threshold: Decimal
    """Computed from calibration, authorised FPIR and size of the list, so that an auditor may compute it again."""


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
class EntryWithdrawn:
    """An entry of the list no longer gives hits. Which one is not said here."""

    kind: ClassVar[str] = "entry-withdrawn"
    authorisation: Identifier
    key: KeyId
    left: Count


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
    frames: Count
    """That were taken from it since it was opened."""
    why: str
    """Reasons of the gate, from the closed list, joined by a comma."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SightChanged:
    """The open capture device could no longer see, or could see again: in between nobody was searched."""

    kind: ClassVar[str] = "sight-changed"
    authorisation: Identifier
    why: str
    """A reason of the gate, from the closed list; empty where it can see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """How many searches since the last such leaf. Nobody is listed one by one."""

    kind: ClassVar[str] = "searched"
    authorisation: Identifier
    searches: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """The sequential test on confirmed false alerts opened the breaker; the deployment ended."""

    kind: ClassVar[str] = "suspended"
    authorisation: Identifier
    searches: Count
    false: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Flooded:
    """More hits came, or more that look like pictures held up, than any street gives; the deployment ended."""

    kind: ClassVar[str] = "flooded"
    authorisation: Identifier
    hits: Count
    """Within the span that is looked at."""
    suspected: Count
    """How many of them look like a picture in place of a face."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratified:
    """The authorising officer decided on an urgent authorisation."""

    kind: ClassVar[str] = "ratified"
    authorisation: Identifier
    digest: Digest
    """SHA-256 of the ratification's signed payload."""
    ratified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RatificationLapsed:
    """Nobody decided on an urgent authorisation in time: whatever came of it must be destroyed."""

    kind: ClassVar[str] = "ratification-lapsed"
    authorisation: Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyTested:
    """A seeded test's signed report was taken in."""

    kind: ClassVar[str] = "accuracy-tested"
    authorisation: Identifier
    digest: Digest
    passages: Count
    found: Count
    tested: datetime

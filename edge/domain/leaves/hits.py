"""Leaves about hits. Everybody else is a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from edge.domain.authority import Count, Digest, Identifier, KeyId
from edge.domain.orders import Verdict


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
    """A candidate was dropped before it was told: it never had a number."""

    kind: ClassVar[str] = "hit-withheld"
    authorisation: Identifier
    why: Literal["permit-lapsed", "outbox-full"]
    """The permit had lapsed; or so many hits waited that there was no room for one more."""


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
class HitReviewed:
    """A reviewer signed what became of a hit."""

    kind: ClassVar[str] = "hit-reviewed"
    authorisation: Identifier
    sequence: Count
    verdict: Verdict
    key: KeyId
    seconds: Count
    order: Digest
    """SHA-256 of the review's signed payload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HitUnreviewed:
    """Nobody reviewed a hit in time: the breaker takes it for a false alert."""

    kind: ClassVar[str] = "hit-unreviewed"
    authorisation: Identifier
    sequence: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class HitHeld:
    """A signed order holds a hit as evidence."""

    kind: ClassVar[str] = "hit-held"
    sequence: Count
    key: KeyId
    until: datetime
    order: Digest

"""Who looked at a hit, why, and what they decided: law once asked for it and no longer does, so the tool does."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from edge.domain.authority import Count, Digest, Identifier
from edge.domain.orders import Verdict


class Why(enum.Enum):
    """The closed list of reasons to open a hit. There is no "other"."""

    ALERT = "alert"
    """It has just come, and is shown to the one who waits for it."""
    REVIEW = "review"
    ON_SCENE = "on-scene"
    """For the officers who may approach the person."""
    COMPLAINT = "complaint"
    AUDIT = "audit"
    DISCLOSURE = "disclosure"
    """To a court, or to the person whom it shows."""
    INVESTIGATION = "investigation"
    """Of a hit that is held as evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One opening of one hit, signed by whoever opened it, written down before it was."""

    at: datetime
    authorisation: Identifier
    hit: Identifier
    sequence: Count
    why: Why
    ticket: Identifier
    """Of the case, complaint or audit, opaque."""
    copied: bool
    """Whether a marked copy of the picture was taken out."""
    previous: Digest
    """SHA-256 of the line before, so that none can be taken out of the middle; zeros for the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What one reviewer decided about one hit, signed, before the device is told what became of it.

    Where two have to decide, the first opinion tells the device nothing. Corrections stand beside what they correct:
    nothing is taken out.
    """

    at: datetime
    authorisation: Identifier
    hit: Identifier
    sequence: Count
    verdict: Verdict
    seconds: Annotated[int, Meta(ge=0, le=86400)]
    """How long the reviewer looked at it."""
    settles: bool
    """Given in the knowledge that two before it differ: it stands."""
    previous: Digest
    """SHA-256 of the line before, so that none can be taken out of the middle; zeros for the first."""

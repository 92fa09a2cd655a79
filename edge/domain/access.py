"""Who looked at a hit, and why: what law once asked for and no longer does, so that the tool asks for it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from edge.domain.authority import Count, Digest, Identifier


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

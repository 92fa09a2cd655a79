"""What became of an update of the program itself: by whom it was done stands in :mod:`edge.updating`."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from edge.domain.authority import Count, Digest

PackageVersion = Annotated[
    str, Meta(pattern=r"^[0-9][0-9A-Za-z.+~-]{0,63}\Z", description="Of a package, as Debian orders them.")
]


class UpdateOutcome(enum.Enum):
    """How an update ended."""

    CONFIRMED = "confirmed"
    """The new version was ready, passed its self-test, and stood for a while."""
    ROLLED_BACK = "rolled-back"
    """It did not, and the version before was put back."""


class UpdateFault(enum.Enum):
    """Why an update was undone."""

    NOT_INSTALLED = "not-installed"
    NOT_READY = "not-ready"
    SELF_TEST = "self-test"
    DID_NOT_STAND = "did-not-stand"
    CUT_OFF = "cut-off"
    """The power went, or the updater ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRecord:
    """One update that has ended."""

    number: Count
    """Counts every update of this box, from 1."""
    at: datetime
    outcome: UpdateOutcome
    before: PackageVersion
    after: PackageVersion
    """The version that was to take its place."""
    digest: Digest
    """SHA-256 of its package."""
    manifest: Digest
    """SHA-256 of its release's manifest, as the release's signers named it."""
    why: UpdateFault | None = None

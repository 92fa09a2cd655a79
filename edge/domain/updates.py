"""What became of an update of the program itself: by whom it was done stands in :mod:`edge.updating`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from edge.domain.authority import Count, Digest
from edge.domain.outcomes import UpdateFault, UpdateOutcome

PackageVersion = Annotated[
    str, Meta(pattern=r"^[0-9][0-9A-Za-z.+~-]{0,63}\Z", description="Of a package, as Debian orders them.")
]


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

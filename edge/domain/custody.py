"""What custodians sign, two of them at least, outside any deployment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from edge.domain.authority import Count, Digest, Identifier, Name


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEpoch:
    """Open a new provisioning epoch with a new journal, after the old one's seal was broken."""

    site: Name
    device: Name
    epoch: Identifier
    previous_origin: str
    """Origin, size and root of the last head that the old journal is known to have had."""
    previous_size: Count
    previous_root: Digest
    reason: Identifier
    """Reference of the examination, opaque."""
    decided: datetime

    def __post_init__(self) -> None:
        if self.decided.tzinfo is None:
            raise ValueError("instants need a time zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClock:
    """Lower the stored time before which the device does not trust its clock."""

    site: Name
    device: Name
    epoch: Identifier
    to: datetime
    decided: datetime

    def __post_init__(self) -> None:
        if self.to.tzinfo is None or self.decided.tzinfo is None:
            raise ValueError("instants need a time zone")

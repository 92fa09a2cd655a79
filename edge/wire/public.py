"""The public status record: what anybody may know of a device at any time, and nothing else.

It says whether the device looks, for what purpose, who runs it and whom to ask. Counts come late and in lumps: of whole
hours that are over, and of hits only by whole deployments, an hour after their end. A count that moved while somebody
walked by would tell whoever watches it whether this very person was searched for or pointed at; a watchlist could be
read from it, one picture held up at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from msgspec import Meta

from edge.domain.authorisation import UseCase
from edge.domain.authority import Count, Name, PublicText

HOUR: Final = timedelta(hours=1)
HOURS: Final = 24
"""How far back whole hours are told."""
PAST: Final = 8
"""How many deployments that are over are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastHour:
    """A whole hour in which the device looked."""

    begins: datetime
    faces: Count
    """Searched for, as the journal counts them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDeployment:
    """A deployment that ended an hour ago or earlier."""

    began: datetime
    ended: datetime
    purpose: UseCase | None
    """None where the device does not remember it."""
    listed: Count
    """Entries of the list that was opened."""
    faces: Count
    alerts: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Public:
    """The record, as the device signs it."""

    site: Name
    device: Name
    at: datetime
    test: bool
    """A simulator's: nobody real is looked at."""
    looking: bool
    purpose: UseCase | None
    """Of the deployment in force, whether or not the device looks at this moment."""
    until: datetime | None
    """When its authorised hours are over."""
    organisation: PublicText
    contact: PublicText
    hours: Annotated[tuple[PastHour, ...], Meta(max_length=HOURS)]
    past: Annotated[tuple[PastDeployment, ...], Meta(max_length=PAST)]

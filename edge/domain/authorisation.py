"""The authorisation without which nobody is looked at: why, where, who, when and how precisely."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Final

from msgspec import UNSET, Meta, UnsetType

from edge.domain.authority import Count, Digest, Identifier, KeyId, Moment, Name, Recipient, Role

MAX_WINDOW: Final = timedelta(hours=12)
MAX_URGENT_WINDOW: Final = timedelta(hours=4)
RATIFY_WITHIN: Final = timedelta(hours=24)
"""An urgent authorisation is ratified within so long of its beginning (as Regulation (EU) 2024/1689, recital 35)."""
MAX_LIST_AGE: Final = timedelta(hours=24)
MAX_LIST_ENTRIES: Final = 10_000
MAX_FPIR: Final = Decimal("0.001")
"""The most that an ordinary authorisation may ask for; a test may ask for more."""
MAX_HIT_RETENTION: Final = timedelta(days=31)
MAX_UNDELIVERED: Final = timedelta(minutes=10)
"""A hit that no recipient has signed for by then is a journal entry, not an alert."""
MIN_PREVIEW_INTERVAL: Final = timedelta(seconds=10)
MAX_PREVIEW_INTERVAL: Final = timedelta(hours=1)

ORDINARY_SIGNERS: Final = frozenset({Role.AUTHORISING_OFFICER, Role.COUNTERSIGNING_OFFICER})
URGENT_SIGNERS: Final = frozenset({Role.URGENT_OFFICER, Role.COUNTERSIGNING_OFFICER})


class UseCase(enum.Enum):
    """Why: the closed list of purposes."""

    CRIME_HOTSPOT = "crime-hotspot"
    PROTECTIVE_SECURITY = "protective-security"
    SOUGHT_PERSON_EXPECTED = "sought-person-expected"
    ACCURACY_TEST = "accuracy-test"


class Category(enum.Enum):
    """Who: the closed list of reasons to be on a watchlist. There is no "other", no "intelligence", no "associate"."""

    WANTED_BY_COURT = "wanted-by-court"
    WANTED_FOR_OFFENCE = "wanted-for-offence"
    COURT_CONDITIONS = "court-conditions"
    MISSING_AT_RISK = "missing-at-risk"
    RISK_OF_HARM = "risk-of-harm"
    VOLUNTEER = "volunteer"
    """A consenting participant in an accuracy test."""
    SYNTHETIC = "synthetic"
    """A decoy made of random numbers: nobody. Admissible in tests only."""
    UNDER_18_AT_RISK = "under-18-at-risk"
    """Sensitive: found for their own safety."""
    VICTIM_OR_WITNESS_AT_RISK = "victim-or-witness-at-risk"
    """Sensitive: found for their own safety."""


SENSITIVE: Final = frozenset({Category.UNDER_18_AT_RISK, Category.VICTIM_OR_WITNESS_AT_RISK})
"""Need an authority of their own inside the authorisation."""


class ImageSource(enum.Enum):
    """Where a watchlist's pictures come from: lawfully held ones. No passports, no driving licences, no web."""

    CUSTODY = "custody"
    COURT_OR_PRISON = "court-or-prison"
    MISSING_PERSON_FILE = "missing-person-file"
    INVESTIGATION = "investigation"
    GIVEN_BY_FAMILY = "given-by-family"
    VOLUNTEER = "volunteer"
    NONE = "none"
    """Synthetic entries have no picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryCount:
    """How many entries of the list fall under a category."""

    category: Category
    entries: Annotated[int, Meta(ge=1, le=MAX_LIST_ENTRIES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryCap:
    """How many entries a category may have at most."""

    category: Category
    most: Annotated[int, Meta(ge=1, le=MAX_LIST_ENTRIES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCount:
    """How many entries have pictures from a source; an entry whose pictures come from several counts for each."""

    source: ImageSource
    entries: Annotated[int, Meta(ge=1, le=MAX_LIST_ENTRIES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedList:
    """The one watchlist that may be loaded, and the limits that it was held against."""

    digest: Digest
    """SHA-256 of the sealed file."""
    entries: Annotated[int, Meta(ge=1, le=MAX_LIST_ENTRIES)]
    cap: Annotated[int, Meta(ge=1, le=MAX_LIST_ENTRIES)]
    """The most entries that this deployment's purpose allows."""
    categories: Annotated[tuple[CategoryCount, ...], Meta(min_length=1, max_length=len(Category))]
    caps: Annotated[tuple[CategoryCap, ...], Meta(min_length=1, max_length=len(Category))]
    sources: Annotated[tuple[SourceCount, ...], Meta(min_length=1, max_length=len(ImageSource))]
    built: Moment

    def __post_init__(self) -> None:
        if len({count.category for count in self.categories}) != len(self.categories):
            raise ValueError("a category is counted twice")
        if len({cap.category for cap in self.caps}) != len(self.caps):
            raise ValueError("a category is capped twice")
        if len({count.source for count in self.sources}) != len(self.sources):
            raise ValueError("a source is counted twice")
        if sum(count.entries for count in self.categories) != self.entries:
            raise ValueError("the categories' counts do not add up to the list's entries")


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitiveAuthority:
    """The authority of its own without which no sensitive category may be on a list."""

    categories: Annotated[tuple[Category, ...], Meta(min_length=1, max_length=len(SENSITIVE))]
    reference: Identifier
    """Of the decision that it is necessary and in their interest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedModels:
    """The identities (source digests and recipe) of the two models that may run."""

    detector: Digest
    embedder: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long what is kept is kept."""

    hit: timedelta
    """By a recipient, from the capture on: then its key is destroyed."""
    undelivered: timedelta
    """By the device, for a recipient's signature."""

    def __post_init__(self) -> None:
        if not timedelta(0) < self.hit <= MAX_HIT_RETENTION:
            raise ValueError("retention.hit must lie between 0 and 31 days")
        if not timedelta(0) < self.undelivered <= min(MAX_UNDELIVERED, self.hit):
            raise ValueError("retention.undelivered must lie between 0 and 10 minutes, and within retention.hit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Allows that recipients see, now and then, a mosaic of the view in which nobody can be told."""

    every: timedelta
    """At least so long from one to the next."""
    reference: Identifier
    """Of the decision that it is necessary."""

    def __post_init__(self) -> None:
        if not MIN_PREVIEW_INTERVAL <= self.every <= MAX_PREVIEW_INTERVAL:
            raise ValueError("preview.every must lie between 10 seconds and an hour")


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """What must have been done and written before; each can be asked for by its opaque number or its digest."""

    impact_assessment: Identifier
    """Data protection impact assessment (Data Protection Act 2018, section 64)."""
    equality_assessment: Digest
    """SHA-256 of the published equality evidence for this very recognition chain (Equality Act 2010, section 149).

    Whoever examines a deployment holds the publication against it.
    """
    community_assessment: Identifier
    signage: Identifier
    """Record of the signs set up before anybody is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """Signed by two people of distinct authorising roles, and by an independent third where the policy asks."""

    id: Identifier
    sequence: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    """Rises with every authorisation for a device; an older one is never accepted again."""
    test: bool
    """Accepted only under the simulator's own trust root, and nothing else is accepted there."""
    urgent: bool
    """Signed by an urgent officer instead of an authorising one; at most 4 hours, to be ratified within 24."""
    use_case: UseCase
    site: Name
    device: Name
    zone: Digest
    """Of the canonical form of :class:`edge.domain.zone.Zone`: what may be looked at."""
    not_before: Moment
    not_after: Moment
    watchlist: AuthorisedList
    sensitive: SensitiveAuthority | None
    models: AuthorisedModels
    calibration: Digest
    configuration: Digest
    """Of what else decides how the device looks: streams, sizes, threads, lifetimes, retention policy."""
    max_fpir: Decimal
    accepts_extrapolation: bool
    """Whether the threshold may lie where the calibration only extrapolates its evidence."""
    retention: Retention
    operators: Annotated[tuple[KeyId, ...], Meta(min_length=1, max_length=32)]
    presence: Annotated[tuple[KeyId, ...], Meta(min_length=1, max_length=32)]
    reviewers: Annotated[tuple[KeyId, ...], Meta(min_length=1, max_length=32)]
    recipients: Annotated[tuple[Recipient, ...], Meta(min_length=1, max_length=16)]
    references: References
    preview: Preview | UnsetType = UNSET
    """Left out where there is to be none."""

    def __post_init__(self) -> None:
        if not self.max_fpir.is_finite() or not 0 < self.max_fpir < 1:
            raise ValueError("max_fpir must lie between 0 and 1")
        if self.not_before.tzinfo is None or self.not_after.tzinfo is None or self.watchlist.built.tzinfo is None:
            raise ValueError("instants need a time zone")
        if self.not_after <= self.not_before:
            raise ValueError("the window ends before it begins")
        keys = [key for recipient in self.recipients for key in (recipient.sign, recipient.seal)]
        if len(set(keys)) != len(keys):
            raise ValueError("a recipient's key stands twice")

    @property
    def signers(self) -> frozenset[Role]:
        """The roles that must have signed, each once."""
        return URGENT_SIGNERS if self.urgent else ORDINARY_SIGNERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratification:
    """The authorising officer's word on an urgent authorisation, signed. A no ends it at once."""

    authorisation: Identifier
    digest: Digest
    """SHA-256 of the urgent authorisation's signed payload."""
    ratified: bool
    decided: Moment

    def __post_init__(self) -> None:
        if self.decided.tzinfo is None:
            raise ValueError("instants need a time zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyReport:
    """What a seeded test with consenting volunteers found at a site, signed by an evaluator."""

    authorisation: Identifier
    digest: Digest
    """SHA-256 of the test authorisation's signed payload."""
    site: Name
    device: Name
    zone: Digest
    configuration: Digest
    models: AuthorisedModels
    calibration: Digest
    volunteers: Annotated[int, Meta(ge=1, le=MAX_LIST_ENTRIES)]
    passages: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    """Of volunteers, as counted by a person on scene."""
    found: Count
    """Passages that gave a hit for the right entry."""
    false: Count
    """Hits for the wrong entry, or for somebody who is no volunteer."""
    tested: Moment

    def __post_init__(self) -> None:
        if self.found > self.passages:
            raise ValueError("more passages found than there were")
        if self.tested.tzinfo is None:
            raise ValueError("instants need a time zone")

"""Who may do what: roles, keys, and the authorisation without which nobody is looked at."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final

from msgspec import Meta

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,30}\Z", description="A site's or device's name.")]
Identifier = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z", description="Opaque: never a name, number or place.")
]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z", description="SHA-256, lower-case hexadecimal.")]
Key = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z", description="32 bytes, base64url without padding.")]
KeyId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z", description="JWK thumbprint (RFC 7638).")]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]

MAX_WINDOW: Final = timedelta(hours=12)
MAX_LIST_AGE: Final = timedelta(hours=24)
MAX_LIST_ENTRIES: Final = 10_000
MAX_FPIR: Final = Decimal("0.001")
"""The most that an ordinary authorisation may ask for; a test may ask for more."""
MAX_HIT_RETENTION: Final = timedelta(days=31)


class Role(enum.Enum):
    """What a key is for. A key has one role, and no key has two."""

    AUTHORISING_OFFICER = "authorising-officer"
    COUNTERSIGNING_OFFICER = "countersigning-officer"
    OPERATOR = "operator"
    PRESENCE = "presence"
    DEVICE = "device"
    EVALUATOR = "evaluator"
    """Measures the recognition chain and signs its calibration."""


AUTHORISING_ROLES: Final = frozenset({Role.AUTHORISING_OFFICER, Role.COUNTERSIGNING_OFFICER})


class UseCase(enum.Enum):
    """Why: the closed list of purposes."""

    CRIME_HOTSPOT = "crime-hotspot"
    PROTECTIVE_SECURITY = "protective-security"
    SOUGHT_PERSON_EXPECTED = "sought-person-expected"
    ACCURACY_TEST = "accuracy-test"


class Category(enum.Enum):
    """Who: the closed list of reasons to be on a watchlist. There is no "other" and no "intelligence"."""

    WANTED_BY_COURT = "wanted-by-court"
    WANTED_FOR_OFFENCE = "wanted-for-offence"
    COURT_CONDITIONS = "court-conditions"
    MISSING_AT_RISK = "missing-at-risk"
    RISK_OF_HARM = "risk-of-harm"
    VOLUNTEER = "volunteer"
    """A consenting participant in an accuracy test."""
    SYNTHETIC = "synthetic"
    """A decoy made of random numbers: nobody. Admissible in tests only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedKey:
    """A signing key (Ed25519) and its one role."""

    role: Role
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRoot:
    """The keys that a device believes. ``test`` marks the simulator's own."""

    test: bool
    version: Annotated[int, Meta(ge=1)]
    keys: Annotated[tuple[PinnedKey, ...], Meta(min_length=1, max_length=256)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One who may open hits: keys made for this deployment and destroyed when its hits expire."""

    sign: Key
    """Ed25519: signs acknowledgements."""
    seal: Key
    """X25519: hits are sealed to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryCount:
    """How many entries of the list fall under a category."""

    category: Category
    entries: Annotated[int, Meta(ge=1, le=MAX_LIST_ENTRIES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedList:
    """The one watchlist that may be loaded."""

    digest: Digest
    """SHA-256 of the sealed file."""
    entries: Annotated[int, Meta(ge=1, le=MAX_LIST_ENTRIES)]
    categories: Annotated[tuple[CategoryCount, ...], Meta(min_length=1, max_length=len(Category))]
    built: datetime

    def __post_init__(self) -> None:
        if len({count.category for count in self.categories}) != len(self.categories):
            raise ValueError("a category is counted twice")
        if sum(count.entries for count in self.categories) != self.entries:
            raise ValueError("the categories' counts do not add up to the list's entries")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedModels:
    """The identities (source digests and recipe) of the two models that may run."""

    detector: Digest
    embedder: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """Why, where, who, when and how precisely. Signed by two people of distinct authorising roles."""

    id: Identifier
    sequence: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    """Rises with every authorisation for a device; an older one is never accepted again."""
    test: bool
    """Accepted only under the simulator's own trust root, and nothing else is accepted there."""
    use_case: UseCase
    site: Name
    device: Name
    not_before: datetime
    not_after: datetime
    watchlist: AuthorisedList
    models: AuthorisedModels
    calibration: Digest
    max_fpir: Decimal
    accepts_extrapolation: bool
    """Whether the threshold may lie where the calibration only extrapolates its evidence."""
    hit_retention: timedelta
    operators: Annotated[tuple[KeyId, ...], Meta(min_length=1, max_length=32)]
    presence: Annotated[tuple[KeyId, ...], Meta(min_length=1, max_length=32)]
    recipients: Annotated[tuple[Recipient, ...], Meta(min_length=1, max_length=16)]

    def __post_init__(self) -> None:
        if not self.max_fpir.is_finite() or not 0 < self.max_fpir < 1:
            raise ValueError("max_fpir must lie between 0 and 1")
        if self.not_before.tzinfo is None or self.not_after.tzinfo is None or self.watchlist.built.tzinfo is None:
            raise ValueError("instants need a time zone")
        if self.not_after <= self.not_before:
            raise ValueError("the window ends before it begins")
        if not timedelta(0) < self.hit_retention <= MAX_HIT_RETENTION:
            raise ValueError("hit_retention must lie between 0 and 31 days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature of a JWS in general JSON serialisation (RFC 7515, section 7.2.1)."""

    protected: Annotated[str, Meta(max_length=512)]
    signature: Annotated[str, Meta(max_length=128)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A JWS in general JSON serialisation, not yet believed."""

    payload: str
    signatures: Annotated[tuple[Signature, ...], Meta(min_length=1, max_length=4)]

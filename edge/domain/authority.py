"""Who may do what: roles, keys, and the trust root that pins them for a device."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
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
WitnessName = Annotated[
    str, Meta(pattern=r"^[a-z0-9][a-z0-9./-]{0,126}\Z", description="A witness's name in signed notes (C2SP).")
]
Moment = Annotated[datetime, Meta(tz=True)]
PublicText = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+\Z")]

MAX_COSIGNATURE_AGE: Final = timedelta(minutes=60)
MAX_TEST_VALIDITY: Final = timedelta(days=365)


class Role(enum.Enum):
    """What a key is for. A key has one role, and no key has two."""

    AUTHORISING_OFFICER = "authorising-officer"
    URGENT_OFFICER = "urgent-officer"
    """May sign in the authorising officer's place, for a shorter time, and must be ratified."""
    COUNTERSIGNING_OFFICER = "countersigning-officer"
    INDEPENDENT = "independent"
    """Signs as a third where the policy asks for somebody outside the force."""
    OPERATOR = "operator"
    PRESENCE = "presence"
    REVIEWER = "reviewer"
    """Says what became of a hit."""
    DEVICE = "device"
    EVALUATOR = "evaluator"
    """Measures the recognition chain: signs its calibration and the reports of accuracy tests."""
    CUSTODIAN = "custodian"
    """Signs trust roots, with others; opens epochs and resets clocks. Has no part in any deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedKey:
    """A signing key (Ed25519) and its one role."""

    role: Role
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedWitness:
    """A witness's key (Ed25519) and its name in signed notes (C2SP signed-note, cosignature/v1)."""

    name: WitnessName
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a force demands of itself beyond what every device demands. It can only add."""

    independent: bool
    """Whether every authorisation needs a third signature, by an independent key."""
    witnesses: Annotated[int, Meta(ge=0, le=16)]
    """How many distinct witnesses must have cosigned the journal lately before a deployment may begin or go on."""
    cosigned_within: timedelta
    """How lately: a deployment begins and goes on only with cosignatures no older."""
    accuracy_test_within: timedelta | None
    """How long a seeded accuracy test at this site, with this chain, lets ordinary authorisations pass."""

    def __post_init__(self) -> None:
        if not timedelta(minutes=1) <= self.cosigned_within <= MAX_COSIGNATURE_AGE:
            raise ValueError("cosigned_within must lie between 1 and 60 minutes")
        within = self.accuracy_test_within
        if within is not None and not timedelta(0) < within <= MAX_TEST_VALIDITY:
            raise ValueError("accuracy_test_within must lie between 0 and 365 days")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRoot:
    """The keys that a device believes, signed by custodians. ``test`` marks the simulator's own.

    A new version is believed where the custodians' quorum of the version before *and* its own have signed it, as in
    The Update Framework (TUF specification, section 5.3). A key that the newest version does not name is revoked.
    """

    test: bool
    version: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    expires: Moment
    """No authorisation is accepted afterwards: whoever holds a newer version back gains nothing for long."""
    organisation: PublicText
    """Who runs the device, for the public status record."""
    contact: PublicText
    """Where the public may ask or complain."""
    quorum: Annotated[int, Meta(ge=2, le=16)]
    """How many custodians must sign."""
    keys: Annotated[tuple[PinnedKey, ...], Meta(min_length=1, max_length=256)]
    witnesses: Annotated[tuple[PinnedWitness, ...], Meta(max_length=16)]
    policy: Policy

    def __post_init__(self) -> None:
        if self.expires.tzinfo is None:
            raise ValueError("instants need a time zone")
        keys = [pinned.key for pinned in self.keys] + [witness.key for witness in self.witnesses]
        if len(set(keys)) != len(keys):
            raise ValueError("a key stands twice: nobody may hold two roles with one key")
        if len({witness.name for witness in self.witnesses}) != len(self.witnesses):
            raise ValueError("two witnesses have one name")
        if sum(pinned.role is Role.CUSTODIAN for pinned in self.keys) < self.quorum:
            raise ValueError("fewer custodians than must sign")
        if self.policy.witnesses > len(self.witnesses):
            raise ValueError("the policy asks for more witnesses than are named")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One who may open hits: keys made for this deployment and destroyed when its hits expire."""

    sign: Key
    """Ed25519: signs acknowledgements."""
    seal: Key
    """X25519: hits are sealed to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature of a JWS in general JSON serialisation (RFC 7515, section 7.2.1)."""

    protected: Annotated[str, Meta(max_length=512)]
    signature: Annotated[str, Meta(max_length=128)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A JWS in general JSON serialisation, not yet believed."""

    payload: str
    signatures: Annotated[tuple[Signature, ...], Meta(min_length=1, max_length=16)]

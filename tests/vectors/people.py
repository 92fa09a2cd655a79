"""The people and the device of the vectors: keys from fixed seeds, so that the files come out the same every time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.domain.authorisation import (
    Authorisation,
    AuthorisedList,
    AuthorisedModels,
    Category,
    CategoryCap,
    CategoryCount,
    ImageSource,
    Preview,
    References,
    Retention,
    SensitiveAuthority,
    SourceCount,
    UseCase,
)
from edge.domain.authority import PinnedKey, Recipient, Role, Signed, TrustRoot
from edge.measure.people import POLICY
from edge.safeguards.verify import Facts
from edge.wire.sealed import public_of
from edge.wire.signed import Kind, Signs, add_signature, key_id, to_base64url

NOW = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)


class FixedKey:
    """A signing key that everybody can compute: worth nothing outside these vectors."""

    def __init__(self, name: str) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(_seed(name))
        self.public = to_base64url(self._private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def _seed(name: str) -> bytes:
    return hashlib.sha256(b"lamppost vector " + name.encode()).digest()


KEYS = {role: FixedKey(role.value) for role in Role}
SECOND = FixedKey("second-authorising-officer")
STRANGER = FixedKey("stranger")
RECIPIENT = FixedKey("recipient")
OFFICER, COUNTER = KEYS[Role.AUTHORISING_OFFICER], KEYS[Role.COUNTERSIGNING_OFFICER]
URGENT, INDEPENDENT = KEYS[Role.URGENT_OFFICER], KEYS[Role.INDEPENDENT]
ORDINARY: tuple[Signs, ...] = (OFFICER, COUNTER)
ROOT = TrustRoot(
    test=False,
    version=1,
    expires=NOW + timedelta(days=300),
    organisation="Vector Constabulary",
    contact="vectors@example.invalid",
    quorum=2,
    keys=(
        *(PinnedKey(role=role, key=key.public) for role, key in KEYS.items()),
        PinnedKey(role=Role.AUTHORISING_OFFICER, key=SECOND.public),
        PinnedKey(role=Role.CUSTODIAN, key=FixedKey("second-custodian").public),
    ),
    witnesses=(),
    policy=POLICY,
)
ROOTS: Mapping[str, TrustRoot] = {
    "ordinary": ROOT,
    "asks-for-independent": replace(ROOT, policy=replace(POLICY, independent=True)),
    "expired": replace(ROOT, expires=NOW),
    "simulator": replace(ROOT, test=True),
}
FACTS = Facts(
    site="high-street",
    device="post-7",
    simulated=False,
    detector="d" * 64,
    embedder="e" * 64,
    calibration="1" * 64,
    zone="2" * 64,
    configuration="3" * 64,
)
DOCUMENT = Authorisation(
    id="2026-0042",
    sequence=42,
    test=False,
    urgent=False,
    use_case=UseCase.CRIME_HOTSPOT,
    site=FACTS.site,
    device=FACTS.device,
    zone=FACTS.zone,
    not_before=NOW - timedelta(minutes=30),
    not_after=NOW + timedelta(hours=3),
    watchlist=AuthorisedList(
        digest="4" * 64,
        entries=37,
        cap=100,
        categories=(
            CategoryCount(category=Category.WANTED_BY_COURT, entries=30),
            CategoryCount(category=Category.MISSING_AT_RISK, entries=5),
            CategoryCount(category=Category.UNDER_18_AT_RISK, entries=2),
        ),
        caps=(
            CategoryCap(category=Category.WANTED_BY_COURT, most=80),
            CategoryCap(category=Category.MISSING_AT_RISK, most=20),
            CategoryCap(category=Category.UNDER_18_AT_RISK, most=5),
        ),
        sources=(
            SourceCount(source=ImageSource.CUSTODY, entries=30),
            SourceCount(source=ImageSource.MISSING_PERSON_FILE, entries=7),
        ),
        built=NOW - timedelta(hours=6),
    ),
    sensitive=SensitiveAuthority(categories=(Category.UNDER_18_AT_RISK,), reference="S-17"),
    models=AuthorisedModels(detector=FACTS.detector, embedder=FACTS.embedder),
    calibration=FACTS.calibration,
    configuration=FACTS.configuration,
    max_fpir=Decimal("0.0001"),
    accepts_extrapolation=False,
    retention=Retention(hit=timedelta(hours=24), undelivered=timedelta(minutes=10)),
    operators=(key_id(KEYS[Role.OPERATOR].public),),
    presence=(key_id(KEYS[Role.PRESENCE].public),),
    reviewers=(key_id(KEYS[Role.REVIEWER].public),),
    recipients=(
        Recipient(
            sign=RECIPIENT.public, seal=public_of(X25519PrivateKey.from_private_bytes(_seed("recipient seal")))
        ),
    ),
    references=References(
        impact_assessment="DPIA-3", equality_assessment="6" * 64, community_assessment="CIA-9", signage="SIGN-44"
    ),
    preview=Preview(every=timedelta(seconds=30), reference="DEC-7"),
)  # fmt: skip


def plain(noun: object) -> dict[str, Any]:
    """A document as JSON has it, to be spoilt."""
    return msgspec.json.decode(msgspec.json.encode(noun), type=dict[str, Any])


def signed(payload: bytes | dict[str, Any] | Authorisation, *signers: Signs, kind: Kind = Kind.AUTHORISATION) -> Signed:
    """Whatever it is, signed by these; by an authorising and a countersigning officer where none are named."""
    raw = payload if isinstance(payload, bytes) else msgspec.json.encode(payload, order="sorted")
    document = Signed(payload=to_base64url(raw), signatures=())
    for signer in signers or ORDINARY:
        document = add_signature(document, kind, signer)
    return document

"""The people of a bench: keys in memory, the trust root that pins them, and what they authorise. All marked as test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.domain.authorisation import (
    MAX_UNDELIVERED,
    Authorisation,
    AuthorisedList,
    AuthorisedModels,
    CategoryCap,
    References,
    Retention,
    UseCase,
)
from edge.domain.authority import (
    Digest,
    Key,
    Name,
    PinnedKey,
    PinnedWitness,
    Policy,
    Recipient,
    Role,
    Signature,
    Signed,
    TrustRoot,
)
from edge.wire import watchlist
from edge.wire.signed import digest, key_id, to_base64url

POLICY: Final = Policy(independent=False, witnesses=0, cosigned_within=timedelta(minutes=30), accuracy_test_within=None)
"""Nothing beyond what every device demands."""
REFERENCES: Final = References(
    impact_assessment="bench-dpia", equality_assessment=digest(b"bench-eia"), community_assessment="bench-cia",
    signage="bench-signs",
)  # fmt: skip
UNSIGNED: Final = Signed(payload="", signatures=(Signature(protected="", signature=""),))
"""Stands where a document was believed before it came: at a door behind the one that checks signatures."""
ROOT_LIFE: Final = timedelta(days=365)


class MemoryKey:
    """A signing key that is never written anywhere."""

    def __init__(self) -> None:
        self._private = Ed25519PrivateKey.generate()
        self.public: Key = to_base64url(self._private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """64-byte Ed25519 signature."""
        return self._private.sign(message)


def trust_root(
    keys: Sequence[tuple[Role, Key]], now: datetime, *, test: bool = True, policy: Policy = POLICY,
    witnesses: tuple[PinnedWitness, ...] = (), version: int = 1,
) -> TrustRoot:  # fmt: skip
    """A trust root of these keys, two custodians among them, for a year."""
    return TrustRoot(
        test=test,
        version=version,
        expires=now.replace(microsecond=0) + ROOT_LIFE,
        organisation="Bench",
        contact="bench@example.invalid",
        quorum=2,
        keys=tuple(PinnedKey(role=role, key=key) for role, key in keys),
        witnesses=witnesses,
        policy=policy,
    )


def authorisation(
    file: bytes, keys: Mapping[Role, Key], recipient: Recipient, now: datetime, *, site: Name, device: Name,
    models: AuthorisedModels, calibration: Digest, zone: Digest, configuration: Digest, max_fpir: Decimal,
    lasts: timedelta, sequence: int = 1,
) -> Authorisation:  # fmt: skip
    """An accuracy test with the sealed list ``file``, valid from now."""
    header = watchlist.header_of(file)
    return Authorisation(
        id=f"test-{sequence}",
        sequence=sequence,
        test=True,
        urgent=False,
        use_case=UseCase.ACCURACY_TEST,
        site=site,
        device=device,
        zone=zone,
        not_before=now,
        not_after=now + lasts,
        watchlist=AuthorisedList(
            digest=digest(file),
            entries=header.entries,
            cap=header.entries,
            categories=header.categories,
            caps=tuple(CategoryCap(category=count.category, most=count.entries) for count in header.categories),
            sources=header.sources,
            built=header.built,
        ),
        sensitive=None,
        models=models,
        calibration=calibration,
        configuration=configuration,
        max_fpir=max_fpir,
        accepts_extrapolation=False,
        retention=Retention(hit=timedelta(hours=24), undelivered=MAX_UNDELIVERED),
        operators=(key_id(keys[Role.OPERATOR]),),
        presence=(key_id(keys[Role.PRESENCE]),),
        reviewers=(key_id(keys[Role.REVIEWER]),),
        recipients=(recipient,),
        references=REFERENCES,
    )

"""The people around a simulated device: their keys, their lists, their authorisations. Everything is marked as test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import numpy as np
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.control_room.deploy import SealedList
from edge.control_room.desk import Reader
from edge.domain.authorisation import Authorisation, AuthorisedModels, Category, ImageSource, SourceCount
from edge.domain.authority import Digest, Key, Name, PinnedWitness, Policy, Recipient, Role, Signed, TrustRoot
from edge.domain.face import Features
from edge.measure.people import POLICY, authorisation, trust_root
from edge.measure.people import MemoryKey as MemoryKey
from edge.steps import align
from edge.wire import watchlist
from edge.wire.sealed import public_of
from edge.wire.signed import Kind, sign
from edge.wire.watchlist import Entry

MADE: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When trust roots are made, where nobody says."""


@dataclass(slots=True)
class Office:
    """Everybody who signs or reads something, with fresh keys."""

    site: Name = "bench"
    device: Name = "post-1"
    officer: MemoryKey = field(default_factory=MemoryKey)
    second: MemoryKey = field(default_factory=MemoryKey)
    operator: MemoryKey = field(default_factory=MemoryKey)
    presence: MemoryKey = field(default_factory=MemoryKey)
    device_key: MemoryKey = field(default_factory=MemoryKey)
    evaluator: MemoryKey = field(default_factory=MemoryKey)
    urgent: MemoryKey = field(default_factory=MemoryKey)
    independent: MemoryKey = field(default_factory=MemoryKey)
    reviewer: MemoryKey = field(default_factory=MemoryKey)
    custodians: tuple[MemoryKey, MemoryKey] = field(default_factory=lambda: (MemoryKey(), MemoryKey()))
    policy: Policy = POLICY
    witnesses: tuple[PinnedWitness, ...] = ()
    reader: Reader = field(default_factory=lambda: Reader(MemoryKey(), X25519PrivateKey.generate()))
    sequence: int = 0

    def keys(self) -> dict[Role, Key]:
        """The public keys of the roles."""
        roles = {
            Role.AUTHORISING_OFFICER: self.officer,
            Role.COUNTERSIGNING_OFFICER: self.second,
            Role.URGENT_OFFICER: self.urgent,
            Role.INDEPENDENT: self.independent,
            Role.OPERATOR: self.operator,
            Role.PRESENCE: self.presence,
            Role.REVIEWER: self.reviewer,
            Role.DEVICE: self.device_key,
            Role.EVALUATOR: self.evaluator,
        }
        return {role: key.public for role, key in roles.items()}

    def trust_root(self, *, test: bool = True, now: datetime = MADE, version: int = 1) -> TrustRoot:
        """The keys that the device pins."""
        custodians = [(Role.CUSTODIAN, key.public) for key in self.custodians]
        return trust_root(
            [*self.keys().items(), *custodians],
            now,
            test=test,
            policy=self.policy,
            witnesses=self.witnesses,
            version=version,
        )

    def signed_root(self, root: TrustRoot | None = None, *custodians: MemoryKey) -> Signed:
        """A trust root, signed by these custodians: this office's own, where none are named."""
        return sign(root or self.trust_root(), Kind.TRUST_ROOT, *(custodians or self.custodians))

    def recipient(self) -> Recipient:
        """Who may open hits."""
        return Recipient(sign=self.reader.signer.public, seal=public_of(self.reader.private))

    def authorise(
        self, sealed: SealedList, now: datetime, *, models: AuthorisedModels, calibration: Digest, zone: Digest,
        configuration: Digest, max_fpir: Decimal = Decimal("0.01"), lasts: timedelta = timedelta(hours=2),
    ) -> Authorisation:  # fmt: skip
        """An authorisation for a list, of the next sequence."""
        self.sequence += 1
        return authorisation(
            sealed.file, self.keys(), self.recipient(), now, site=self.site, device=self.device, models=models,
            calibration=calibration, zone=zone, configuration=configuration, max_fpir=max_fpir, lasts=lasts,
            sequence=self.sequence,
        )  # fmt: skip

    def signed(self, document: Authorisation) -> Signed:
        """The document, signed by both authorising people."""
        return sign(document, Kind.AUTHORISATION, self.officer, self.second)


def sealed_list(
    volunteers: Sequence[tuple[str, Features]], *, decoys: int, embedder: Digest, built: datetime, seed: int = 0
) -> SealedList:
    """A list of volunteers and decoys.

    A decoy is a random unit vector: nobody. It makes a list as long as a real one and proves nothing about accuracy,
    so it carries a category of its own, which only a test may use.
    """
    rng = np.random.default_rng(seed)
    entries = [Entry(name, Category.VOLUNTEER, 1) for name, _ in volunteers]
    rows = [features for _, features in volunteers]
    dimension = len(rows[0]) if rows else 128
    for number in range(decoys):
        row = rng.standard_normal(dimension).astype(np.float32)
        rows.append(row / np.float32(np.linalg.norm(row)))
        entries.append(Entry(f"decoy-{number:04d}", Category.SYNTHETIC, 1))
    counts = {ImageSource.VOLUNTEER: len(volunteers), ImageSource.NONE: decoys}
    sources = tuple(SourceCount(source=source, entries=count) for source, count in counts.items() if count)
    file, key = watchlist.seal(
        entries, np.stack(rows), embedder=embedder, alignment=align.RECIPE, built=built, sources=sources
    )
    return SealedList(file, key)


def changed(document: Authorisation, **fields: object) -> Authorisation:
    """The same authorisation with some fields changed, for tests that expect it to be refused."""
    return replace(document, **fields)  # type: ignore[arg-type]

"""The people around a simulated device: their keys, their lists, their authorisations. Everything is marked as test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.control_room.deploy import SealedList
from edge.control_room.desk import Reader
from edge.domain.authority import (
    Authorisation,
    AuthorisedList,
    AuthorisedModels,
    Category,
    Digest,
    Name,
    PinnedKey,
    Recipient,
    Role,
    Signed,
    TrustRoot,
    UseCase,
)
from edge.domain.face import Features
from edge.measure.rig import MemoryKey as MemoryKey  # the simulated office hands it on
from edge.steps import align
from edge.wire import watchlist
from edge.wire.sealed import public_of
from edge.wire.signed import Kind, digest, key_id, sign
from edge.wire.watchlist import Entry


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
    reader: Reader = field(default_factory=lambda: Reader(MemoryKey(), X25519PrivateKey.generate()))
    sequence: int = 0

    def trust_root(self, *, test: bool = True) -> TrustRoot:
        """The keys that the device pins."""
        roles = {
            Role.AUTHORISING_OFFICER: self.officer,
            Role.COUNTERSIGNING_OFFICER: self.second,
            Role.OPERATOR: self.operator,
            Role.PRESENCE: self.presence,
            Role.DEVICE: self.device_key,
            Role.EVALUATOR: self.evaluator,
        }
        keys = tuple(PinnedKey(role=role, key=key.public) for role, key in roles.items())
        return TrustRoot(test=test, version=1, keys=keys)

    def recipient(self) -> Recipient:
        """Who may open hits."""
        return Recipient(sign=self.reader.signer.public, seal=public_of(self.reader.private))

    def authorise(
        self, sealed: SealedList, now: datetime, *, detector: Digest, embedder: Digest, calibration: Digest,
        max_fpir: Decimal = Decimal("0.01"), lasts: timedelta = timedelta(hours=2),
    ) -> Authorisation:  # fmt: skip
        """An authorisation for a list, of the next sequence."""
        self.sequence += 1
        header = watchlist.header_of(sealed.file)
        return Authorisation(
            id=f"test-{self.sequence}",
            sequence=self.sequence,
            test=True,
            use_case=UseCase.ACCURACY_TEST,
            site=self.site,
            device=self.device,
            not_before=now,
            not_after=now + lasts,
            watchlist=AuthorisedList(
                digest=digest(sealed.file), entries=header.entries, categories=header.categories, built=header.built
            ),
            models=AuthorisedModels(detector=detector, embedder=embedder),
            calibration=calibration,
            max_fpir=max_fpir,
            accepts_extrapolation=False,
            hit_retention=timedelta(hours=24),
            operators=(key_id(self.operator.public),),
            presence=(key_id(self.presence.public),),
            recipients=(self.recipient(),),
        )

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
    file, key = watchlist.seal(entries, np.stack(rows), embedder=embedder, alignment=align.RECIPE, built=built)
    return SealedList(file, key)


def changed(document: Authorisation, **fields: object) -> Authorisation:
    """The same authorisation with some fields changed, for tests that expect it to be refused."""
    return replace(document, **fields)  # type: ignore[arg-type]

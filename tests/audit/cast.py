"""Who takes part in a composed story, and what they sign. Keys follow from names; it is always the same morning."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.domain.authorisation import (
    Authorisation,
    AuthorisedList,
    AuthorisedModels,
    Category,
    CategoryCap,
    CategoryCount,
    ImageSource,
    References,
    Retention,
    SourceCount,
    UseCase,
)
from edge.domain.authority import PinnedKey, PinnedWitness, Policy, Recipient, Role, TrustRoot
from edge.domain.leaves.device import Booted
from edge.steps.calibrate import Calibration, Point
from edge.wire.signed import digest, key_id, to_base64url

BASE: Final = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
ORIGIN: Final = "lamppost/high-street/post-1/epoch-1"
PENDING: Final = "0" * 64
"""Stands for a digest that is known once everything was signed."""
EQUALITY: Final = b"Equal treatment, measured in June.\n"
"""What was published of it."""
UNKNOWN: Final = Decimal(0)
DETECTOR, EMBEDDER, ZONE, CONFIGURATION, LIST = (name * 64 for name in "abcde")


class Person:
    """A signing key that follows from its name."""

    def __init__(self, name: str) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
        self.public = to_base64url(self._private.public_key().public_bytes_raw())
        self.id = key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


PEOPLE: Final = {
    name: Person(name)
    for name in (
        *(role.value for role in Role),
        "custodian-1", "custodian-2", "custodian-3", "custodian-4", "witness-1", "witness-2", "recipient", "stranger",
    )
}  # fmt: skip
PINNED: Final = {
    **{role.value: role for role in Role if role is not Role.CUSTODIAN},
    "custodian-1": Role.CUSTODIAN,
    "custodian-2": Role.CUSTODIAN,
}


def person(name: str) -> Person:
    return PEOPLE[name]


def at(seconds: float) -> datetime:
    return BASE + timedelta(seconds=seconds)


def trust_root(pinned: dict[str, Role] | None = None, **fields: Any) -> TrustRoot:
    said: dict[str, Any] = {
        "test": False, "version": 1, "expires": at(86400 * 300), "organisation": "Example Constabulary",
        "contact": "lfr@example.invalid", "quorum": 2,
        "keys": tuple(PinnedKey(role=role, key=person(name).public) for name, role in (pinned or PINNED).items()),
        "witnesses": tuple(
            PinnedWitness(name=f"{name}.example.org", key=person(name).public) for name in ("witness-1", "witness-2")
        ),
        "policy": Policy(
            independent=False, witnesses=1, cosigned_within=timedelta(minutes=30), accuracy_test_within=None
        ),
    }  # fmt: skip
    return TrustRoot(**{**said, **fields})


def calibration(**fields: Any) -> Calibration:
    points = tuple(
        Point(score=Decimal(score), estimate=Decimal(fmr) / 2, fmr=Decimal(fmr))
        for score, fmr in (("0.3", "0.0001"), ("0.4", "0.00001"), ("0.5", "0.000001"))
    )
    said: dict[str, Any] = {
        "format": "lamppost-calibration/2", "detector": DETECTOR, "embedder": EMBEDDER, "alignment": "made up",
        "fusion": "made up", "people": 2, "pictures": 2, "comparisons": 9, "interval": "made up", "source": "made up",
        "searches_per_passage": Decimal(1), "points": points, "tail": "made up", "extrapolated": (),
    }  # fmt: skip
    return Calibration(**{**said, **fields})


def authorisation(**fields: Any) -> Authorisation:
    said: dict[str, Any] = {
        "id": "operation-1", "sequence": 1, "test": False, "urgent": False, "use_case": UseCase.CRIME_HOTSPOT,
        "site": "high-street", "device": "post-1", "zone": ZONE, "not_before": at(1200), "not_after": at(8400),
        "watchlist": AuthorisedList(
            digest=LIST, entries=300, cap=500,
            categories=(CategoryCount(category=Category.WANTED_BY_COURT, entries=300),),
            caps=(CategoryCap(category=Category.WANTED_BY_COURT, most=400),),
            sources=(SourceCount(source=ImageSource.CUSTODY, entries=300),), built=at(-10800),
        ),
        "sensitive": None, "models": AuthorisedModels(detector=DETECTOR, embedder=EMBEDDER), "calibration": PENDING,
        "configuration": CONFIGURATION, "max_fpir": Decimal("0.001"), "accepts_extrapolation": False,
        "retention": Retention(hit=timedelta(hours=24), undelivered=timedelta(minutes=10)),
        "operators": (person("operator").id,), "presence": (person("presence").id,),
        "reviewers": (person("reviewer").id,),
        "recipients": (Recipient(sign=person("recipient").public, seal=person("stranger").public),),
        "references": References(
            impact_assessment="dpia-1", equality_assessment=digest(EQUALITY), community_assessment="cia-1",
            signage="signs-1",
        ),
    }  # fmt: skip
    return Authorisation(**{**said, **fields})


def booted(**fields: Any) -> Booted:
    said: dict[str, Any] = {
        "version": "0.1.0", "uncounted": 0, "detector": DETECTOR, "embedder": EMBEDDER, "calibration": PENDING,
        "zone": ZONE, "configuration": CONFIGURATION, "trust_root": PENDING, "device_key": person("device").public,
    }  # fmt: skip
    return Booted(**{**said, **fields})

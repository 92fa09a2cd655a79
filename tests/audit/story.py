"""A journal composed leaf by leaf, with everything that belongs to it: what bundles for tests are made of.

Keys come from their names and times from a fixed morning, so that the same story gives the same bundle, byte for byte.
A story that is changed before it is built is still signed and hashed all through: only what was changed is wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.audit.bundle import FORMAT, Page
from edge.audit.release import Release
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
from edge.domain.authority import PinnedKey, PinnedWitness, Policy, Recipient, Role, Signed, TrustRoot
from edge.domain.leaves.deployment import Began
from edge.domain.leaves.device import Booted
from edge.domain.orders import Body, Heading, Verb
from edge.domain.record import Checkpoint, Event, Leaf
from edge.steps.calibrate import Calibration, Point
from edge.wire.checkpoints import signed_checkpoint
from edge.wire.log import encode_leaf
from edge.wire.merkle import frontier_of
from edge.wire.notes import Note, cosign, read_note
from edge.wire.signed import Kind, canonical, digest, key_id, payload_of, sign, to_base64url

BASE: Final = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
ORIGIN: Final = "lamppost/high-street/post-1/epoch-1"
PENDING: Final = "0" * 64
"""Stands for a digest that is known once everything was signed."""
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


@dataclass(slots=True)
class Line:
    """A leaf that is yet to be written."""

    at: float
    event: Event
    boot: str = "boot-1"


@dataclass(slots=True)
class Story:
    """Everything that a bundle is made of."""

    root: TrustRoot
    calibration: Calibration
    authorisation: Authorisation
    lines: list[Line] = field(default_factory=list)
    papers: list[Signed] = field(default_factory=list)
    root_signers: tuple[str, ...] = ("custodian-1", "custodian-2")
    signers: tuple[str, ...] = ("authorising-officer", "countersigning-officer")
    evaluators: tuple[str, ...] = ("evaluator",)
    cosigned: list[tuple[int, float, str]] = field(default_factory=list)
    """How many leaves, when, and by whom."""
    head: int | None = None
    """Leaves that the last head covers; all of them where None."""
    head_signer: str = "device"
    origin: str = ORIGIN
    release: Release | None = None
    afterwards: list[Callable[[dict[str, bytes]], None]] = field(default_factory=list)
    """What happens to the bundle's files once they are written."""
    brought_root: bool = True
    brought_heads: list[bytes] = field(default_factory=list)
    brought_releases: list[Release] = field(default_factory=list)

    # Changing what happened.

    def add(self, when: float, event: Event, boot: str | None = None) -> Line:
        """Something happened, after whatever was written by then."""
        place = sum(line.at <= when for line in self.lines)
        before = self.lines[place - 1].boot if place else "boot-1"
        line = Line(when, event, boot or before)
        self.lines.insert(place, line)
        return line

    def line(self, kind: type[Event], number: int = 0) -> Line:
        return [line for line in self.lines if isinstance(line.event, kind)][number]

    def change(self, kind: type[Event], number: int = 0, /, **fields: Any) -> None:
        line = self.line(kind, number)
        line.event = replace(line.event, **fields)

    def drop(self, kind: type[Event], number: int = 0) -> Line:
        line = self.line(kind, number)
        self.lines.remove(line)
        return line

    def move(self, kind: type[Event], when: float, number: int = 0) -> None:
        line = self.drop(kind, number)
        self.add(when, line.event, line.boot)

    def leave_out(self, name: str) -> None:
        """A file that never was in the bundle."""

        def change(files: dict[str, bytes]) -> None:
            del files[name]

        self.afterwards.append(change)

    def authorise(self, **fields: Any) -> None:
        self.authorisation = replace(self.authorisation, **fields)

    def list_(self, **fields: Any) -> None:
        self.authorise(watchlist=replace(self.authorisation.watchlist, **fields))

    def rule(self, **fields: Any) -> None:
        self.root = replace(self.root, **fields)

    def policy(self, **fields: Any) -> None:
        self.rule(policy=replace(self.root.policy, **fields))

    # Signing.

    def order(self, verb: Verb, body: Body, signer: str, when: float, **heading: Any) -> Signed:
        """A signed order, kept as a paper."""
        said: dict[str, Any] = {
            "id": f"order-{verb.value}-{when:g}", "verb": verb, "site": "high-street", "device": "post-1",
            "epoch": "epoch-1", "issued": at(when), "expires": at(when + 60), "counter": int(when),
        }  # fmt: skip
        document = {"heading": Heading(**{**said, **heading}), "body": body}
        return self.paper(sign(document, Kind.ORDER, person(signer)))

    def paper(self, signed: Signed) -> Signed:
        self.papers.append(signed)
        return signed

    def sign_root(self, root: TrustRoot, *signers: str) -> Signed:
        return sign(root, Kind.TRUST_ROOT, *map(person, signers))

    @property
    def signed_authorisation(self) -> Signed:
        named = self.authorisation
        if named.calibration == PENDING:
            named = replace(named, calibration=name_of(self.signed_calibration))
        return sign(named, Kind.AUTHORISATION, *map(person, self.signers))

    @property
    def signed_calibration(self) -> Signed:
        return sign(self.calibration, Kind.CALIBRATION, *map(person, self.evaluators))

    @property
    def signed_root(self) -> Signed:
        return self.sign_root(self.root, *self.root_signers)

    # Building.

    def raw(self) -> list[bytes]:
        """The leaves as they are hashed."""
        return [encode_leaf(Leaf(at=at(line.at), boot=line.boot, event=self._known(line.event))) for line in self.lines]

    def note(self, size: int, signer: str | None = None) -> Note:
        raw = self.raw()[:size]
        root = frontier_of(raw).root().hex()
        head = Checkpoint(origin=self.origin, size=size, root=root)
        return read_note(signed_checkpoint(head, person(signer or self.head_signer)).encode())

    def files(self) -> dict[str, bytes]:
        """The bundle's files."""
        raw = self.raw()
        files = {"leaves.jsonl": b"".join(leaf + b"\n" for leaf in raw)}
        files["head.txt"] = self.note(len(raw) if self.head is None else self.head).encode()
        for number, (size, when, witness) in enumerate(self.cosigned):
            files[f"cosigned/{number:06d}.txt"] = cosigned_note(self.note(size), when, witness).encode()
        for signed in (self.signed_root, self.signed_calibration, self.signed_authorisation, *self.papers):
            files[f"papers/{name_of(signed)}.json"] = canonical(signed)
        if self.release is not None:
            files["release.json"] = canonical(self.release)
        for change in self.afterwards:
            change(files)
        files.setdefault("bundle.json", page_of(files, self.origin))
        return files

    def _known(self, event: Event) -> Event:
        """Digests that follow from what was signed."""
        calibration = name_of(self.signed_calibration)
        if isinstance(event, Began):
            event = replace(event, digest=_known(event.digest, self.signed_authorisation))
            if event.threshold == UNKNOWN:
                event = replace(event, threshold=Decimal("0.5"))
        if isinstance(event, Booted):
            event = replace(
                event,
                calibration=calibration if event.calibration == PENDING else event.calibration,
                trust_root=_known(event.trust_root, self.signed_root),
            )
        return event


def name_of(signed: Signed) -> str:
    return digest(payload_of(signed))


def _known(name: str, signed: Signed) -> str:
    return name_of(signed) if name == PENDING else name


def cosigned_note(note: Note, when: float, witness: str) -> Note:
    line = cosign(note.text, f"{witness}.example.org", person(witness), at(when))
    return Note(note.text, (*note.signatures, line))


def page_of(files: dict[str, bytes], origin: str = ORIGIN) -> bytes:
    """The first page, which names every file as it is."""
    leaves = files.get("leaves.jsonl", b"").count(b"\n")
    _, site, device, epoch = ORIGIN.split("/")
    return canonical(
        Page(
            format=FORMAT, site=site, device=device, epoch=epoch, origin=origin, leaves=leaves,
            files={name: digest(content) for name, content in files.items() if name != "bundle.json"},
        )
    )  # fmt: skip


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
            impact_assessment="dpia-1", equality_assessment="eia-1", community_assessment="cia-1", signage="signs-1"
        ),
    }  # fmt: skip
    return Authorisation(**{**said, **fields})


def booted(**fields: Any) -> Booted:
    said: dict[str, Any] = {
        "version": "0.1.0", "uncounted": 0, "detector": DETECTOR, "embedder": EMBEDDER, "calibration": PENDING,
        "zone": ZONE, "configuration": CONFIGURATION, "trust_root": PENDING, "device_key": person("device").public,
    }  # fmt: skip
    return Booted(**{**said, **fields})

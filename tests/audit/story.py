"""A journal composed leaf by leaf, with everything that belongs to it: what bundles for tests are made of.

Keys come from their names and times from a fixed morning, so that the same story gives the same bundle, byte for byte.
A story that is changed before it is built is still signed and hashed all through: only what was changed is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from edge.audit.bundle import FORMAT, Page
from edge.audit.release import Release
from edge.domain.authorisation import (
    Authorisation,
)
from edge.domain.authority import Signed, TrustRoot
from edge.domain.leaves.deployment import Began
from edge.domain.leaves.device import Booted
from edge.domain.orders import Body, Heading, Verb
from edge.domain.record import Checkpoint, Event, Leaf
from edge.steps.calibrate import Calibration
from edge.wire.checkpoints import signed_checkpoint
from edge.wire.log import encode_leaf
from edge.wire.merkle import frontier_of
from edge.wire.notes import Note, cosign, read_note
from edge.wire.signed import Kind, canonical, digest, payload_of, sign
from tests.audit.cast import ORIGIN, PENDING, UNKNOWN, at, person


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
    brought_assessments: list[bytes] = field(default_factory=list)

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

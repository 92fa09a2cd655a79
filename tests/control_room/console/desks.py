"""Two reviewers at one folder, and a device in lock-step whose hits both of them get."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.control_room import deploy, references
from edge.control_room.console.cases import Case, Cases
from edge.control_room.console.deciding import Second
from edge.control_room.console.shelf import Shelf
from edge.control_room.desk import Opened, Reader
from edge.domain.authority import PinnedKey, Recipient, Role, TrustRoot
from edge.wire.sealed import public_of
from edge.wire.signed import key_id
from hardware_sim.office import MADE, MemoryKey, Office
from hardware_sim.site import Site
from tests.browser.faces import drawn

PERSON = 7
"""Who is listed."""
NAME = "bench.post-1"


@dataclass(slots=True)
class TwoReviewers(Office):
    """An office that has another reviewer, whom the trust root names too."""

    other: MemoryKey = field(default_factory=MemoryKey)

    def trust_root(self, *, test: bool = True, now: datetime = MADE, version: int = 1) -> TrustRoot:
        """The keys that the device pins."""
        root = Office.trust_root(self, test=test, now=now, version=version)
        return replace(root, keys=(*root.keys, PinnedKey(role=Role.REVIEWER, key=self.other.public)))


@dataclass
class Desks:
    """The two consoles' cases, around one folder."""

    site: Site
    folder: Path
    readers: tuple[Reader, Reader]
    reviewers: tuple[MemoryKey, MemoryKey]
    first: Cases
    second: Cases

    def shelf(self) -> Shelf:
        """Of the one device."""
        keys = {key_id(key.public): key.public for key in self.reviewers}
        return Shelf(NAME, self.folder / NAME, self.site.office.device_key.public, keys)

    def another(self, number: int, second: Second = Second.ALWAYS) -> Cases:
        """A console that is started now."""
        return Cases({NAME: self.shelf()}, self.readers[number], self.reviewers[number], second, self.site.clock)

    def hit(self) -> Opened:
        """Somebody who is listed walks by."""
        before = len(self.site.hits)
        self.site.walk(PERSON)
        self.site.run(6)
        (opened,) = self.site.hits[before:]
        return opened

    def looks(self, cases: Cases, case: Case) -> None:
        """A reviewer does what has to be done before deciding."""
        hit = case.arrived.sealed.id
        cases.picture(hit, probe=True)
        if case.arrived.reference:
            cases.picture(hit, probe=False)
        self.site.run(2)
        cases.look(hit)
        self.site.run(3)


def desks(folder: Path, *, pictures: bool = True, second: Second = Second.ALWAYS) -> Desks:
    """A device that looks, with both reviewers and both recipients named, and references filed."""
    office = TwoReviewers()
    site, folder = Site(folder, office=office), folder / "kept"
    readers = (site.office.reader, Reader(MemoryKey(), X25519PrivateKey.generate()))
    reviewers = (office.reviewer, office.other)
    sealed = site.list_of(PERSON)
    document = site.authorisation(
        sealed,
        recipients=tuple(Recipient(sign=one.signer.public, seal=public_of(one.private)) for one in readers),
        reviewers=tuple(key_id(one.public) for one in reviewers),
    )
    site.run(1)
    said = deploy.start(site.desk, office.signed(document), office.operator)
    deploy.load(site.desk, said, sealed, site.topics, office.operator)
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(1)
    if pictures:
        found = [(f"v-{PERSON:04d}", drawn(PERSON)), ("v-9999", drawn(9999))]
        references.file(folder / NAME, document, sealed, found)
    made = Desks(site, folder, readers, reviewers, None, None)  # type: ignore[arg-type]
    made.first, made.second = made.another(0, second), made.another(1, second)
    assert site.desk.seen.deployment is not None
    made.first.expect(NAME, site.desk.seen.deployment)
    return made

"""A bare device below a folder, its custodians, and the verbs of a provisioning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edge import machine, settings
from edge.adapters.provisioned import Places, Provisioned
from edge.adapters.store import SqliteStore
from edge.domain.authority import Signed
from edge.domain.provisioning import Answer, Head
from edge.domain.record import Checkpoint
from edge.provision.accepting import accept
from edge.provision.anew import anew
from edge.provision.asking import REQUEST, ask
from edge.safeguards.journal import HEAD
from edge.settings import Settings
from edge.wire.enrolment import Believed
from edge.wire.signed import canonical, parse
from hardware_sim.board import BoardSeals, Custodians

NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass
class Device:
    """Its disk, board and custodians."""

    folder: Path
    custodians: Custodians
    disk: Provisioned
    seals: BoardSeals

    def asks(self, *, again: bool = False, site: str = "camden") -> Signed:
        with self.disk.alone():
            return ask(self.disk, self.seals, site=site, device="post-1", epoch="epoch-1", now=NOW, again=again)

    def accepts(self, answer: Answer, *, typed: str = "", now: datetime = NOW, site: bytes | None = None) -> Believed:
        with self.disk.alone():
            return accept(
                self.disk, self.seals, canonical(answer), typed=typed or self.custodians.read_out(), now=now, site=site
            )

    def obeys(self, order: Signed) -> Signed:
        with self.disk.alone():
            return anew(self.disk, self.seals, order, now=NOW)

    def provisioned(self) -> Answer:
        answer = self.custodians.answer(self.asks(), NOW)
        self.accepts(answer)
        return answer

    def provisioned_request(self) -> Signed:
        """The request that was answered."""
        return parse(self.disk.read(REQUEST) or b"", Signed)

    def accepts_next(self) -> None:
        """Wiped without having run, and provisioned in the next epoch."""
        signed = self.obeys(self.custodians.wipe(self.custodians.order(NOW, epoch="epoch-1", head=None)))
        self.accepts(self.custodians.answer(signed, NOW))

    def settings(self) -> Settings:
        return settings.load(self.disk.places.settings)

    @property
    def journal(self) -> Path:
        return self.settings().paths.state / machine.JOURNAL

    def ran(self, size: int = 7, values: dict[str, bytes] | None = None) -> Head:
        """As if the daemon had run: a journal whose last head has so many leaves."""
        head = Head(origin="lamppost/camden/post-1/epoch-1", size=size, root="a" * 64)
        self.journal.parent.mkdir(parents=True, exist_ok=True)
        store = SqliteStore(self.journal)
        with store.transaction() as transaction:
            transaction.put(HEAD, canonical(Checkpoint(origin=head.origin, size=head.size, root=head.root)))
            for name, value in (values or {}).items():
                transaction.put(name, value)
        store.close()
        return head


def bare(folder: Path) -> Device:
    root, people = folder / "root", folder / "people"
    root.mkdir()
    people.mkdir()
    return Device(folder, Custodians(people), Provisioned(Places("cam0", root)), BoardSeals(root / "secret"))


def everything(root: Path) -> dict[str, bytes]:
    """All files below a folder, and where links lead."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = str(path.readlink()).encode()
        elif path.is_file():
            found[name] = path.read_bytes()
    return found

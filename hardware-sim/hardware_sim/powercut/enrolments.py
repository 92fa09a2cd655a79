"""Provisioning under power cuts: asking, accepting, being wiped and accepting again, cut between any two writes."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

from edge import machine, settings
from edge.adapters.provisioned import KEYS, Places, Provisioned
from edge.adapters.sealing import SystemdSeals
from edge.adapters.store import SqliteStore
from edge.domain.authority import Signed
from edge.domain.errors import LamppostError
from edge.domain.provisioning import Answer, Head
from edge.domain.record import Checkpoint
from edge.provision.accepting import ENROLMENT, accept, networks
from edge.provision.anew import anew
from edge.provision.asking import REQUEST, ask, asked_for, opened
from edge.safeguards import epochs
from edge.safeguards.journal import HEAD
from edge.wire import certificates, enrolment
from edge.wire.custodians import first
from edge.wire.enrolment import Believed
from edge.wire.signed import canonical, digest, parse, payload_of
from hardware_sim.board import Custodians
from hardware_sim.chaos.outcome import Outcome
from hardware_sim.powercut.cutting import judge, moment, told, until_cut
from hardware_sim.powercut.disk import CutDisk

MEGABYTES: Final = 24
SEALED_WITH: Final = "var/lib/systemd/credential.secret"
STAGES: Final = ("ask", "accept", "wipe", "accept-next")
SIZE: Final = 7


@dataclass(slots=True)
class Post:
    """A device whose root is a disk that may be cut, and its custodians."""

    disk: CutDisk
    custodians: Custodians
    now: datetime
    answers: dict[str, Answer]

    @property
    def provisioned(self) -> Provisioned:
        """What lies there."""
        return Provisioned(Places("cam0", self.disk.place))

    @property
    def seals(self) -> SystemdSeals:
        """The host's key lies on the same disk, as it does on a card."""
        return SystemdSeals(environment={"SYSTEMD_CREDENTIAL_SECRET": str(self.disk.place / SEALED_WITH)})

    def does(self, stage: str) -> None:
        """One stage, from its beginning, as its command does it."""
        disk = self.provisioned
        (self.disk.place / SEALED_WITH).parent.mkdir(parents=True, exist_ok=True)
        with disk.alone():
            if stage == "ask":
                ask(disk, self.seals, site="camden", device="post-1", epoch="epoch-1", now=self.now)
            elif stage == "wipe":
                order = self.custodians.order(self.now, epoch="epoch-1", head=HEAD_LEFT)
                anew(disk, self.seals, self.custodians.wipe(order), now=self.now)
            else:
                accept(disk, self.seals, canonical(self.answers[stage]), typed=self.typed(stage), now=self.now)

    def typed(self, stage: str) -> str:
        """The fingerprint of the trust root in an answer."""
        return enrolment.fingerprint(digest(payload_of(self.answers[stage].trust_root)))

    def answered(self, stage: str) -> None:
        """Custodians answer the request that is on the disk."""
        signed = asked_for(self.provisioned)
        assert signed is not None
        self.answers[stage] = self.custodians.answer(signed, self.now)


HEAD_LEFT: Final = Head(origin="lamppost/camden/post-1/epoch-1", size=SIZE, root="a" * 64)
"""Of the journal that a device's first epoch leaves."""


def run(folder: Path, seed: int, number: int) -> Outcome:
    """Cut it so many times, in turn in every stage."""
    outcome = Outcome("provisioning", f"{number} cuts of asking, accepting, wiping and accepting again")
    began, chance, fates = time.monotonic(), Random(seed), Counter[str]()  # noqa: S311
    (folder / "people").mkdir(parents=True)
    disk = CutDisk(folder / "disk", folder / "root", megabytes=MEGABYTES)
    post = Post(disk, Custodians(folder / "people"), datetime.now(UTC).replace(microsecond=0), {})
    try:
        steps = _rehearse(post, folder)
        for cut in range(number):
            stage = STAGES[cut % len(STAGES)]
            disk.begin_as(folder / f"before-{stage}")
            _cut(post, stage, chance.randrange(2**32), moment(chance, steps[stage]), outcome, fates)
    finally:
        disk.close()
    outcome.notes.append("writes and flushes of each stage: " + ", ".join(f"{one} {steps[one]}" for one in STAGES))
    told(outcome, fates, number)
    outcome.seconds = time.monotonic() - began
    return outcome


def _rehearse(post: Post, folder: Path) -> dict[str, int]:
    """Every stage once without a cut: the disk before each, and how often each writes or flushes."""
    steps = {}
    for stage in STAGES:
        post.disk.mount()
        if stage == "wipe":
            _ran(post)
        if stage.startswith("accept"):
            post.answered(stage)
        post.disk.unmount()
        shutil.copyfile(post.disk.image, folder / f"before-{stage}")
        post.disk.mount()
        before = post.disk.count()
        post.does(stage)
        steps[stage] = post.disk.count() - before
        wrong = _wrong(post, stage, old=False)
        if wrong:
            raise AssertionError(f"without any cut: {wrong}")
        post.disk.unmount()
    return steps


def _cut(post: Post, stage: str, seed: int, at: int, outcome: Outcome, fates: Counter[str]) -> None:
    """One cut, and what the next boot finds; then whoever comes next finishes what was begun."""
    post.disk.mount()
    done = until_cut(post.disk, seed, at, lambda: post.does(stage), fates)
    post.disk.mount()

    def left() -> str:
        with post.provisioned.alone():
            return _wrong(post, stage, old=False, swept=True)

    judge(
        lambda old: _wrong(post, stage, old=old), lambda: post.does(stage), left, done=done, outcome=outcome,
        when=f"{stage}, cut {seed} at step {at}: ", fates=fates,
    )  # fmt: skip
    post.disk.unmount()


def _wrong(post: Post, stage: str, *, old: bool, swept: bool = False) -> str:
    """What is not as it was before a stage, or (not ``old``) after it; empty where all is."""
    tests: dict[tuple[str, bool], Callable[[Post], str]] = {
        ("ask", True): _bare,
        ("ask", False): lambda post: _bare(post) or _asks(post, "epoch-1"),
        ("accept", True): lambda post: _bare(post) or _asks(post, "epoch-1"),
        ("accept", False): lambda post: _belongs(post, "accept", "epoch-1"),
        ("wipe", True): lambda post: _belongs(post, "accept", "epoch-1") or _journal(post, "epoch-1", SIZE),
        ("wipe", False): lambda post: _wiped(post) or _asks(post, "epoch-2"),
        ("accept-next", True): lambda post: _wiped(post) or _asks(post, "epoch-2"),
        ("accept-next", False): lambda post: _belongs(post, "accept-next", "epoch-2") or _journal(post, "epoch-2", 0),
    }
    try:
        found = tests[stage, old](post)
        return found or (_strays(post) if swept else "")
    except (LamppostError, OSError) as error:
        return f"it cannot be read: {error}"


def _bare(post: Post) -> str:
    return "something is in force" if post.provisioned.places.link.exists() else ""


def _asks(post: Post, epoch: str) -> str:
    signed = asked_for(post.provisioned)
    if signed is None:
        return "it asks for nothing"
    request = enrolment.asked(signed)
    opened(post.seals, {name: post.provisioned.read(name, coming=True) or b"" for name in KEYS}, request)
    return "" if request.epoch == epoch else f"it asks for {request.epoch}"


def _belongs(post: Post, stage: str, epoch: str) -> str:
    """Everything that the daemon and its unit would read, along the links that they would take, is of one answer."""
    disk = post.provisioned
    if not disk.places.settings.exists():
        return "it is not provisioned"
    known, answer = settings.load(disk.places.settings), post.answers[stage]
    if known.device.epoch != epoch:
        return f"its settings are of {known.device.epoch}"
    request = enrolment.asked(parse(disk.read(REQUEST) or b"", Signed))
    believed = enrolment.believed(answer, parse(disk.read(REQUEST) or b"", Signed), post.typed(stage), post.now)
    opened(post.seals, {name: disk.places.credential(name).read_bytes() for name in KEYS}, request)
    for name, wanted in (
        (known.paths.trust_root, canonical(answer.trust_root)),
        (known.paths.calibration, canonical(answer.calibration)),
        (known.broker.certificate, believed.enrolment.certificate.encode()),
        (known.broker.ca, believed.enrolment.broker.ca.encode()),
        (disk.places.drop_in, networks(believed).encode()), (disk.places.link / ENROLMENT, canonical(answer.enrolment)),
    ):  # fmt: skip
        if name.read_bytes() != wanted:
            return f"{name} is of another answer"
    return _pairs(known.broker.certificate, request.certificate_request, believed)


def _pairs(certificate: Path, requested: str, believed: Believed) -> str:
    shown = certificates.read(certificate.read_text())
    return "" if certificates.name_of(shown) == "camden/post-1" and requested and believed.root else "another name"


def _journal(post: Post, epoch: str, size: int) -> str:
    """The journal of an epoch verifies: its head is the one that was left, or it begins by binding that."""
    store = SqliteStore(post.provisioned.places.state / machine.JOURNAL)
    try:
        if size:
            head = Checkpoint(origin=HEAD_LEFT.origin, size=HEAD_LEFT.size, root=HEAD_LEFT.root)
            return "" if store.get(HEAD) == canonical(head) else "its journal has another head"
        root = first(post.answers["accept-next"].trust_root)
        leaf = epochs.first_leaf(store, root, site="camden", device="post-1", epoch=epoch)  # type: ignore[arg-type]
        bound = leaf is not None and (leaf.previous_size, leaf.previous_root) == (HEAD_LEFT.size, HEAD_LEFT.root)
        return "" if bound and store.get("clock/mark") == b"2026" else "its journal does not bind the one before"
    finally:
        store.close()


def _wiped(post: Post) -> str:
    """There is no way to anything of the epoch that ended, for the daemon."""
    disk = post.provisioned
    if not disk.ended():
        return "it is not wiped"
    return "there are settings still" if disk.places.settings.exists() else ""


def _strays(post: Post) -> str:
    """Nothing is left that nobody needs: above all nothing of an epoch that ended."""
    disk = post.provisioned
    folders = [one for one in disk.places.folder.iterdir() if not one.is_symlink()]
    if len(folders) != 1:
        return f"{len(folders)} folders are left"
    state = disk.places.state
    kept = sorted(one.name for one in state.iterdir()) if state.is_dir() and disk.ended() else []
    return f"{kept} are left of the epoch that ended" if kept else ""


def _ran(post: Post) -> None:
    """As if the daemon had run in the first epoch."""
    path = settings.load(post.provisioned.places.settings).paths.state / machine.JOURNAL
    path.parent.mkdir(parents=True, exist_ok=True)
    store = SqliteStore(path)
    with store.transaction() as transaction:
        head = Checkpoint(origin=HEAD_LEFT.origin, size=HEAD_LEFT.size, root=HEAD_LEFT.root)
        transaction.put(HEAD, canonical(head))
        transaction.put("clock/mark", b"2026")
    store.close()

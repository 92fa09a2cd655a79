"""From a rig to an account: a copy of what the device left, the product's own examination of it, and the judgement.

Judging takes a process of its own, so that the next life need not wait for it.
"""

from __future__ import annotations

import copy
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.adapters.archive import archive
from edge.audit import report
from edge.audit.case import Brought
from edge.audit.export import export
from edge.domain.authority import Role, Signed
from edge.domain.errors import LamppostError
from edge.wire.signed import digest, from_base64url, payload_of
from hardware_sim.bench import DEVICE, EPOCH, SITE
from hardware_sim.chaos import evidence, ledger
from hardware_sim.chaos.console import Record
from hardware_sim.chaos.ledger import Account, Broken, Promise, Totals
from hardware_sim.chaos.rig import Rig


@dataclass(frozen=True, slots=True)
class Left:
    """What was left at one moment, to be judged."""

    folder: Path
    record: Record
    marks: str
    """The street's, so far."""
    device_key: bytes
    root: str
    drained: bool = False


def left(rig: Rig, *, drained: bool = False) -> Left:
    """Copy it. The device must not be running."""
    folder = Path(tempfile.mkdtemp(prefix="left-", dir=rig.bench.folder))
    evidence.copied(rig.bench.state, folder / "state")
    root = msgspec.json.decode((rig.bench.folder / "trust-root.json").read_bytes(), type=Signed)
    marks = rig.marks.read_text() if rig.marks.exists() else ""
    device_key = from_base64url(rig.bench.signer(Role.DEVICE).public)
    return Left(folder, copy.deepcopy(rig.console.record), marks, device_key, digest(payload_of(root)), drained)


def judged(left: Left) -> tuple[list[Broken], Totals]:
    """Judge it, and delete the copy."""
    try:
        return _judged(left)
    except (LamppostError, sqlite3.Error, ValueError, KeyError) as error:
        return [Broken(Promise.VERIFIES, f"what was left cannot be read: {error!r}")], Totals()
    finally:
        shutil.rmtree(left.folder)


def _judged(left: Left) -> tuple[list[Broken], Totals]:
    journal = evidence.journal(left.folder / "state")
    # What nobody has signed for yet is no evidence: a first life may be killed before its first leaf.
    found = () if journal.head is None else findings(left)
    account = Account(journal, left.record, evidence.marks(left.marks), left.device_key, found, left.drained)
    return ledger.judge(account), ledger.totals(account)


def findings(left: Left) -> tuple[str, ...]:
    """What an outsider's examination of the exported evidence finds wrong."""
    bundle = left.folder / "bundle"
    with archive(left.folder / "state") as state:
        export(state, bundle, site=SITE, device=DEVICE, epoch=EPOCH)
    found = report.examine(bundle, Brought(root=left.root))
    wrong = [
        f"{failed.name}: {failed.where[0].detail if failed.where else failed.count}"
        for subject in found.subjects
        for failed in subject.failures
    ]
    return tuple(wrong) if wrong or found.holds else ("it does not hold",)

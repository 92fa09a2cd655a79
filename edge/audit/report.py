"""The report of an examination: what was found, what the device did, and what cannot be known from here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from edge.audit import figures
from edge.audit.beyond import beyond
from edge.audit.bundle import read
from edge.audit.case import Brought, Case, prepare
from edge.audit.checks import CHECKS
from edge.audit.checks.log import cosignatures, witnesses
from edge.audit.checks.pulse import outages
from edge.audit.failures import Failure, Finding
from edge.audit.figures import Figures, Totals
from edge.wire.notes import cosigned_at

FORMAT: Final = "lamppost-report/1"
FILES: Final = "The bundle's files"
EXAMPLES: Final = 5
"""Places that are named of each kind of failure; the rest are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """One place where it was found."""

    detail: str
    leaf: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """One kind of failure."""

    name: str
    sentence: str
    remedy: str
    count: int
    where: tuple[Where, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One subject that was checked."""

    name: str
    examined: bool
    """False where whom to believe is not known: then nothing failed, and nothing holds."""
    failures: tuple[Failed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigner:
    """A witness, and the newest head that it cosigned."""

    name: str
    size: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A time in which nothing was heard of the device."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it."""

    format: str
    holds: bool
    """Whether nothing was found wrong."""
    bundle: str | None
    """SHA-256 of its first page."""
    site: str | None
    device: str | None
    epoch: str | None
    test: bool | None
    """Whether the trust root is a simulator's: then nobody real was looked at."""
    organisation: str | None
    contact: str | None
    trust_root: str | None
    """That was brought."""
    trust_root_versions: tuple[int, ...]
    leaves: int
    begins: datetime | None
    ends: datetime | None
    subjects: tuple[Subject, ...]
    deployments: tuple[Figures, ...]
    totals: Totals | None
    witnesses: tuple[Cosigner, ...]
    releases: tuple[str, ...]
    """Versions whose manifests were brought."""
    silences: tuple[Silence, ...]
    cannot: tuple[str, ...]
    """What this cannot establish."""

    @property
    def names(self) -> frozenset[str]:
        """The names of all failures."""
        return frozenset(failed.name for subject in self.subjects for failed in subject.failures)


def examine(folder: Path, brought: Brought) -> Report:
    """Examine a bundle. Raises Misconfigured where there is no such folder, and nothing else."""
    bundle, findings = read(folder)
    if bundle is None:
        return _unreadable(findings, brought)
    case = prepare(bundle, brought)
    believed = bool(case.chain.roots)
    found = [(subject, list(check(case))) for subject, check in CHECKS]
    subjects = tuple(_subject(name, wrong, examined=believed) for name, wrong in found)
    return _report(case, (_subject(FILES, findings), *subjects))


def as_json(report: Report) -> bytes:
    """The report as JSON, laid out for reading. Its schema is :func:`schema`'s."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the report."""
    return msgspec.json.schema(Report)


def _report(case: Case, subjects: tuple[Subject, ...]) -> Report:
    page, roots, entries = case.bundle.page, case.chain.roots, case.bundle.entries
    newest = roots[-1].document if roots else None
    return Report(
        format=FORMAT,
        holds=not any(subject.failures for subject in subjects),
        bundle=case.bundle.digest,
        site=page.site,
        device=page.device,
        epoch=page.epoch,
        test=None if newest is None else newest.test,
        organisation=None if newest is None else newest.organisation,
        contact=None if newest is None else newest.contact,
        trust_root=case.brought.root,
        trust_root_versions=tuple(root.document.version for root in roots),
        leaves=len(case.bundle.raw),
        begins=min((entry.leaf.at for entry in entries), default=None),
        ends=case.history.end,
        subjects=subjects,
        deployments=tuple(figures.of_deployment(case, one) for one in case.history.deployments),
        totals=figures.of_all(case),
        witnesses=tuple(_cosigners(case)),
        releases=tuple(release.version for release in case.brought.releases),
        silences=tuple(Silence(begins=one.begins, ends=one.ends) for one in outages(case)),
        cannot=tuple(beyond(case)),
    )


def _unreadable(findings: list[Finding], brought: Brought) -> Report:
    return Report(
        format=FORMAT, holds=False, bundle=None, site=None, device=None, epoch=None, test=None, organisation=None,
        contact=None, trust_root=brought.root, trust_root_versions=(), leaves=0, begins=None, ends=None,
        subjects=(_subject(FILES, findings),), deployments=(), totals=None, witnesses=(), releases=(), silences=(),
        cannot=("Anything at all: the bundle cannot be read.",),
    )  # fmt: skip


def _subject(name: str, findings: Iterable[Finding], *, examined: bool = True) -> Subject:
    grouped: dict[Failure, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.failure, []).append(finding)
    failures = tuple(_failed(failure, found) for failure, found in grouped.items())
    return Subject(name=name, examined=examined or bool(failures), failures=failures)


def _failed(failure: Failure, found: list[Finding]) -> Failed:
    return Failed(
        name=failure.value,
        sentence=failure.sentence,
        remedy=failure.remedy,
        count=len(found),
        where=tuple(Where(detail=finding.detail, leaf=finding.leaf) for finding in found[:EXAMPLES]),
    )


def _cosigners(case: Case) -> list[Cosigner]:
    held = list(cosignatures(case))
    found = []
    for witness in witnesses(case):
        its = [(cosigned_at(line), head.size) for verifier, line, head in held if verifier == witness]
        at, size = max(its, default=(None, None), key=lambda one: one[0])
        found.append(Cosigner(name=witness.name, size=size, at=at))
    return found

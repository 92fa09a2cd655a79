"""What an enrolment says: to a person, to the system that asked for it, and in the report that stays."""

from __future__ import annotations

import enum
import os
from collections import Counter
from pathlib import Path

import msgspec

from edge.control_room.enrolling.findings import Report
from edge.control_room.enrolling.intake import Disbelieved, Intake
from edge.control_room.enrolling.page import as_html
from edge.domain.authority import Digest
from edge.domain.errors import LamppostError, Misconfigured
from edge.domain.subjects import RESULT, EnrolmentResult


class Exit(enum.IntEnum):
    """Exit statuses; those above 1 as in sysexits.h."""

    SEALED = 0
    FAILED = 1
    SPOILT = 65
    """EX_DATAERR."""
    DISBELIEVED = 77
    """EX_NOPERM."""
    MISCONFIGURED = 78
    """EX_CONFIG."""


def in_words(report: Report) -> str:
    """A report for a person: what was not used and why, what is to be judged, what spoils the list."""
    lines = [f"not used: {one.picture}: {one.why}" for one in report.pictures if not one.used]
    lines += [f"left out: {identifier}" for identifier in report.left_out]
    lines += [f"warning: {warning.what}" for warning in report.warnings]
    lines += [f"fault: {fault.what}" for fault in report.faults]
    counts = Counter(one.used for one in report.pictures)
    compared = f", compared with a cohort of {report.cohort:,}" if report.cohort else ""
    lines.append(
        f"{len(report.entries):,} entries from {counts[True]:,} pictures ({counts[False]:,} not used){compared}; "
        f"warnings: {len(report.warnings)}, faults: {len(report.faults)}"
    )
    return "\n".join([*lines, report.carried])


def report_json(report: Report) -> bytes:
    """The report for a machine."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"


def write_report(folder: Path, report: Report) -> None:
    """Both forms of it into a folder, for their owner alone. Raises Misconfigured."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in (("quality.json", report_json(report)), ("quality.html", as_html(report).encode())):
            made = folder / f"{name}.new"
            made.unlink(missing_ok=True)
            with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
            made.replace(folder / name)
    except OSError as error:
        raise Misconfigured(f"The report cannot be written: {error}.", "Name another folder.") from error


def sealed(report: Report, name: Digest) -> EnrolmentResult:
    """There is a list."""
    return _result(report, Exit.SEALED, name)


def spoilt(report: Report) -> EnrolmentResult:
    """Entries spoil it."""
    return _result(report, Exit.SPOILT, None)


def failed(error: LamppostError, taken: Intake | None) -> EnrolmentResult:
    """Nothing was examined to the end."""
    status = Exit.FAILED
    if isinstance(error, Disbelieved):
        status = Exit.DISBELIEVED
    elif isinstance(error, Misconfigured):
        status = Exit.MISCONFIGURED
    return EnrolmentResult(
        format=RESULT, status="failed" if status is Exit.FAILED else "refused", exit=status, what=error.what,
        remedy=error.remedy, export=None if taken is None else taken.export, list=None, built=None, entries=0,
        pictures=0, used=0, warnings=0, faults=(),
    )  # fmt: skip


def as_json(result: EnrolmentResult) -> str:
    """One line."""
    return msgspec.json.encode(result).decode()


def _result(report: Report, status: Exit, name: Digest | None) -> EnrolmentResult:
    what, remedy = _spoilt(report)
    return EnrolmentResult(
        format=RESULT, status="sealed" if name else "spoilt", exit=status, what=what, remedy=remedy,
        export=report.export, list=name, built=report.built, entries=len(report.entries),
        pictures=len(report.pictures), used=sum(one.used for one in report.pictures),
        warnings=len(report.warnings),
        faults=tuple(sorted({entry for fault in report.faults for entry in fault.entries})),
    )  # fmt: skip


def _spoilt(report: Report) -> tuple[str, str]:
    if not report.faults:
        return "", ""
    named, rest = report.faults[:3], len(report.faults) - 3
    what = " ".join(fault.what for fault in named)
    if rest > 0:
        what += f" {rest} more faults spoil the list."
    return what, (
        "Take better pictures of their own, or leave an entry out by name (--leave-out ID), and run it again: what was "
        "looked at is kept for 24 hours, encrypted (--forget deletes it)."
    )

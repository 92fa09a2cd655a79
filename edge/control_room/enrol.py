"""Enrolment: a folder of pictures to a sealed watchlist.

    folder/<entry id>/*.jpg        one subfolder for each person, named by an opaque id

Every picture gets a verdict. One picture that cannot be used does not spoil its entry. An entry without any spoils the
list, and so does one that resembles everybody, or shares a picture with another: a list that silently lacks somebody is
worse than none. Whoever wants such an entry left out says so. All that is wrong is said at once, at the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np

from edge.adapters.pictures import SUFFIXES
from edge.control_room import entries, evidence, scrutiny
from edge.control_room.acquisition import Demands, Extracts, FindsFaces
from edge.control_room.entries import Person, Unusable, Verdict
from edge.control_room.scrutiny import Levels, Scrutiny
from edge.domain.authorisation import Category, ImageSource, SourceCount
from edge.domain.authority import Digest
from edge.domain.errors import Misconfigured
from edge.domain.face import Features
from edge.steps import align
from edge.steps.calibrate import Calibration
from edge.wire import watchlist
from edge.wire.watchlist import Entry

_OPAQUE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NAMED: Final = 3
"""So many faults are spelt out in the error; the report has them all."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about one or two entries: a fault spoils the list, a warning is for a person to judge."""

    entries: tuple[str, ...]
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """What enrolment found. No features and no scores."""

    entries: int
    """That have a template."""
    left_out: tuple[str, ...]
    cohort: int
    """People of the cohort that every reference was compared with."""
    carried: str
    """What the calibration carries with so many entries."""
    pictures: tuple[Verdict, ...]
    faults: tuple[Remark, ...]
    warnings: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A sealed list and its content key."""

    file: bytes
    key: bytes = field(repr=False)
    entries: int


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """Templates that have been looked at, and what was found."""

    report: Report
    embedder: Digest
    people: tuple[Person, ...] = field(repr=False)

    def seal(self, category: Category, source: ImageSource, built: datetime) -> Enrolled:
        """The sealed list. Raises Misconfigured naming the entries that spoil it."""
        if self.report.faults:
            raise _spoilt(self.report.faults)
        listed = [Entry(person.id, category, len(person.used)) for person in self.people]
        templates = np.stack([person.template for person in self.people])
        file, key = watchlist.seal(
            listed,
            templates,
            embedder=self.embedder,
            alignment=align.RECIPE,
            built=built,
            sources=(SourceCount(source=source, entries=len(listed)),),
        )
        return Enrolled(file, key, len(listed))


def people(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """Each entry's id and pictures, in order. Raises Misconfigured for an id that is not opaque-looking."""
    if not folder.is_dir():
        raise Misconfigured(f"{folder} is no folder.", "Name a folder with one subfolder of pictures for each person.")
    for entry in sorted(path for path in folder.iterdir() if path.is_dir()):
        if not _OPAQUE.fullmatch(entry.name):
            raise Misconfigured(
                f"The entry id {entry.name!r} has characters other than letters, digits, dot, hyphen and underscore.",
                "Name the subfolder by an opaque id, never by a person's name.",
            )
        yield entry.name, sorted(path for path in entry.iterdir() if path.suffix.lower() in SUFFIXES)


def examine(
    folder: Path,
    detector: FindsFaces,
    extractor: Extracts,
    calibration: Calibration,
    *,
    leave_out: Collection[str] = (),
    cohort: Features | None = None,
    demands: Demands | None = None,
    settings: Scrutiny | None = None,
    progress: Progress = lambda _: None,
) -> Examined:
    """Look at every picture and every template of a folder of people.

    ``cohort`` is (m, D) float32 with a unit row for each of other people. Raises Misconfigured where there is nobody to
    enrol, there are too many, or the calibration is of another chain.
    """
    evidence.fits(calibration, detector.identity, extractor.identity)
    wanted = _wanted(folder, leave_out)
    evidence.check_length(calibration, len(wanted))
    levels = evidence.levels(calibration, len(wanted))
    formed: list[Person] = []
    verdicts: list[Verdict] = []
    faults: list[Remark] = []
    for count, (identifier, files) in enumerate(wanted, 1):
        made, said = entries.form(identifier, files, detector, extractor, demands or Demands(), levels.agree)
        verdicts += said
        if isinstance(made, Unusable):
            faults.append(Remark((identifier,), f"The entry {identifier} {made.why}."))
        else:
            formed.append(made)
        progress(f"{count:,} of {len(wanted):,} entries")
    warnings: list[Remark] = []
    if formed:
        templates = np.stack([person.template for person in formed])
        faults += _crowd_pleasers(formed, templates, cohort, levels, settings or Scrutiny())
        more, warnings = _look_alikes(formed, templates, levels)
        faults += more
    report = Report(
        entries=len(formed),
        left_out=tuple(sorted(leave_out)),
        cohort=0 if cohort is None else len(cohort),
        carried=evidence.carried(calibration, max(1, len(formed))),
        pictures=tuple(verdicts),
        faults=tuple(faults),
        warnings=(*_unchecked(len(formed), cohort, settings or Scrutiny()), *warnings),
    )
    return Examined(report, extractor.identity, tuple(formed))


def _wanted(folder: Path, leave_out: Collection[str]) -> list[tuple[str, list[Path]]]:
    found = list(people(folder))
    unknown = set(leave_out) - {identifier for identifier, _ in found}
    if unknown:
        raise Misconfigured(f"There is no entry {min(unknown)} to leave out.", "Name it as its subfolder is named.")
    wanted = [(identifier, files) for identifier, files in found if identifier not in leave_out]
    if not wanted:
        raise Misconfigured("There is nobody to enrol.", "Make one subfolder of pictures for each person.")
    return wanted


def _crowd_pleasers(
    formed: Sequence[Person], templates: Features, cohort: Features | None, levels: Levels, settings: Scrutiny
) -> list[Remark]:
    """Faults of references that resemble too many: by the cohort, and by the list itself where it is long enough."""
    wolves = np.zeros(len(formed), np.bool_)
    blends = wolves.copy()
    if cohort is not None and len(cohort) >= settings.least:
        wolves, blends = scrutiny.against_cohort(templates, cohort, levels, settings)
    if len(templates) >= settings.least:
        wolves = wolves | scrutiny.among_themselves(templates, levels, settings)
    faults = []
    for person, wolf, blend in zip(formed, wolves, blends, strict=True):
        if wolf:
            what = f"The entry {person.id} resembles everybody: it would raise many times the usual false alerts."
            faults.append(Remark((person.id,), what))
        elif blend:
            what = f"The entry {person.id} resembles several people who do not resemble each other, as a blend does."
            faults.append(Remark((person.id,), what))
    return faults


def _look_alikes(formed: Sequence[Person], templates: Features, levels: Levels) -> tuple[list[Remark], list[Remark]]:
    """Faults and warnings of pairs of entries that are alike."""
    faults, warnings = [], []
    for one, other in scrutiny.alike(templates, levels.alike):
        left, right = formed[one], formed[other]
        pair = (left.id, right.id)
        copied = next(entries.copies(left, right), None)
        if copied is None:
            words = f"likely the same person or a close relative: {left.id} and {right.id}"
            warnings.append(Remark(pair, words))
        else:
            names = f"{copied[0].parent.name}/{copied[0].name} and {copied[1].parent.name}/{copied[1].name}"
            faults.append(Remark(pair, f"The entries {left.id} and {right.id} share a picture ({names})."))
    return faults, warnings


def _unchecked(formed: int, cohort: Features | None, settings: Scrutiny) -> list[Remark]:
    if formed >= settings.least or (cohort is not None and len(cohort) >= settings.least):
        return []
    what = "nobody was checked for resembling everybody: "
    if cohort is None:
        what += f"the list is shorter than {settings.least} and no cohort was named (--cohort)"
    else:
        what += f"of the cohort {len(cohort)} people are usable, and {settings.least} are needed"
    return [Remark((), what)]


def _spoilt(faults: Sequence[Remark]) -> Misconfigured:
    what = " ".join(fault.what for fault in faults[:_NAMED])
    if len(faults) > _NAMED:
        what += f" {len(faults) - _NAMED} more faults spoil the list."
    return Misconfigured(what, "Take better pictures of their own, or leave an entry out by name: --leave-out ID.")

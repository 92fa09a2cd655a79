"""Enrolment: everybody's pictures looked at, every entry formed, all of them held against each other.

Every picture gets a verdict. One picture that cannot be used does not spoil its entry. An entry without any spoils the
list, and so does one that resembles everybody, or shares a picture with another: a list that silently lacks somebody is
worse than none. Whoever wants such an entry left out says so. All that is wrong is said at once, at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

import numpy as np

from edge.control_room import evidence
from edge.control_room.enrolling import entries, pairs
from edge.control_room.enrolling.entries import Person, Seen, Unusable
from edge.control_room.enrolling.findings import FORMAT, KEPT, MARKING, Listed, Outcome, Rejected, Remark, Report
from edge.control_room.enrolling.intake import Intake
from edge.control_room.enrolling.looking import Looks, Wanted
from edge.control_room.enrolling.opening import Shelf, Stamp
from edge.control_room.enrolling.scrutiny import Scrutiny
from edge.control_room.enrolling.workfile import Work
from edge.domain.authorisation import MAX_LIST_AGE, SourceCount
from edge.domain.authority import Digest
from edge.domain.errors import Misconfigured
from edge.domain.face import Features
from edge.domain.subjects import Picture, Subject
from edge.steps import align
from edge.steps.calibrate import Calibration
from edge.wire import watchlist
from edge.wire.signed import digest
from edge.wire.watchlist import Entry

_NAMED: Final = 3
"""So many faults are spelt out in the error; the report has them all."""

Progress = Callable[[int, int], None]
Unread: TypeAlias = dict[tuple[str, str], Rejected]


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
    people: tuple[Person, ...] = field(repr=False)

    def seal(self, now: datetime) -> Enrolled:
        """The sealed list. Raises Misconfigured naming the entries that spoil it, or where it would be stale."""
        if self.report.faults:
            raise _spoilt(self.report.faults)
        if now - self.report.built > MAX_LIST_AGE:
            raise Misconfigured(
                f"The list would count as built at {self.report.built:%Y-%m-%d %H:%M}Z, more than 24 hours ago.",
                "Have it exported again, and enrol it at once.",
            )
        listed = [Entry(person.id, person.subject.category, len(person.used)) for person in self.people]
        sources = Counter(source for person in self.people for source in {one.source for one in person.used})
        file, key = watchlist.seal(
            listed,
            np.stack([person.template for person in self.people]),
            embedder=self.report.embedder,
            alignment=align.RECIPE,
            built=self.report.built,
            sources=tuple(
                SourceCount(source=source, entries=sources[source])
                for source in sorted(sources, key=lambda source: source.value)
            ),
        )
        return Enrolled(file, key, len(listed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """What entries are held against."""

    calibration: Calibration
    cohort: Features | None = None
    """(m, D) float32, a unit row for each of other people."""
    scrutiny: Scrutiny = field(default_factory=Scrutiny)


def examine(
    intake: Intake, looks: Looks, work: Work, against: Against, now: datetime, *,
    left_out: Sequence[str] = (), progress: Progress = lambda _, __: None,
) -> Examined:  # fmt: skip
    """Look at every picture and every template. ``now`` is when the intake was read.

    Raises Misconfigured where there is nobody to enrol, there are too many, or the calibration is of another chain.
    """
    evidence.fits(against.calibration, looks.detector, looks.embedder)
    wanted = intake.without(left_out)
    evidence.check_length(against.calibration, len(wanted.subjects))
    levels = evidence.levels(against.calibration, len(wanted.subjects))
    unread = look_at(wanted, looks, work, progress)
    formed: list[Person] = []
    found = [one for one in wanted.surplus if one.entry not in left_out]
    faults: list[Remark] = []
    for subject in wanted.subjects:
        made, said = entries.form(subject, list(_seen(subject, unread, work)), levels.agree)
        found += said
        if isinstance(made, Unusable):
            faults.append(Remark(entries=(subject.id,), what=f"The entry {subject.id} {made.why}."))
        else:
            formed.append(made)
    warnings: list[Remark] = pairs.unchecked(len(formed), against.cohort, against.scrutiny)
    if formed:
        templates = np.stack([person.template for person in formed])
        faults += pairs.crowd_pleasers(formed, templates, against.cohort, levels, against.scrutiny)
        more, judged = pairs.alike(formed, templates, levels)
        faults += more
        warnings += judged + pairs.old(formed, now)
    built = min(now, intake.made or now).replace(microsecond=0)
    report = Report(
        format=FORMAT, marking=MARKING, built=built, delete=built + KEPT, origin=intake.origin, export=intake.export,
        detector=looks.detector, embedder=looks.embedder,
        cohort=0 if against.cohort is None else len(against.cohort),
        carried=evidence.carried(against.calibration, max(1, len(formed))),
        entries=tuple(_listed(person) for person in formed), left_out=tuple(sorted(left_out)),
        pictures=tuple(found), faults=tuple(faults), warnings=tuple(warnings),
    )  # fmt: skip
    return Examined(report, tuple(formed))


def look_at(intake: Intake, looks: Looks, work: Work, progress: Progress) -> Unread:
    """Have every picture looked at that was not yet. Returns what could not be read, and why."""
    unread: Unread = {}
    shelf = Shelf(intake.folder)
    total = sum(len(subject.pictures) for subject in intake.subjects)
    done = 0

    def waiting() -> Iterator[tuple[tuple[Subject, Picture, Stamp, Digest], Wanted]]:
        nonlocal done
        for subject in intake.subjects:
            for picture in subject.pictures:
                opened = _opened(shelf, subject, picture, work)
                if isinstance(opened, tuple):
                    stamp, raw = opened
                    yield (subject, picture, stamp, digest(raw)), Wanted(raw)
                    continue
                if opened is not None:
                    unread[subject.id, picture.file] = opened
                done += 1
                progress(done, total)

    try:
        for (subject, picture, stamp, name), look in looks.look(waiting()):
            work.keep(subject.id, picture.file, stamp, name, look)
            done += 1
            progress(done, total)
    finally:
        shelf.close()
    return unread


def _opened(shelf: Shelf, subject: Subject, picture: Picture, work: Work) -> tuple[Stamp, bytes] | Rejected | None:
    """A file that is still to be looked at; why it cannot be; or None where it was looked at before."""
    stamp = shelf.stamp(picture.file)
    if isinstance(stamp, Rejected):
        return stamp
    known = work.known(subject.id, picture.file, stamp)
    if known is not None:
        return None if picture.digest in (None, known[1]) else _other_content()
    raw = shelf.read(picture.file)
    if isinstance(raw, Rejected):
        return raw
    return (stamp, raw) if picture.digest in (None, digest(raw)) else _other_content()


def _seen(subject: Subject, unread: Unread, work: Work) -> Iterator[Seen]:
    for picture in subject.pictures:
        refused = unread.get((subject.id, picture.file))
        yield Seen(picture, work.latest(subject.id, picture.file) if refused is None else refused)


def _other_content() -> Rejected:
    return Rejected(Outcome.OTHER_CONTENT, "it is not the file that the subjects name by its digest")


def _listed(person: Person) -> Listed:
    dates = [one.taken for one in person.used if one.taken is not None]
    return Listed(
        entry=person.id, category=person.subject.category, rationale=person.subject.rationale,
        sources=tuple(sorted({one.source for one in person.used}, key=lambda source: source.value)),
        newest=max(dates, default=None), pictures=len(person.subject.pictures), used=len(person.used),
        quality=round(100 * person.best),
    )  # fmt: skip


def _spoilt(faults: Sequence[Remark]) -> Misconfigured:
    what = " ".join(fault.what for fault in faults[:_NAMED])
    if len(faults) > _NAMED:
        what += f" {len(faults) - _NAMED} more faults spoil the list."
    return Misconfigured(what, "Take better pictures of their own, or leave an entry out by name: --leave-out ID.")

"""``lamppost enrol``: from people's pictures to a sealed list, with a verdict on every picture."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from edge.adapters.host import voice
from edge.control_room import deploy, evidence
from edge.control_room.enrolling import bundling, cohort, crew, exporting, intake, results, workfile
from edge.control_room.enrolling.acquisition import Demands
from edge.control_room.enrolling.crew import Crew
from edge.control_room.enrolling.examining import Against, Examined, examine
from edge.control_room.enrolling.intake import Disbelieved, Intake
from edge.control_room.enrolling.progress import Bar
from edge.domain.authorisation import Category, ImageSource
from edge.domain.errors import LamppostError, Misconfigured
from edge.domain.face import Features
from edge.domain.subjects import EnrolmentResult
from edge.settings import shared
from edge.wire.signed import digest

CATEGORIES = [category.value for category in Category if category is not Category.SYNTHETIC]
SOURCES = [source.value for source in ImageSource if source is not ImageSource.NONE]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Commands) -> None:
    """Add the commands."""
    listing = commands.add_parser("enrol", help="people's pictures to a sealed watchlist, with a verdict on each")
    who = listing.add_mutually_exclusive_group(required=True)
    who.add_argument("--images", type=Path, help="folder with one subfolder per opaque entry id")
    who.add_argument("--subjects", type=Path, help="subjects' file (.json or .csv): lamppost schema subjects")
    who.add_argument("--forget", action="store_true", help="delete what an enrolment that was not finished left")
    listing.add_argument("--category", choices=CATEGORIES, help="of everybody in --images")
    listing.add_argument("--source", choices=SOURCES, help="where the pictures of --images are lawfully held")
    listing.add_argument("--export", type=Path, help="what another system signed about --subjects")
    listing.add_argument("--signer", action="append", default=[], metavar="KEY", help="public key of that system")
    listing.add_argument(
        "--cohort",
        type=Path,
        help="pictures of a thousand other people, a folder or tar archive: who resembles everybody is refused",
    )
    listing.add_argument("--leave-out", action="append", default=[], metavar="ID", help="do not enrol this entry")
    listing.add_argument("--leave-out-from", type=Path, metavar="FILE", help="nor these: a file, an id a line")
    listing.add_argument("--report", type=Path, metavar="FOLDER", help="write quality.html and quality.json into it")
    listing.add_argument("--result", action="store_true", help="print the result as JSON and nothing else")
    listing.add_argument("--workers", type=int, default=crew.usual(), help="processes that look at pictures")
    listing.add_argument("--models", type=Path, default=shared("models"))
    listing.add_argument("--calibration", type=Path, default=shared("calibration.json"))
    listing.add_argument("--out", type=Path, required=True)
    listing.set_defaults(run=_enrol)
    exporting.add_to(commands)
    bundling.add_to(commands)


def _enrol(options: argparse.Namespace) -> int:
    if options.forget:
        there = workfile.forget(_work_path(options), workfile.memory_folder())
        print("what was left is deleted" if there else "nothing was left")
        return 0
    taken: list[Intake] = []
    try:
        said, words = _enrolled(options, taken)
    except LamppostError as error:
        said, words = results.failed(error, taken[0] if taken else None), ""
    if options.result:
        print(results.as_json(said))
    elif words:
        print(words)
    if said.what:
        print(f"lamppost: {said.what} {said.remedy}", file=voice())
    return said.exit


def _enrolled(options: argparse.Namespace, taken: list[Intake]) -> tuple[EnrolmentResult, str]:
    """The result, and the same for a person. Puts what was taken in into ``taken`` as soon as it is believed."""
    now = datetime.now(UTC)
    found = _intake(options, now)
    taken.append(found)
    calibration = evidence.read(options.calibration)
    left_out = [*options.leave_out, *_lines(options.leave_out_from)]
    with Crew(options.models, options.workers) as looks:
        evidence.fits(calibration, looks.detector, looks.embedder)
        chain = f"{looks.detector} {looks.embedder} {digest(repr(Demands()).encode())}"
        work = workfile.Work(_work_path(options), workfile.memory_folder(), chain, now)
        try:
            _resumed(work)
            against = Against(calibration=calibration, cohort=_cohort(options.cohort, looks))
            bar = Bar(sys.stderr, "pictures")
            examined = examine(found, looks, work, against, now, left_out=left_out, progress=bar.step)
            bar.end()
        except BaseException:
            if len(work):
                work.close()
            else:
                work.destroy()
            raise
    return _kept(options, examined, work)


def _kept(options: argparse.Namespace, examined: Examined, work: workfile.Work) -> tuple[EnrolmentResult, str]:
    """Write the report, and the list where nothing spoils it; then nothing of the work is left."""
    report = examined.report
    if options.report is not None:
        results.write_report(options.report, report)
    words = results.in_words(report)
    if report.faults:
        work.close()
        return results.spoilt(report), words
    try:
        enrolled = examined.seal(datetime.now(UTC))
        deploy.write_list(options.out, deploy.SealedList(enrolled.file, enrolled.key))
    except Misconfigured:
        work.close()
        raise
    work.destroy()
    name = digest(enrolled.file)
    return results.sealed(report, name), f"{words}\n{options.out}: {enrolled.entries} entries, digest {name}"


def _intake(options: argparse.Namespace, now: datetime) -> Intake:
    if options.images is not None:
        if options.category is None or options.source is None or options.export is not None or options.signer:
            raise Misconfigured("--images needs --category and --source, and nothing else.", "Name both.")
        return intake.of_folder(options.images, Category(options.category), ImageSource(options.source))
    if options.category is not None or options.source is not None:
        raise Misconfigured("--category and --source are said by the subjects.", "Leave them away.")
    if options.export is None and not options.signer:
        return intake.of_subjects(options.subjects)
    if options.export is None or not options.signer:
        raise Disbelieved("An export is believed by its signature.", "Name both --export and --signer.")
    return intake.of_export(options.subjects, options.export, options.signer, now)


def _cohort(source: Path | None, looks: Crew) -> Features | None:
    if source is None:
        return None
    bar = Bar(sys.stderr, "cohort")
    rows = cohort.features(source, looks, lambda people: bar.step(people, cohort.MOST_PEOPLE))
    bar.end()
    return rows


def _resumed(work: workfile.Work) -> None:
    if work.why:
        print(f"earlier work is not used: {work.why}", file=sys.stderr)
    elif len(work):
        print(f"going on: {len(work):,} pictures were looked at since {work.began:%Y-%m-%d %H:%M}Z", file=sys.stderr)


def _lines(path: Path | None) -> list[str]:
    try:
        return [] if path is None else [line for line in path.read_text("ascii").split() if line]
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{path} cannot be read: {error}.", "Name a file with an id on each line.") from error


def _work_path(options: argparse.Namespace) -> Path:
    path: Path = options.out
    return path.with_name(f"{path.name}.work")

"""``lamppost enrol``: from a folder of people to a sealed list, with a verdict on every picture."""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import msgspec

from edge.adapters.tflite import Detector, Extractor
from edge.control_room import cohort, deploy, evidence
from edge.control_room.acquisition import Demands
from edge.control_room.enrol import Report, examine
from edge.domain.authorisation import Category, ImageSource
from edge.domain.face import Features
from edge.settings import shared
from edge.wire.signed import digest

CATEGORIES = [category.value for category in Category if category is not Category.SYNTHETIC]
SOURCES = [source.value for source in ImageSource if source is not ImageSource.NONE]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Commands) -> None:
    """Add the command."""
    listing = commands.add_parser("enrol", help="a folder of people to a sealed watchlist")
    listing.add_argument("--images", type=Path, required=True, help="folder with one subfolder per opaque entry id")
    listing.add_argument("--category", choices=CATEGORIES, required=True)
    listing.add_argument("--source", choices=SOURCES, required=True, help="where the pictures are lawfully held")
    listing.add_argument(
        "--cohort",
        type=Path,
        help="pictures of a thousand other people, a folder or tar archive: who resembles everybody is refused",
    )
    listing.add_argument("--leave-out", action="append", default=[], metavar="ID", help="do not enrol this entry")
    listing.add_argument("--json", type=Path, metavar="REPORT", help="write every verdict into this file")
    listing.add_argument("--models", type=Path, default=shared("models"))
    listing.add_argument("--calibration", type=Path, default=shared("calibration.json"))
    listing.add_argument("--out", type=Path, required=True)
    listing.set_defaults(run=_enrol)


def in_words(report: Report) -> str:
    """A report for a person: what was not used and why, what is to be judged, what spoils the list."""
    lines = [f"not used: {one.entry}/{one.picture.name}: {one.why}" for one in report.pictures if not one.used]
    lines += [f"left out: {identifier}" for identifier in report.left_out]
    lines += [f"warning: {warning.what}" for warning in report.warnings]
    lines += [f"fault: {fault.what}" for fault in report.faults]
    counts = Counter(one.used for one in report.pictures)
    compared = f", compared with a cohort of {report.cohort:,}" if report.cohort else ""
    lines.append(
        f"{report.entries:,} entries from {counts[True]:,} pictures ({counts[False]:,} not used){compared}; "
        f"warnings: {len(report.warnings)}, faults: {len(report.faults)}"
    )
    return "\n".join([*lines, report.carried])


def as_json(report: Report) -> bytes:
    """The same for a machine."""
    raw = msgspec.json.encode(report, enc_hook=str)
    return msgspec.json.format(raw, indent=1) + b"\n"


def _enrol(options: argparse.Namespace) -> None:
    detector, extractor = Detector(options.models), Extractor(options.models)
    calibration = evidence.read(options.calibration)
    evidence.fits(calibration, detector.identity, extractor.identity)
    examined = examine(
        options.images,
        detector,
        extractor,
        calibration,
        leave_out=options.leave_out,
        cohort=_cohort(options.cohort, detector, extractor),
        progress=_progress,
    )
    _progress("")
    print(in_words(examined.report))
    if options.json is not None:
        options.json.touch(mode=0o600)
        options.json.write_bytes(as_json(examined.report))
    enrolled = examined.seal(
        Category(options.category), ImageSource(options.source), datetime.now(UTC).replace(microsecond=0)
    )
    deploy.write_list(options.out, deploy.SealedList(enrolled.file, enrolled.key))
    print(f"{options.out}: {enrolled.entries} entries, digest {digest(enrolled.file)}")


def _cohort(source: Path | None, detector: Detector, extractor: Extractor) -> Features | None:
    if source is None:
        return None
    # Of a cohort it does not matter whose face it is.
    anybody = replace(Demands(), bystander=math.inf)
    return cohort.features(source, detector, extractor, anybody, _progress)


def _progress(words: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{words:60}", end="\r" if not words else "", file=sys.stderr, flush=True)

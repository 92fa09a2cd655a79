"""Accuracy tests: what a person counted on scene, held against what a recipient opened.

Passages are counted by somebody who stands there and knows the volunteers. A passage is found where a hit for that
volunteer was captured while it lasted; a hit that belongs to no passage is false.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.control_room.keeping import Kept, Purpose
from edge.domain.authorisation import AccuracyReport, Authorisation, UseCase
from edge.domain.authority import Digest
from edge.domain.errors import Misconfigured
from edge.steps.interval import clopper_pearson
from edge.wire.signed import Signs

GRACE: Final = timedelta(seconds=5)
"""By how much the watch of whoever counts may differ from the device's clock."""
PASSAGES: Final = ("entry", "from", "to")


@dataclass(frozen=True, slots=True)
class Passage:
    """A volunteer went by once."""

    entry: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Lead:
    """A hit, opened."""

    entry: str
    captured: datetime


def read_passages(path: Path) -> list[Passage]:
    """The passages counted on scene: a CSV of ``entry,from,to``. Raises Misconfigured naming the line."""
    passages = []
    for line, row in _rows(path, PASSAGES):
        passage = Passage(row["entry"], _instant(path, line, row["from"]), _instant(path, line, row["to"]))
        if passage.ends < passage.begins:
            raise Misconfigured(f"{path}, line {line}: it ends before it begins.", "Correct the line.")
        passages.append(passage)
    if not passages:
        raise Misconfigured(f"{path} has no passages.", "Count some.")
    for earlier, later in _in_order(passages):
        if later.begins <= earlier.ends:
            raise Misconfigured(f"{path}: {later.entry} passes twice at {later.begins}.", "Count each passage once.")
    return passages


def leads(kept: Kept, private: X25519PrivateKey, evaluator: Signs, purpose: Purpose, now: datetime) -> list[Lead]:
    """The hits of one deployment, each opened by the evaluator for a reason that is written down first."""
    opened = (kept.open(sequence, private, evaluator, purpose, now) for sequence in kept.sequences())
    return [Lead(content.entry, content.captured) for content in opened]


def report(
    document: Authorisation, digest: Digest, passages: Sequence[Passage], leads: Sequence[Lead]
) -> AccuracyReport:
    """What the test found. Raises Misconfigured where it was none, or passages lie outside its window."""
    if document.use_case is not UseCase.ACCURACY_TEST:
        raise Misconfigured(f"{document.id} authorises no accuracy test.", "Name the authorisation of the test.")
    tested = max(passage.ends for passage in passages)
    if min(passage.begins for passage in passages) < document.not_before or tested > document.not_after:
        raise Misconfigured("Some passages lie outside the test's window.", "Count those within it.")
    found = _found(passages, leads)
    false = sum(not any(_belongs(lead, passage) for passage in passages) for lead in leads)
    return AccuracyReport(
        authorisation=document.id,
        digest=digest,
        site=document.site,
        device=document.device,
        zone=document.zone,
        configuration=document.configuration,
        models=document.models,
        calibration=document.calibration,
        volunteers=len({passage.entry for passage in passages}),
        passages=len(passages),
        found=found,
        false=false,
        tested=tested,
    )


def in_words(found: AccuracyReport) -> str:
    """What an evaluator signs: the TPIR with its exact 95 % interval (Clopper and Pearson)."""
    low, high = clopper_pearson(found.found, found.passages)
    return "\n".join(
        [
            f"Accuracy test {found.authorisation} at {found.site}/{found.device}, {found.tested:%Y-%m-%d %H:%M}Z",
            f"  passages  {found.passages} of {found.volunteers} volunteers, {found.found} found",
            f"  TPIR      {found.found / found.passages:.1%} (95 % interval {low:.1%} to {high:.1%}, exact)",
            f"  false     {found.false} hits for the wrong entry or for nobody who was counted",
            f"  chain     detector {found.models.detector[:12]}, embedder {found.models.embedder[:12]}, "
            f"calibration {found.calibration[:12]}, zone {found.zone[:12]}, configuration {found.configuration[:12]}",
            "  note      volunteers who know of the test, in this light: others are found less often",
        ]
    )


def _found(passages: Sequence[Passage], leads: Sequence[Lead]) -> int:
    """Passages with a hit of their own: within both their graces, one hit still speaks for one passage alone."""
    left = sorted(leads, key=lambda lead: lead.captured)
    found = 0
    for passage in sorted(passages, key=lambda one: one.begins):
        own = next((lead for lead in left if _belongs(lead, passage)), None)
        if own is not None:
            left.remove(own)
            found += 1
    return found


def _belongs(lead: Lead, passage: Passage) -> bool:
    return lead.entry == passage.entry and passage.begins - GRACE <= lead.captured <= passage.ends + GRACE


def _in_order(passages: Sequence[Passage]) -> Iterator[tuple[Passage, Passage]]:
    ordered = sorted(passages, key=lambda one: (one.entry, one.begins))
    return ((one, two) for one, two in pairwise(ordered) if one.entry == two.entry)


def _rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if tuple(reader.fieldnames or ()) != tuple(columns):
                raise Misconfigured(f"{path} has other columns.", f"Its first line must be: {','.join(columns)}.")
            for row in reader:
                if None in row or None in row.values():
                    raise Misconfigured(f"{path}, line {reader.line_num}: wrong number of columns.", "Correct it.")
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Misconfigured(f"{path} cannot be read: {error}.", "Name a CSV file.") from error


def _instant(path: Path, line: int, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Misconfigured(
            f"{path}, line {line}: {text!r} is no time with its zone.", "Write one such as 2026-06-01T09:00:00Z."
        )
    return found

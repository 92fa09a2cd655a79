"""Calibrations in the control room: read, show, sign, and hold against what an authorisation asks for.

Whoever signs a table with the evaluator's key says that they made it, or made it again, and stand by its numbers. A
device believes no other.
"""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from edge.control_room.enrolling.scrutiny import Levels
from edge.domain.authorisation import MAX_FPIR, MAX_LIST_ENTRIES, Authorisation
from edge.domain.authority import Digest, Signed
from edge.domain.errors import LamppostError, Misconfigured, Refusal
from edge.steps import align, fuse
from edge.steps.calibrate import Calibration, smallest_fpir, threshold
from edge.wire.signed import Kind, Signs, canonical, digest, parse, payload_of, sign

AGREE: Final = Decimal("0.01")
"""Of strangers' pictures one in so many passes for another picture of the person."""
ALIKE: Final = Decimal("0.001")
"""Two entries are called alike at this rate, or at a lower one at which chance gives no more than one pair a list."""
SAME: Final = Decimal("0.000001")
"""Strangers come this near so rarely that one asks for one person under two ids, or for twins."""
ALERT: Final = Decimal("0.00001")
"""What an operating threshold has to reach at least: a maximum FPIR of 1 in 1,000 with 100 entries."""


def read(path: Path) -> Calibration:
    """A calibration from a file, signed or not: what counts here are its numbers. Raises Misconfigured."""
    try:
        raw = path.read_bytes()
        found = msgspec.json.decode(raw, type=dict)
        if "payload" in found:
            return parse(payload_of(msgspec.json.decode(raw, type=Signed)), Calibration)
        return parse(msgspec.json.encode(found, order="sorted"), Calibration)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError, LamppostError) as error:
        raise Misconfigured(f"The calibration {path} cannot be used: {error}", "Name the right file.") from error


def signed(table: Calibration, evaluator: Signs) -> Signed:
    """The table, signed by whoever stands by it."""
    return sign(table, Kind.CALIBRATION, evaluator)


def in_words(table: Calibration) -> str:
    """What an evaluator signs, in plain language."""
    last = table.points[-1]
    lines = [
        f"Calibration {digest(canonical(table))}",
        f"  of       detector {table.detector[:12]}, embedder {table.embedder[:12]}, {table.alignment}; {table.fusion}",
        f"  from     {table.source}",
        f"  counted  {table.comparisons:,} impostor comparisons of {table.people:,} people",
        f"  down to  a false match rate of {last.fmr} (upper bound; {last.estimate} as counted)",
    ]
    if table.extrapolated:
        end = table.extrapolated[-1]
        lines.append(f"  beyond   extrapolated to {end.fmr}, where an authorisation accepts that: {table.tail}")
    supported = ", ".join(f"{per_passage(table, entries)} with {entries:,}" for entries in (100, 1_000, 10_000))
    return "\n".join([*lines, f"  supports a maximum FPIR of {supported} entries"])


def per_passage(table: Calibration, entries: int) -> str:
    """The smallest maximum FPIR that the evidence supports with a list of this size, as one in so many."""
    return f"1 in {int(1 / smallest_fpir(table, entries)):,}" if smallest_fpir(table, entries) < 1 else "1 in 1"


def check(document: Authorisation, table: Calibration) -> str:
    """What the evidence says to an authorisation, in words. Raises Misconfigured where a device would refuse it."""
    entries = document.watchlist.entries
    found = threshold(
        table, document.calibration, document.max_fpir, entries, extrapolation=document.accepts_extrapolation
    )
    if isinstance(found, Refusal):
        raise Misconfigured(f"A device would refuse this authorisation: {found.detail}.", found.remedy)
    basis = "EXTRAPOLATED beyond the evidence" if found.extrapolated else "within the evidence"
    asked = f"1 in {int(1 / document.max_fpir):,}" if document.max_fpir < Decimal(1) else "1 in 1"
    return (
        f"  proof  {asked} is {basis}; the smallest maximum FPIR that the evidence supports with {entries:,} entries "
        f"is {per_passage(table, entries)}"
    )


def fits(table: Calibration, detector: Digest, embedder: Digest) -> None:
    """Raises Misconfigured where a table is not of these models, this alignment and this fusion."""
    if (table.detector, table.embedder, table.alignment, table.fusion) != (
        detector,
        embedder,
        align.RECIPE,
        fuse.RECIPE,
    ):
        raise Misconfigured(
            "The calibration is of other models, another alignment or another fusion.",
            "Name the calibration that belongs to the models.",
        )


def score_at(table: Calibration, rate: Decimal) -> float:
    """The lowest score known to keep a false match rate; the highest known one where none does.

    Extrapolated points count too: with this score nobody is pointed at, somebody is asked to look.
    """
    points = table.points + table.extrapolated
    return float(next((point.score for point in points if point.fmr <= rate), points[-1].score))


def levels(table: Calibration, entries: int) -> Levels:
    """The scores by which a list of this size is scrutinised."""
    pairs = max(1, entries * (entries - 1) // 2)
    return Levels(
        agree=score_at(table, AGREE),
        alike=score_at(table, min(ALIKE, 1 / Decimal(pairs))),
        same=score_at(table, min(SAME, 1 / Decimal(pairs))),
        alert=score_at(table, ALERT),
        fall=_fall(table),
    )


def largest_list(table: Calibration, *, extrapolation: bool) -> int:
    """The longest list that the evidence carries at the loosest maximum FPIR that may be authorised."""
    points = table.points + (table.extrapolated if extrapolation else ())
    return min(MAX_LIST_ENTRIES, int(MAX_FPIR / (points[-1].fmr * table.searches_per_passage)))


def check_length(table: Calibration, entries: int) -> None:
    """Raises Misconfigured where a list is longer than any evidence carries, or longer than any list may be."""
    most = largest_list(table, extrapolation=True)
    if entries <= most:
        return
    why = "no list may be longer" if most == MAX_LIST_ENTRIES else "the calibration carries no longer list"
    raise Misconfigured(
        f"There are {entries:,} entries; at most {most:,} can be enrolled, for {why}.", "List fewer people."
    )


def carried(table: Calibration, entries: int) -> str:
    """What the evidence carries with a list of this size, in words."""
    words = f"the smallest maximum FPIR that the evidence supports with {entries:,} entries is "
    words += per_passage(table, entries)
    if entries > largest_list(table, extrapolation=False):
        words += f"; none may be looser than 1 in {int(1 / MAX_FPIR):,}, so every authorisation must accept "
        words += "EXTRAPOLATED evidence, or the list must be shorter"
    return words


def _fall(table: Calibration) -> float:
    """In so much score the false match rate falls e-fold, from one in a thousand on as far as it was counted."""
    counted = [point for point in table.points if 0 < point.estimate <= Decimal("0.001")]
    if len(counted) < 2 or counted[0].estimate == counted[-1].estimate:
        raise Misconfigured("The calibration is too coarse to judge references by.", "Name one of a larger cohort.")
    first, last = counted[0], counted[-1]
    return float(last.score - first.score) / math.log(first.estimate / last.estimate)

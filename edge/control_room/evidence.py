"""Calibrations in the control room: read, show, sign, and hold against what an authorisation asks for.

Whoever signs a table with the evaluator's key says that they made it, or made it again, and stand by its numbers. A
device believes no other.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec

from edge.domain.authority import Authorisation, Signed
from edge.domain.errors import LamppostError, Misconfigured, Refusal
from edge.steps.calibrate import Calibration, smallest_fpir, threshold
from edge.wire.signed import Kind, Signs, canonical, digest, parse, payload_of, sign


def read(path: Path) -> Calibration:
    """A calibration from a file, signed or not: what counts here are its numbers. Raises Misconfigured."""
    try:
        raw = path.read_bytes()
        found = msgspec.json.decode(raw, type=dict)
        if "payload" in found:
            return parse(payload_of(msgspec.json.decode(raw, type=Signed)), Calibration)
        return parse(msgspec.json.encode(found, order="sorted"), Calibration)
    except (OSError, msgspec.MsgspecError, LamppostError) as error:
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

"""The table: a row for each scenario, the promises, and every place where one was broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hardware_sim.chaos.ledger import Promise
from hardware_sim.chaos.outcome import Outcome

SHOWN = 12
"""Broken promises of a scenario that are printed; the rest are counted."""
LONGEST = 300
_COLUMNS = ("committed", "acknowledged", "expired", "waiting", "told", "arrivals", "orders", "resent", "frames")


def as_text(outcomes: Sequence[Outcome]) -> str:
    """For a person, and for a log."""
    lines = [f"{'scenario':12} " + " ".join(f"{name[:9]:>9}" for name in _COLUMNS) + "  seconds  promises"]
    for one in outcomes:
        numbers = " ".join(f"{getattr(one.totals, name):>9,}" for name in _COLUMNS)
        lines.append(f"{one.name:12} {numbers} {one.seconds:>8.1f}  {'BROKEN' if one.broken else 'kept'}")
    lines += ["", *notes(outcomes), "", *promises(outcomes)]
    return "\n".join(lines)


def notes(outcomes: Sequence[Outcome]) -> list[str]:
    """What was done in each, and what is worth knowing of it."""
    lines = []
    for one in outcomes:
        lines.append(f"{one.name}: {one.what}")
        lines += [f"    {note}" for note in one.notes]
        lines += [f"    BROKEN: {broken.promise.value}: {broken.what[:LONGEST]}" for broken in one.broken[:SHOWN]]
        if len(one.broken) > SHOWN:
            lines.append(f"    and {len(one.broken) - SHOWN} more")
    return lines


def promises(outcomes: Sequence[Outcome]) -> list[str]:
    """Each promise, and how often it was broken in all."""
    broken = Counter(one.promise for outcome in outcomes for one in outcome.broken)
    return [f"{promise.value + ':':52} {broken[promise] or 'kept'}" for promise in Promise]

"""Remarks on entries that were formed: held against a cohort, against each other, and against the calendar.

Of two entries that are unusually near one another it is said that they are, and what that may mean; what they are to
each other is not inferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np

from edge.control_room.enrolling import entries, scrutiny
from edge.control_room.enrolling.entries import Person
from edge.control_room.enrolling.findings import Remark
from edge.control_room.enrolling.opening import shown
from edge.control_room.enrolling.scrutiny import Levels, Scrutiny
from edge.domain.face import Features

MOST: Final = 1_000
"""Pairs that are named. A list with more is not one of different people."""
OLD: Final = 10
"""Years. NIST IR 8331 and others see false non-matches grow with the time between two pictures."""


def crowd_pleasers(
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
            faults.append(Remark(entries=(person.id,), what=what))
        elif blend:
            what = f"The entry {person.id} resembles several people who do not resemble each other, as a blend does."
            faults.append(Remark(entries=(person.id,), what=what))
    return faults


def alike(formed: Sequence[Person], templates: Features, levels: Levels) -> tuple[list[Remark], list[Remark]]:
    """Faults and warnings of pairs of entries that are near one another."""
    faults: list[Remark] = []
    warnings: list[Remark] = []
    for one, other in scrutiny.alike(templates, levels.alike):
        if len(faults) + len(warnings) == MOST:
            what = f"More than {MOST:,} pairs of entries are unusually near one another: the list repeats people."
            faults.append(Remark(entries=(), what=what))
            break
        left, right = formed[one], formed[other]
        pair = (left.id, right.id)
        copied = next(entries.copies(left, right), None)
        if copied is not None:
            names = f"{shown(copied[0].file)} and {shown(copied[1].file)}"
            what = f"The entries {left.id} and {right.id} share a picture ({names})."
            faults.append(Remark(entries=pair, what=what))
        elif float(templates[one] @ templates[other]) >= levels.same:
            what = f"{left.id} and {right.id} are as near as two pictures of one person: compare them"
            warnings.append(Remark(entries=pair, what=f"likely one person under two ids, or twins: {what}"))
        else:
            what = f"{left.id} and {right.id} are unusually near one another: an alert on one may be the other"
            warnings.append(Remark(entries=pair, what=f"possibly one person, or close relatives: {what}"))
    return faults, warnings


def old(formed: Sequence[Person], now: datetime) -> list[Remark]:
    """Warnings of pictures that are old, of unknown age, or of days to come."""
    newest = {person.id: max(dates) for person in formed if (dates := [one.taken for one in person.used if one.taken])}
    warnings = []
    for name, taken in newest.items():
        if taken > now.date():
            what = f"the entry {name} has a picture that is said to be made on {taken}, which is yet to come"
            warnings.append(Remark(entries=(name,), what=what))
    aged = {name: taken for name, taken in newest.items() if now.year - taken.year > OLD}
    if aged:
        named = ", ".join(f"{name} ({taken.year})" for name, taken in aged.items())
        what = f"people change and are missed; the newest picture is more than {OLD} years old of: {named}"
        warnings.append(Remark(entries=tuple(aged), what=what))
    if len(newest) < len(formed):
        what = f"{len(formed) - len(newest):,} of {len(formed):,} entries have no picture of a known date"
        warnings.append(Remark(entries=(), what=what))
    return warnings


def unchecked(formed: int, cohort: Features | None, settings: Scrutiny) -> list[Remark]:
    """A warning where nobody was held against enough other people."""
    if formed >= settings.least or (cohort is not None and len(cohort) >= settings.least):
        return []
    what = "nobody was checked for resembling everybody: "
    if cohort is None:
        what += f"the list is shorter than {settings.least} and no cohort was named (--cohort)"
    else:
        what += f"of the cohort {len(cohort)} people are usable, and {settings.least} are needed"
    return [Remark(entries=(), what=what)]

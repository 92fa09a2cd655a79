"""Differences between groups of consenting people who said themselves which one they belong to.

    name,group                     a person's folder, or folder/picture
    p001,a
    p002/3.jpg,b

Nothing here or anywhere in the product guesses a group. All groups stand before one threshold, as on a street, and are
searched in lists drawn from everybody (ISO/IEC 19795-10). A group's rate is the mean over its people; its interval is
Jeffreys' (Brown, Cai and DasGupta, 2001) with each person as one observation, however many searches they made: searches
of a person are not independent, so this is wide rather than narrow. The ratio of two groups is drawn from both.

The gate on a ratio has three answers, because a small sample must not hide a gap. *Within*: the whole interval of every
ratio lies within the bound. *Beyond*: that of some ratio lies wholly above it. *Too few to say*: anything else. Only
the first passes.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.domain.errors import Misconfigured
from edge.measure.acquire import Acquired
from edge.measure.errata import Errata
from edge.measure.openset import Folds, Setting, divide, pooled
from edge.measure.resample import Estimate, exceeded

RATE: Final = 1e-2
"""FPIR of all people together at the threshold. No panel that one can hope to gather says anything at 1e-3."""
MOST: Final = 100
"""Entries of the lists; a third of the people where they are fewer."""
DRAWS: Final = 20_000
REMEDY: Final = "Write a line 'name,group' and below it one line for each person (or person/picture) and their group."
_LEVELS: Final = (2.5, 97.5)


class Verdict(StrEnum):
    """What the evidence says of a bound on the ratio."""

    WITHIN = "within the bound"
    BEYOND = "beyond the bound"
    TOO_FEW = "too few to say"


@dataclass(frozen=True, slots=True)
class Group:
    """The rates of one group."""

    name: str
    strangers: int
    """People of it who searched without being enrolled."""
    listed: int
    """People of it who searched while enrolled."""
    fpir: Estimate
    fnir: Estimate


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times the rate of one group is that of another, the two farthest apart."""

    higher: str
    lower: str
    value: Estimate


@dataclass(frozen=True, slots=True)
class Differences:
    """All groups at one threshold."""

    entries: int
    rate: float
    groups: tuple[Group, ...]
    fpir: Ratio
    fnir: Ratio
    unstated: int
    """People whose group the file does not give: in the lists and at the threshold, in no group."""
    highest: tuple[float, float]
    """Upper end of the highest ratio of any two groups, FPIR and FNIR."""
    proven: tuple[float, float]
    """Highest lower end of the ratio of any two groups."""


def load(path: Path, acquired: Acquired, errata: Errata) -> dict[int, str]:
    """Group by number of the person. Raises Misconfigured naming file and line."""
    numbers = {name: number for number, name in enumerate(acquired.names)}
    stated: dict[int, str] = {}
    for line, name, group in _rows(path):
        person = name.partition("/")[0]
        number = numbers.get(errata.canonical(person))
        if number is None:
            raise Misconfigured(f"{path}:{line}: there is no person {person!r} among the pictures.", REMEDY)
        if stated.setdefault(number, group) != group:
            raise Misconfigured(f"{path}:{line}: {person!r} is in the group {stated[number]!r} already.", REMEDY)
    if len(set(stated.values())) < 2:
        raise Misconfigured(f"{path} names fewer than two groups.", REMEDY)
    return stated


def _rows(path: Path) -> list[tuple[int, str, str]]:
    """(line, name, group) of each."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"The groups {path} cannot be read: {error}.", REMEDY) from error
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            fields = [part.strip() for part in next(csv.reader([line], strict=True), [])]
        except csv.Error as error:
            raise Misconfigured(f"{path}:{number}: {error}.", REMEDY) from error
        if number == 1:
            if fields != ["name", "group"]:
                raise Misconfigured(f"{path}:1: the first line is {line[:60]!r}, not 'name,group'.", REMEDY)
        elif any(fields):
            if len(fields) != 2 or not all(fields):
                raise Misconfigured(f"{path}:{number}: {line[:60]!r} is not a name and a group.", REMEDY)
            rows.append((number, fields[0], fields[1]))
    return rows


def compare(acquired: Acquired, errata: Errata, stated: Mapping[int, str], folds: Folds) -> Differences:
    """FPIR and FNIR of each group, and their largest ratios. Raises Misconfigured where people are too few."""
    people = len(acquired.names)
    entries = min(MOST, people // 3)
    divided = list(divide(acquired, errata, Setting(entries), folds)) if entries else []
    if not divided:
        raise Misconfigured(
            "Too few people have two pictures to search for any group.", "Add people, with two pictures or more each."
        )
    searches = pooled(divided)
    everybody = np.ones((1, people))
    score = float(exceeded(searches.others, searches.others_people, everybody, RATE)[0])
    rng = np.random.default_rng(folds.seed)
    names = sorted(set(stated.values()))
    members = {name: _members(stated, name, people) for name in names}
    false = {name: _drawn(searches.others >= score, searches.others_people, members[name], rng) for name in names}
    missed = {name: _drawn(searches.mated < score, searches.mated_people, members[name], rng) for name in names}
    found = [
        Group(name, false[name].people, missed[name].people, false[name].rate, missed[name].rate) for name in names
    ]
    alerts, misses = _largest(false), _largest(missed)
    return Differences(
        entries, RATE, tuple(found), alerts.ratio, misses.ratio, people - len(stated),
        (alerts.highest, misses.highest), (alerts.proven, misses.proven),
    )  # fmt: skip


def judged(differences: Differences, bound: float) -> tuple[Verdict, Verdict]:
    """The answers for FPIR and FNIR."""
    fpir, fnir = (
        Verdict.BEYOND if proven > bound else Verdict.WITHIN if highest <= bound else Verdict.TOO_FEW
        for highest, proven in zip(differences.highest, differences.proven, strict=True)
    )
    return fpir, fnir


@dataclass(frozen=True, slots=True)
class _Drawn:
    people: int
    rate: Estimate
    draws: NDArray[np.float64]


def _members(stated: Mapping[int, str], group: str, people: int) -> NDArray[np.bool_]:
    members = np.zeros(people, np.bool_)
    members[[number for number, name in stated.items() if name == group]] = True
    return members


def _drawn(
    flags: NDArray[np.bool_], owners: NDArray[np.int64], members: NDArray[np.bool_], rng: np.random.Generator
) -> _Drawn:  # fmt: skip
    """Mean over the people of a group, and draws from what it could be."""
    searches = np.bincount(owners, minlength=len(members))
    flagged = np.bincount(owners, weights=flags, minlength=len(members))
    counted = members & (searches > 0)
    people = int(counted.sum())
    errors = float((flagged[counted] / searches[counted]).sum())
    draws = rng.beta(errors + 0.5, max(people - errors, 0.0) + 0.5, DRAWS)
    low, high = np.percentile(draws, _LEVELS)
    value = errors / people if people else float("nan")
    return _Drawn(people, Estimate(value, min(float(low), value) if people else float(low), float(high)), draws)


@dataclass(frozen=True, slots=True)
class _Largest:
    ratio: Ratio
    highest: float
    proven: float


def _largest(rates: Mapping[str, _Drawn]) -> _Largest:
    """The pair of groups whose rates lie farthest apart, by the median of the ratio, which no zero makes infinite."""
    pairs = []
    for one, other in itertools.permutations(sorted(rates), 2):
        low, middle, high = np.percentile(rates[one].draws / rates[other].draws, (_LEVELS[0], 50, _LEVELS[1]))
        pairs.append(Ratio(one, other, Estimate(float(middle), float(low), float(high))))
    return _Largest(
        max(pairs, key=lambda pair: pair.value.value),
        max(pair.value.high for pair in pairs),
        max(pair.value.low for pair in pairs),
    )


def as_text(differences: Differences) -> str:
    """For a person."""
    lines = [
        "",
        f"groups as people stated them, {differences.entries} entries, FPIR of all {differences.rate:g}",
        f"{'group':24} {'FPIR':>6}                     people     FNIR                      people",
    ]
    lines += [
        f"{group.name:24} {_cell(group.fpir)} {group.strangers:>6}   {_cell(group.fnir)} {group.listed:>6}"
        for group in differences.groups
    ]
    if differences.unstated:
        lines.append(f"{differences.unstated} people without a stated group are in no line above")
    for what, ratio in (("FPIR", differences.fpir), ("FNIR", differences.fnir)):
        value = ratio.value
        lines.append(
            f"largest ratio of {what}: {value.value:.2f} [{value.low:.2f}, {value.high:.2f}], "
            f"{ratio.higher} to {ratio.lower}"
        )
    return "\n".join(lines)


def _cell(rate: Estimate) -> str:
    return f"{rate.value:6.2%} [{rate.low:6.2%}, {rate.high:7.2%}]"


def as_json(differences: Differences) -> dict[str, object]:
    """For a JSON document."""
    return {
        "entries": differences.entries,
        "fpir_of_all": differences.rate,
        "unstated": differences.unstated,
        "groups": {
            group.name: {
                "fpir": group.fpir.rounded(),
                "fnir": group.fnir.rounded(),
                "strangers": group.strangers,
                "listed": group.listed,
            }
            for group in differences.groups
        },
        "largest_ratio": {
            what: {"higher": ratio.higher, "lower": ratio.lower, "ratio": ratio.value.rounded(3)}
            for what, ratio in (("fpir", differences.fpir), ("fnir", differences.fnir))
        },
    }

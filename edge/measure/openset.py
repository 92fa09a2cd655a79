"""Open-set identification: FPIR and FNIR on identity-disjoint folds (ISO/IEC 19795-1, clause on identification).

In each fold some people are enrolled and all others are strangers. A mated search finds its person only as the best
candidate, at or above the threshold, because that is all that the product ever tells. A picture in which no face was
found is a search that found nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Features
from edge.measure.acquire import Acquired
from edge.measure.errata import Errata
from edge.measure.resample import Estimate, Weights, draw, estimate, exceeded, share
from edge.measure.scores import related

RATES: Final = (1e-2, 1e-3)
NOBODY: Final = np.float32(-1)
"""The score of a search without a sample."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How many are enrolled, from how many pictures each, and how many pictures make one probe."""

    entries: int
    references: int = 1
    samples: int = 1


SETTINGS: Final = (
    Setting(100),
    Setting(300),
    Setting(500),
    Setting(100, references=3),
    Setting(100, samples=3),
    Setting(300, references=3),
)


@dataclass(frozen=True, slots=True)
class Folds:
    """How the people are divided, how often, and how sure the intervals are."""

    count: int = 20
    replicates: int = 200
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Fold:
    """The searches of one division of the people."""

    mated: NDArray[np.float32]
    """(m,) score with one's own template where that is the best one; NOBODY where it is not, or no face was found."""
    mated_people: NDArray[np.int64]
    others: NDArray[np.float32]
    """(n,) best score of each search by somebody who is not enrolled."""
    others_people: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rates:
    """FNIR where the threshold lets no more than a given share of strangers' searches give a candidate."""

    setting: Setting
    mated_searches: int
    other_searches: int
    fnir: dict[float, Estimate]
    curve: list[tuple[float, float]]
    """(FPIR, FNIR), from few false alerts to many: the detection error trade-off."""


def evaluate(acquired: Acquired, errata: Errata, folds: Folds) -> list[Rates]:
    """All settings that the people suffice for."""
    found = [rates(setting, list(divide(acquired, errata, setting, folds)), folds) for setting in SETTINGS]
    return [one for one in found if one is not None]


def rates(setting: Setting, divided: list[Fold], folds: Folds) -> Rates | None:
    """The rates of one setting, averaged over its folds. None where there are no folds."""
    if not divided:
        return None
    people = 1 + max(int(max(fold.mated_people.max(), fold.others_people.max())) for fold in divided)
    weights = draw(people, folds.replicates, folds.seed)
    return Rates(
        setting,
        sum(len(fold.mated) for fold in divided),
        sum(len(fold.others) for fold in divided),
        {rate: _fnir(divided, weights, rate) for rate in RATES},
        [(float(rate), _fnir(divided, weights[:1], float(rate)).value) for rate in np.geomspace(1e-3, 1e-1, 25)],
    )


def divide(acquired: Acquired, errata: Errata, setting: Setting, folds: Folds) -> Iterator[Fold]:
    """Folds of a setting; none where too few people have enough pictures."""
    pictures = np.bincount(acquired.people, minlength=len(acquired.names))
    suitable = np.flatnonzero(pictures >= setting.references + setting.samples)
    if len(suitable) < setting.entries:
        return
    kin = related(acquired, errata)
    rng = np.random.default_rng([folds.seed, setting.entries, setting.references, setting.samples])
    for _ in range(folds.count):
        enrolled = rng.choice(suitable, setting.entries, replace=False)
        excluded = None if kin is None else kin[enrolled].any(axis=0)
        yield one_fold(acquired, setting, enrolled, rng, excluded)


def one_fold(
    acquired: Acquired, setting: Setting, enrolled: NDArray[np.int64], rng: np.random.Generator,
    excluded: NDArray[np.bool_] | None = None, among: NDArray[np.bool_] | None = None,
) -> Fold:  # fmt: skip
    """Enrol these people, with pictures drawn at random, and search with everybody's remaining ones.

    ``excluded`` and ``among`` are (people,): relatives of the enrolled, and who may search at all.
    """
    templates = np.empty((len(enrolled), acquired.features.shape[1]), np.float32)
    place = np.full(len(acquired.names), -1)
    place[enrolled] = np.arange(len(enrolled))
    probes, owners = [], []
    for person, rows in _shuffled(acquired, rng):
        listed = place[person] >= 0
        if listed:
            templates[place[person]] = _unit(acquired.features[rows[: setting.references]].mean(axis=0))
            rows = rows[setting.references :]  # noqa: PLW2901  # what is left to search with
        elif (excluded is not None and excluded[person]) or (among is not None and not among[person]):
            continue
        for start in range(0, len(rows) - setting.samples + 1, setting.samples):
            probes.append(_unit(acquired.features[rows[start : start + setting.samples]].mean(axis=0)))
            owners.append(person)
    return _searched(templates, np.stack(probes), np.array(owners), place, _missed(acquired, setting, place))


def _searched(
    templates: Features, probes: Features, owners: NDArray[np.int64], place: NDArray[np.int64],
    missed: NDArray[np.int64],
) -> Fold:  # fmt: skip
    scores = probes @ templates.T
    best = scores.argmax(axis=1)
    top = scores[np.arange(len(scores)), best]
    listed = place[owners] >= 0
    right = np.where(best == place[owners], top, NOBODY)
    mated = np.concatenate([right[listed], np.full(len(missed), NOBODY)]).astype(np.float32)
    return Fold(mated, np.concatenate([owners[listed], missed]), top[~listed], owners[~listed])


def _missed(acquired: Acquired, setting: Setting, place: NDArray[np.int64]) -> NDArray[np.int64]:
    """People of the enrolled, once for each picture of theirs in which no face was found."""
    if setting.samples > 1 or not len(acquired.failed_people):
        return np.empty(0, np.int64)  # of several pictures one that was not acquired leaves the others
    return acquired.failed_people[place[acquired.failed_people] >= 0]


def _shuffled(acquired: Acquired, rng: np.random.Generator) -> Iterator[tuple[int, NDArray[np.int64]]]:
    order = rng.permutation(len(acquired.people))
    people = acquired.people[order]
    grouped = np.argsort(people, kind="stable")
    starts = np.flatnonzero(np.diff(people[grouped], prepend=-1))
    for rows in np.split(order[grouped], starts[1:]):
        yield int(acquired.people[rows[0]]), rows


def _fnir(divided: list[Fold], weights: Weights, rate: float) -> Estimate:
    rows = np.zeros(len(weights))
    for fold in divided:
        least = exceeded(fold.others, fold.others_people, weights, rate)
        rows += _missing(fold, least, weights)
    return estimate(rows / len(divided))


def _missing(fold: Fold, least: NDArray[np.float64], weights: Weights) -> NDArray[np.float64]:
    """FNIR for each row of weights, each with its own threshold."""
    order = np.argsort(fold.mated, kind="stable")
    lighter = np.cumsum(weights[:, fold.mated_people[order]], axis=1)
    below = np.searchsorted(fold.mated[order].astype(np.float64), least, side="left")
    padded = np.concatenate([np.zeros((len(weights), 1)), lighter], axis=1)
    missed: NDArray[np.float64] = padded[np.arange(len(weights)), below] / lighter[:, -1]
    return missed


def false_positives(fold: Fold, score: float, weights: Weights) -> NDArray[np.float64]:
    """FPIR at a score, for each row of weights."""
    return share(fold.others >= score, fold.others_people, weights)


def false_negatives(fold: Fold, score: float, weights: Weights) -> NDArray[np.float64]:
    """FNIR at a score, for each row of weights."""
    return share(fold.mated < score, fold.mated_people, weights)


def _unit(row: Features) -> Features:
    unit: Features = row / np.float32(max(float(np.linalg.norm(row)), 1e-9))
    return unit

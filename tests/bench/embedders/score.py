"""The figures of a variant: the product's own evaluation, and differences to the default with intervals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Features
from edge.measure.acquire import Acquired
from edge.measure.errata import Errata
from edge.measure.evaluate import evaluate
from edge.measure.openset import NOBODY, RATES, Fold, Folds, Setting, divide, pooled
from edge.measure.resample import Estimate, draw, estimate, exceeded, share
from edge.measure.scores import related

SETTINGS: Final = (Setting(500), Setting(100))
FOLDS: Final = Folds(count=20, replicates=200, seed=0)

Rows = dict[tuple[int, float], NDArray[np.float64]]
"""By list size and FPIR: FNIR for everybody once, then for every draw of people."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is reported. Keys are the rates as they are written, and sizes of the list."""

    tmr: dict[str, float] | None
    """Micro, and macro over people; None where templates and probes are made differently: no one-to-one rate."""
    tmr_macro: dict[str, float] | None
    fnir: dict[str, dict[str, Estimate]]
    change: dict[str, dict[str, Estimate]]
    """FNIR less the default's, on the same folds and draws."""


def figures(acquired: Acquired, errata: Errata, sides: tuple[Features, Features], default: Rows) -> Figures:
    """All of a variant. ``acquired`` has who is on each row; its features are not looked at."""
    references, probes = sides
    rows = fnir(acquired, errata, sides)
    one = evaluate(replace(acquired, features=probes), errata) if references is probes else None
    return Figures(
        None if one is None else one.tmr_at_fmr,
        None if one is None else one.tmr_at_fmr_macro,
        _by_size({key: estimate(row) for key, row in rows.items()}),
        _by_size({key: estimate(row - default[key]) for key, row in rows.items()}),
    )


def fnir(acquired: Acquired, errata: Errata, sides: tuple[Features, Features]) -> Rows:
    """FNIR over the searches of all folds, for each setting and rate."""
    references, probes = sides
    weights = draw(len(acquired.names), FOLDS.replicates, FOLDS.seed)
    found: Rows = {}
    for setting in SETTINGS:
        if references is probes:
            folds = list(divide(replace(acquired, features=probes), errata, setting, FOLDS))
        else:
            folds = list(one_sided(acquired, errata, setting.entries, sides))
        searches = pooled(folds)
        for rate in RATES:
            least = exceeded(searches.others, searches.others_people, weights, rate)
            found[setting.entries, rate] = np.array(
                [share(searches.mated < score, searches.mated_people, weights[n : n + 1])[0]
                 for n, score in enumerate(least)]
            )  # fmt: skip
    return found


def one_sided(acquired: Acquired, errata: Errata, entries: int, sides: tuple[Features, Features]) -> Iterator[Fold]:
    """The very folds of ``divide`` for one picture a template, with features of their own for the templates."""
    references, probes = sides
    kinship = related(acquired, errata)
    owners = np.concatenate([acquired.people, acquired.failed_people])
    found = np.arange(len(owners)) < len(acquired.people)
    suitable = np.flatnonzero(np.bincount(owners, minlength=len(acquired.names)) >= 2)
    for number in range(FOLDS.count):
        rng = np.random.default_rng([FOLDS.seed, number, entries, 1, 1])
        enrolled = rng.choice(suitable, entries, replace=False)
        place = np.full(len(acquired.names), -1)
        place[enrolled] = np.arange(entries)
        order = rng.permutation(len(owners))
        people, first = np.unique(owners[order], return_index=True)
        rows = order[first][np.searchsorted(people, enrolled)]
        searching = np.ones(len(owners), np.bool_)
        searching[rows] = False
        templates = np.zeros((entries, references.shape[1]), np.float32)
        templates[found[rows]] = references[rows[found[rows]]]
        missed = owners[searching & ~found & (place[owners] >= 0)]
        yield _searched(templates, probes[searching[found]], owners[searching & found], place, missed, kinship)


def _searched(
    templates: Features, probes: Features, owners: NDArray[np.int64], place: NDArray[np.int64],
    missed: NDArray[np.int64], kinship: NDArray[np.bool_] | None,
) -> Fold:  # fmt: skip
    scores = probes @ templates.T
    best, top, listed = scores.argmax(axis=1), scores.max(axis=1), place[owners] >= 0
    kindred = np.zeros(len(place), np.bool_)
    if kinship is not None:
        kindred |= kinship[place >= 0].any(axis=0)
    kin = kindred[owners]
    mated = np.where(best == place[owners], top, NOBODY)[listed].astype(np.float32)
    return Fold(
        np.concatenate([mated, np.full(len(missed), NOBODY)]),
        np.concatenate([owners[listed], missed]),
        top[~listed & ~kin],
        owners[~listed & ~kin],
        top[~listed & kin],
    )


def _by_size(found: dict[tuple[int, float], Estimate]) -> dict[str, dict[str, Estimate]]:
    return {str(setting.entries): {f"{rate:g}": found[setting.entries, rate] for rate in RATES} for setting in SETTINGS}

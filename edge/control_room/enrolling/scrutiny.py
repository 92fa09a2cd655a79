"""Templates under scrutiny before they are sealed: whom do they resemble who is somebody else?

*Wolves* (Doddington et al., 1998: there, lambs) are references that resemble everybody. At the operating threshold
nobody could count that: one impostor in a hundred thousand is above it. But the highest scores of a reference against a
cohort fall off exponentially, and at much the same rate for every reference, so that a reference whose highest scores
lie ``d`` above what is usual has exp(d / fall) times the usual false match rate at any threshold beyond. ``fall``, the
score in which the rate drops e-fold, is read off the calibration. The very highest score does not count: it may be the
person themselves, or a sibling, among the cohort.

*Blends* of several people give themselves away less by that than by alerting on two people of a cohort who do not
resemble each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Features

BLOCK: Final = 256
"""Rows compared at a time: 10 MB of scores with a list of 10,000."""
_ROBUST: Final = 1.4826
"""Turns the median absolute deviation of a normal distribution into its standard deviation."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Scores from a calibration at which something is said of two templates."""

    agree: float
    """Below it two pictures are no more alike than strangers' are."""
    alike: float
    """At and above it two entries are unusually near one another."""
    same: float
    """At and above it they are as near as two pictures of one person."""
    alert: float
    """The neighbourhood of the operating threshold."""
    fall: float
    """In so much score the false match rate falls e-fold."""


@dataclass(frozen=True, slots=True)
class Scrutiny:
    """When a reference resembles too many."""

    share: float = 0.05
    """Of the cohort, the most alike, whose scores count."""
    times: float = 5.0
    """Refused from so many times the false match rate of the median reference..."""
    spreads: float = 3.0
    """...provided that it stands out of the usual spread of a cohort of this size too."""
    least: int = 300
    """People that make a cohort. A thousand make a sharper one: the usual spread is narrower."""


def resemblance(templates: Features, cohort: Features, share: float, *, own: bool = False) -> NDArray[np.float64]:
    """Mean of each template's highest scores with a cohort, the very highest left out: (n,).

    ``templates`` is (n, D) and ``cohort`` (m, D), float32, unit rows. ``own`` says that both are the same rows: none
    is compared with itself.
    """
    size = len(cohort) - own
    count = max(1, min(size - 1, round(share * size)))
    found = np.empty(len(templates))
    for start in range(0, len(templates), BLOCK):
        scores = templates[start : start + BLOCK] @ cohort.T
        if own:
            rows = np.arange(len(scores))
            scores[rows, start + rows] = -2
        top = np.partition(scores, -count - 1, axis=1)[:, -count - 1 :]
        found[start : start + BLOCK] = (top.sum(axis=1, dtype=np.float64) - top.max(axis=1)) / count
    return found


def wolves(
    found: NDArray[np.float64], usual: NDArray[np.float64], fall: float, settings: Scrutiny
) -> NDArray[np.bool_]:
    """Which of the resemblances found are far beyond the usual ones: (n,)."""
    middle = float(np.median(usual))
    spread = _ROBUST * float(np.median(np.abs(usual - middle)))
    most = middle + max(fall * math.log(settings.times), spread * settings.spreads)
    refused: NDArray[np.bool_] = found > most
    return refused


def against_cohort(
    templates: Features, cohort: Features, levels: Levels, settings: Scrutiny
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which templates are wolves, and which are blends, by other people's pictures: (n,) each."""
    usual = resemblance(cohort, cohort, settings.share, own=True)
    found = resemblance(templates, cohort, settings.share)
    return wolves(found, usual, levels.fall, settings), _blends(templates, cohort, levels)


def among_themselves(templates: Features, levels: Levels, settings: Scrutiny) -> NDArray[np.bool_]:
    """Which templates of a list are wolves by all the others of it: (n,)."""
    found = resemblance(templates, templates, settings.share, own=True)
    return wolves(found, found, levels.fall, settings)


def alike(templates: Features, level: float) -> Iterator[tuple[int, int]]:
    """Pairs of rows that score at or above ``level``, each once."""
    for start in range(0, len(templates), BLOCK):
        scores = templates[start : start + BLOCK] @ templates[start:].T
        for row, column in zip(*np.nonzero(np.triu(scores >= level, 1)), strict=True):
            yield start + int(row), start + int(column)


def _blends(templates: Features, cohort: Features, levels: Levels) -> NDArray[np.bool_]:
    found = np.zeros(len(templates), np.bool_)
    for start in range(0, len(templates), BLOCK):
        alerting = templates[start : start + BLOCK] @ cohort.T >= levels.alert
        for row in np.flatnonzero(alerting.sum(axis=1) > 1):
            others = cohort[np.flatnonzero(alerting[row])]
            found[start + row] = float((others @ others.T).min()) < levels.agree
    return found

"""A calibration from a cohort: upper bounds of the false match rate by score.

The bound is the 97.5th percentile of a bootstrap over people, because comparisons that share a person are not
independent; where too few comparisons are left for a bootstrap to say anything, the exact Poisson bound takes over. The
evidence ends where fewer than three comparisons support it. What lies beyond is extrapolated by a tail model, kept
apart, and used only where an authorisation accepts that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.domain.authority import Digest
from edge.domain.errors import Misconfigured
from edge.measure import tail
from edge.measure.acquire import Acquired
from edge.measure.errata import Errata
from edge.measure.resample import draw
from edge.measure.scores import Comparisons, compare_all
from edge.steps import align, fuse
from edge.steps.calibrate import FORMAT, Calibration, Point, smallest_fpir
from edge.wire.signed import canonical

REPLICATES: Final = 400
STEP: Final = 0.005
LEAST: Final = 3
FLOOR: Final = 0.15
"""Scores below it are counted only, not kept."""
HIGHEST: Final = 0.99
SMALLEST: Final = 1e-9
"""The rate at which the extrapolation ends too."""
UPPER: Final = 97.5
_Z: Final = 1.959964


def calibrate(
    acquired: Acquired,
    errata: Errata,
    *,
    detector: Digest,
    embedder: Digest,
    source: str,
    searches_per_passage: Decimal,
    seed: int = 0,
    replicates: int = REPLICATES,
) -> Calibration:
    """Build the table. Raises Misconfigured where the cohort is too small for any."""
    comparisons = compare_all(acquired, errata, FLOOR)
    if len(comparisons.tail) <= LEAST:
        raise Misconfigured("The cohort is too small to calibrate anything.", "Name one of hundreds of people.")
    drawn = _Replicates(comparisons, len(acquired.names), seed, replicates)
    points = _monotone(_counted(comparisons, drawn))
    beyond = _modelled(comparisons, drawn, float(points[-1].score))
    return Calibration(
        format=FORMAT,
        detector=detector,
        embedder=embedder,
        alignment=align.RECIPE,
        fusion=fuse.RECIPE,
        people=len(acquired.names),
        pictures=acquired.pictures,
        comparisons=comparisons.impostors,
        interval="one-sided 97.5 % upper bound: bootstrap over people, and exact Poisson, whichever is higher",
        source=source,
        searches_per_passage=searches_per_passage,
        points=points,
        tail=tail.MODEL,
        extrapolated=_monotone(beyond, float(points[-1].fmr)),
    )


def poisson_upper(count: int) -> float:
    """Upper 97.5 % bound of a Poisson mean of which ``count`` was seen (Wilson-Hilferty, within 1 % of exact)."""
    shifted = count + 1
    return shifted * (1 - 1 / (9 * shifted) + _Z / (3 * math.sqrt(shifted))) ** 3


@dataclass(frozen=True, slots=True)
class _Rate:
    score: float
    estimate: float
    upper: float


class _Replicates:
    """Weights of the tail's comparisons when people are drawn anew, with replacement; each row as FMR per weight."""

    def __init__(self, comparisons: Comparisons, people: int, seed: int, count: int) -> None:
        self._comparisons = comparisons
        self._drawn = draw(people, count, seed)[1:]
        self._people = people

    def __iter__(self) -> Iterator[tuple[NDArray[np.float64], float]]:
        """(weight of each comparison, what one unit of weight adds to the FMR)."""
        left, right = self._comparisons.tail_pairs.T
        for drawn in self._drawn:
            # Pairs of one person with itself are no impostors: (sum w)^2 - sum w^2 over all pairs of people.
            scale = (drawn.sum() ** 2 - (drawn**2).sum()) / (self._people * (self._people - 1))
            yield drawn[left] * drawn[right], 1 / (self._comparisons.impostors * scale)


def _counted(comparisons: Comparisons, replicates: _Replicates) -> list[_Rate]:
    """The FMR by score, the scores rising, as far as comparisons were counted."""
    highest = float(comparisons.tail[LEAST - 1])
    scores = np.arange(comparisons.floor + 0.05, highest + STEP, STEP)
    counts = len(comparisons.tail) - np.searchsorted(comparisons.tail[::-1], scores)
    rates = [np.concatenate([[0.0], np.cumsum(weights)])[counts] * unit for weights, unit in replicates]
    spread = np.percentile(rates, UPPER, axis=0)
    return [
        _Rate(float(score), count / comparisons.impostors,
              max(poisson_upper(int(count)) / comparisons.impostors, float(upper)))
        for score, count, upper in zip(scores, counts, spread, strict=True)
        if count >= LEAST
    ]  # fmt: skip


def _modelled(comparisons: Comparisons, replicates: _Replicates, start: float) -> list[_Rate]:
    """The FMR by score beyond ``start``, from the tail model."""
    count = tail.excesses(comparisons.tail, comparisons.impostors)
    if count < tail.LEAST:
        return []
    scores = np.arange(start + STEP, HIGHEST, STEP)
    whole = np.ones(len(comparisons.tail))
    estimate = tail.fit(comparisons.tail, whole, count, count / comparisons.impostors).fmr(scores)
    rates = [
        tail.fit(comparisons.tail, weights, count, float(weights[:count].sum()) * unit).fmr(scores)
        for weights, unit in replicates
    ]
    upper = np.maximum(np.percentile(rates, UPPER, axis=0), estimate)
    found = [_Rate(*map(float, row)) for row in zip(scores, estimate, upper, strict=True)]
    return [rate for rate in found if rate.upper >= SMALLEST]


def _monotone(rates: list[_Rate], lowest: float = 1.0) -> tuple[Point, ...]:
    """Never a higher rate at a higher score: an earlier, larger bound holds for later scores too."""
    points = []
    for rate in rates:
        lowest = min(lowest, rate.upper)
        rounded = _round_up(lowest)
        points.append(
            Point(
                score=Decimal(f"{rate.score:.3f}"),
                estimate=Decimal(f"{min(rate.estimate, rounded):.3g}"),
                fmr=Decimal(f"{rounded:.3g}"),
            )
        )
    return tuple(points)


def _round_up(rate: float) -> float:
    """Three significant digits, never smaller."""
    step = 10.0 ** (math.floor(math.log10(rate)) - 2)
    return math.ceil(rate / step - 1e-9) * step


def smallest(calibration: Calibration) -> dict[int, Decimal]:
    """The smallest maximum FPIR that the evidence supports, by entries of the list."""
    return {entries: smallest_fpir(calibration, entries) for entries in (100, 300, 500, 1_000, 10_000)}


def readable(document: object) -> str:
    """The same document laid out for reading and comparing: its digest is that of its canonical form."""
    return msgspec.json.format(canonical(document), indent=1).decode() + "\n"

"""A calibration from a cohort: upper bounds of the false match rate by score.

The bound is the 97.5th percentile of a bootstrap over people, because comparisons that share a person are not
independent; where too few comparisons are left for a bootstrap to say anything, the exact Poisson bound takes over. The
table ends where fewer than three comparisons support it: below that, nothing is claimed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.domain.authority import Digest
from edge.measure.acquire import Acquired
from edge.measure.errata import Errata
from edge.measure.scores import Comparisons, compare_all
from edge.steps import align, fuse
from edge.steps.calibrate import FORMAT, Calibration, Point
from edge.wire.signed import canonical

REPLICATES: Final = 400
STEP: Final = 0.005
LEAST: Final = 3
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
) -> Calibration:
    """Build the table."""
    comparisons = compare_all(acquired, errata)
    points = list(_monotone(_bounds(comparisons, len(acquired.names), seed)))
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
        points=tuple(points),
    )


def poisson_upper(count: int) -> float:
    """Upper 97.5 % bound of a Poisson mean of which ``count`` was seen (Wilson-Hilferty, within 1 % of exact)."""
    shifted = count + 1
    return shifted * (1 - 1 / (9 * shifted) + _Z / (3 * math.sqrt(shifted))) ** 3


def _bounds(comparisons: Comparisons, people: int, seed: int) -> Iterator[tuple[float, float]]:
    """(score, upper bound of the FMR), the scores rising."""
    highest = float(comparisons.tail[LEAST - 1])
    scores = np.arange(comparisons.floor + 0.05, highest + STEP, STEP)
    counts = len(comparisons.tail) - np.searchsorted(comparisons.tail[::-1], scores)
    resampled = _bootstrap(comparisons, people, counts, seed)
    for score, count, spread in zip(scores, counts, resampled, strict=True):
        if count >= LEAST:
            upper = max(poisson_upper(int(count)) / comparisons.impostors, spread)
            yield float(score), float(upper)


def _bootstrap(comparisons: Comparisons, people: int, counts: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """97.5th percentile of the FMR at each score when people are drawn anew, with replacement."""
    rng = np.random.default_rng(seed)
    left, right = comparisons.tail_pairs.T
    rates = np.empty((REPLICATES, len(counts)))
    for replicate in range(REPLICATES):
        drawn = np.bincount(rng.integers(people, size=people), minlength=people).astype(np.float64)
        weight = np.concatenate([[0.0], np.cumsum(drawn[left] * drawn[right])])
        # Pairs of one person with itself are no impostors: (sum w)^2 - sum w^2 over all pairs of people.
        scale = (drawn.sum() ** 2 - (drawn**2).sum()) / (people * (people - 1))
        rates[replicate] = weight[counts] / (comparisons.impostors * scale)
    return np.percentile(rates, 97.5, axis=0)


def _monotone(bounds: Iterator[tuple[float, float]]) -> Iterator[Point]:
    """Never a higher rate at a higher score: an earlier, larger bound holds for later scores too."""
    lowest = 1.0
    for score, upper in bounds:
        lowest = min(lowest, upper)
        yield Point(score=Decimal(f"{score:.3f}"), fmr=Decimal(f"{_round_up(lowest):.3g}"))


def _round_up(rate: float) -> float:
    """Three significant digits, never smaller."""
    step = 10.0 ** (math.floor(math.log10(rate)) - 2)
    return math.ceil(rate / step - 1e-9) * step


def readable(calibration: Calibration) -> str:
    """The same document laid out for reading and comparing: its digest is that of its canonical form."""
    return msgspec.json.format(canonical(calibration), indent=1).decode() + "\n"

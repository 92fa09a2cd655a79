"""Intervals by drawing people anew: comparisons that share a person are not independent, people are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]
"""(replicates, people) how often each person was drawn; the first row is everybody once."""

LEVEL = 0.95
_AMPLE = 4
"""So many times the expected scores are summed first; all of them only where that was not enough."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate and its two-sided 95 % interval."""

    value: float
    low: float
    high: float

    def rounded(self, digits: int = 5) -> list[float]:
        """[value, low, high], for a JSON document."""
        return [round(number, digits) for number in (self.value, self.low, self.high)]


def draw(people: int, replicates: int, seed: int) -> Weights:
    """People drawn with replacement, as often as there are (Efron, 1979)."""
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(people, np.full(people, 1 / people), size=replicates).astype(np.float64)
    return np.concatenate([np.ones((1, people)), drawn])


def estimate(rates: NDArray[np.float64]) -> Estimate:
    """From a rate per row of weights, the first of them unweighted."""
    low, high = np.nanpercentile(rates[1:], (50 - 50 * LEVEL, 50 + 50 * LEVEL)) if len(rates) > 1 else rates[[0, 0]]
    return Estimate(float(rates[0]), float(low), float(high))


def share(flags: NDArray[np.bool_], owners: NDArray[np.int64], weights: Weights) -> NDArray[np.float64]:
    """The weighted share of flags that are set, for each row of weights. ``owners`` are the flags' people."""
    whole = np.bincount(owners, minlength=weights.shape[1]).astype(np.float64)
    part = np.bincount(owners, weights=flags, minlength=weights.shape[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        rates: NDArray[np.float64] = (weights @ part) / (weights @ whole)
    return rates


def exceeded(
    scores: NDArray[np.float32], owners: NDArray[np.int64], weights: Weights, rate: float
) -> NDArray[np.float64]:
    """For each row of weights, the lowest score that no more than this weighted share of scores reaches or exceeds.

    ``scores`` (n,) need no order. Where not even the highest score may be reached, the result lies just above it.
    """
    order = np.argsort(-scores, kind="stable")
    allowed = rate * (weights @ np.bincount(owners, minlength=weights.shape[1]))[:, None] + 1e-9
    likely = min(len(order), int(_AMPLE * rate * len(order)) + 200)
    heavier = np.cumsum(weights[:, owners[order[:likely]]], axis=1)
    if likely < len(order) and np.any(heavier[:, -1:] <= allowed):
        heavier = np.cumsum(weights[:, owners[order]], axis=1)
    # The first score that would take the share above the rate: the threshold lies just above it.
    first = (heavier <= allowed).sum(axis=1)
    padded = np.append(scores[order], np.float32(-2))
    return np.asarray(np.nextafter(padded[first], np.float32(2)), np.float64)

"""Intervals by drawing people anew: comparisons that share a person are not independent, people are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]
"""(replicates, people) how often each person was drawn; the first row is everybody once."""

LEVEL = 0.95


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
    falling = scores[order].astype(np.float64)
    heavier = np.cumsum(weights[:, owners[order]], axis=1)
    allowed = rate * heavier[:, -1:]
    # The first score that would take the share above the rate: the threshold lies just above it.
    first = (heavier <= allowed + 1e-9).sum(axis=1)
    padded = np.append(falling, -2.0)
    return np.asarray(np.nextafter(padded[first].astype(np.float32), np.float32(2)), np.float64)

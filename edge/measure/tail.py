"""The tail of the non-mated scores beyond what was counted: a generalised Pareto distribution over a high score.

Excesses over a high enough level follow it whatever the distribution they come from (Pickands, 1975). It is fitted
by probability-weighted moments (Hosking and Wallis, 1987), which needs no iteration and takes weights. The shape is
never taken below 0: cosine scores have an end, so their true tail is lighter than the exponential one that results,
but a finite end is exactly what no evidence shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MODEL: Final = (
    "generalised Pareto over the score of FMR 3e-4 (or the 300th highest), probability-weighted moments, shape at "
    "least 0; 97.5th percentile of a bootstrap over people"
)
LEVEL: Final = 3e-4
LEAST: Final = 300
"""Excesses that a fit needs."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Survival beyond ``level``: ``rate * (1 + shape * (score - level) / scale) ** (-1 / shape)``."""

    level: float
    rate: float
    shape: float
    scale: float

    def fmr(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The modelled FMR at scores above the level."""
        stretched = (scores - self.level) / self.scale
        if self.shape < 1e-6:
            return np.asarray(self.rate * np.exp(-stretched))
        return np.asarray(self.rate * (1 + self.shape * stretched) ** (-1 / self.shape))


def excesses(tail: NDArray[np.float32], comparisons: int) -> int:
    """How many of the highest scores the fit takes. ``tail`` is descending."""
    return min(len(tail) - 1, max(LEAST, int(LEVEL * comparisons)))


def fit(tail: NDArray[np.float32], weights: NDArray[np.float64], count: int, rate: float) -> Fit:
    """Fit the ``count`` highest scores of a descending tail, which together have the FMR ``rate``."""
    level = float(tail[count])
    over, mass = tail[:count].astype(np.float64) - level, weights[:count]
    total = mass.sum()
    # Descending scores: the running weight is that of scores at least as high, the survival function.
    survival = (np.cumsum(mass) - mass / 2) / total
    mean, second = (mass * over).sum() / total, (mass * over * survival).sum() / total
    shape = 2 - mean / (mean - 2 * second)
    if not shape > 0:
        return Fit(level, rate, 0.0, float(mean))
    return Fit(level, rate, float(min(shape, 0.9)), float(2 * mean * second / (mean - 2 * second)))

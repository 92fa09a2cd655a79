"""A share with its exact interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 60
"""Halvings of the interval in which a bound is sought."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many."""

    count: int
    of: int

    @property
    def share(self) -> float:
        """0..1; not a number where there is nothing to count."""
        return self.count / self.of if self.of else math.nan

    def interval(self, outside: float = 0.05) -> tuple[float, float]:
        """The exact interval of Clopper and Pearson (1934), which holds the true share in all but ``outside`` cases."""
        low = _root(lambda share: 1 - _at_most(self.count - 1, self.of, share) - outside / 2) if self.count else 0.0
        high = _root(lambda share: outside / 2 - _at_most(self.count, self.of, share)) if self.count < self.of else 1.0
        return low, high

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{self.share:6.1%} ({low:.1%} to {high:.1%})"


def _root(rising: Callable[[float], float]) -> float:
    """Where a rising function of 0..1 crosses zero."""
    low, high = 0.0, 1.0
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2


def _at_most(count: int, of: int, share: float) -> float:
    """Probability of at most ``count`` of ``of``, each of probability ``share``."""
    if count < 0:
        return 0.0
    if share in (0.0, 1.0):
        return float(share == 0.0 or count >= of)
    ways = (math.lgamma(of + 1) - math.lgamma(n + 1) - math.lgamma(of - n + 1) for n in range(count + 1))
    return sum(math.exp(w + n * math.log(share) + (of - n) * math.log1p(-share)) for n, w in enumerate(ways))

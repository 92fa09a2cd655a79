"""The exact interval of a rate that was counted (Clopper and Pearson, Biometrika 26, 1934)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

CONFIDENCE: Final = 0.95
_HALVINGS: Final = 200
_Test = Callable[[float], bool]


def clopper_pearson(count: int, of: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Between which rates the true one lies, where ``count`` were found among ``of``, each by itself with that rate.

    Exact: it covers the true rate at least as often as ``confidence`` says. Everything is possible where ``of`` is 0.
    Raises ValueError where ``count`` does not lie between 0 and ``of``.
    """
    if not 0 <= count <= of:
        raise ValueError(f"{count} of {of}")
    tail = (1 - confidence) / 2
    low = 0.0 if count == 0 else _root(lambda rate: _at_most(of - count, of, 1 - rate) >= tail)
    high = 1.0 if count == of else _root(lambda rate: _at_most(count, of, rate) <= tail)
    return low, high


def _root(is_beyond: _Test) -> float:
    """The rate from which on a test that holds for all higher rates holds."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (low, middle) if is_beyond(middle) else (middle, high)
    return high


def _at_most(count: int, of: int, rate: float) -> float:
    """Probability of ``count`` or fewer among ``of``. The smaller side is summed, so that nothing cancels."""
    if rate <= 0.0 or rate >= 1.0:
        return 1.0 if rate <= 0.0 or count >= of else 0.0
    if count > of * rate:
        return 1.0 - _at_most(of - count - 1, of, 1 - rate) if count < of else 1.0
    # From the largest term down: each is the one before times a ratio below 1.
    log = math.lgamma(of + 1) - math.lgamma(count + 1) - math.lgamma(of - count + 1)
    term = math.exp(log + count * math.log(rate) + (of - count) * math.log1p(-rate))
    total, odds = 0.0, (1 - rate) / rate
    for k in range(count, -1, -1):
        total += term
        if term <= total * 1e-17:
            break
        term *= k / (of - k + 1) * odds
    return min(total, 1.0)

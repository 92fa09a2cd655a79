"""How long to wait before the next attempt: exponential, capped, with full jitter."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Final

_OWN: Final = random.Random()  # noqa: S311
"""No secret, and nobody else's: a program that seeds the one of the module would put its devices in step."""

SHORTEST: Final = timedelta(milliseconds=100)
"""However lucky the draw, so that a broker that refuses at once is not asked without pause."""


class Backoff:
    """Counts failures; a connection that stood for a while forgives them all."""

    def __init__(
        self, first: timedelta, longest: timedelta, stable: timedelta, draw: Callable[[], float] = _OWN.random
    ) -> None:
        """``draw`` gives numbers from 0 to 1."""
        self._first = first
        self._longest = longest
        self._stable = stable
        self._draw = draw
        self._failures = 0

    def failed(self, stood: timedelta) -> timedelta:
        """How long to wait now, after a connection that stood so long (zero: an attempt that failed)."""
        if stood >= self._stable:
            self._failures = 0
        span = min(self._longest, self._first * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return max(SHORTEST, span * self._draw())

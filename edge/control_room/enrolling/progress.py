"""How far an enrolment is: a bar where somebody looks on, a line now and then where it is read later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TextIO

_WIDTH: Final = 30
_BETWEEN: Final = 0.2
"""Seconds between two pictures of the bar."""
_LINES: Final = 30.0
"""Seconds between two lines, and at most so many of them that each tells of a tenth."""


class Bar:
    """Say :meth:`step` as often as you like."""

    def __init__(self, stream: TextIO, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._what = what
        self._clock = clock
        self._drawn = self._began = clock()
        self._first: int | None = None
        self._tenth = 0

    def step(self, done: int, total: int) -> None:
        """So many are done."""
        now = self._clock()
        if self._first is None:
            self._first, self._began = done - 1, now
        if self._stream.isatty():
            if now - self._drawn >= _BETWEEN or done == total:
                self._drawn = now
                self._draw(done, total, now)
        elif done == total or (done * 10 // total > self._tenth and now - self._drawn >= _LINES):
            self._drawn, self._tenth = now, done * 10 // total
            print(f"{self._what}: {done:,} of {total:,}{self._rest(done, total, now)}", file=self._stream, flush=True)

    def end(self) -> None:
        """Leave the line to others."""
        if self._stream.isatty() and self._first is not None:
            print(file=self._stream)
        self._first, self._tenth = None, 0

    def _draw(self, done: int, total: int, now: float) -> None:
        full = _WIDTH * done // max(1, total)
        line = f"{self._what} [{'#' * full}{'.' * (_WIDTH - full)}] {done:,} of {total:,}"
        print(f"\r{line}{self._rest(done, total, now)}\x1b[K", end="", file=self._stream, flush=True)

    def _rest(self, done: int, total: int, now: float) -> str:
        fresh, passed = done - (self._first or 0), now - self._began
        if done == total or fresh < 10 or passed < 1:
            return ""
        left = (total - done) * passed / fresh
        return f", about {left / 60:.0f} min left" if left >= 90 else f", about {left:.0f} s left"

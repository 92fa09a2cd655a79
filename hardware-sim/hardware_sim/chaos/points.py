"""Where a life is ended: before which statement of the product, the how-manieth time it is reached.

A census of one life says which statements are reached, how often before its first hit is committed, and how often
after. A schedule then takes them in turn, in a seeded order, so that kills fall between every pair of statements
before any is tried again; the rest are moments by the clock, which fall into the middle of what libraries and the
kernel do. Threads run as they please: the same seed gives the same schedule, not the same interleaving.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final

import msgspec

import edge

ROOT: Final = Path(edge.__file__).parent
ROOMS: Final = ("adapters", "daemon", "safeguards")
"""Whose statements count: what records, sends, obeys and opens."""
FLOWS: Final = threading.Event()
"""Set in a life once its first hit was committed."""
_MOMENTS: Final = 5
"""Every so-manieth kill is one by the clock."""
_STARTS: Final = 4
"""Every so-manieth of the others comes before hits flow: at the start, or while the list is loaded."""
_LONGEST: Final = 1.5
"""Seconds after the first hit."""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """Before a statement; or, without a file, so many seconds after hits began to flow."""

    file: str = ""
    """Relative to the package."""
    line: int = 0
    nth: int = 1
    flows: bool = True
    """Counted from the first hit that was committed; else from the start."""
    seconds: float = 0.0

    def __str__(self) -> str:
        if not self.file:
            return f"{self.seconds * 1000:.3f} ms of hits"
        return f"edge/{self.file}:{self.line}, time {self.nth} {'of hits' if self.flows else 'of life'}"


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """A statement, and how often a life reached it."""

    file: str
    line: int
    before: int
    """The first hit was committed."""
    after: int


Trace = Callable[[FrameType, str, Any], Any]


def die_at(point: Point) -> None:
    """End this process by SIGKILL at a point, whichever thread gets there."""
    wanted, count = str(ROOT / point.file), itertools.count(1)

    def inside(frame: FrameType, event: str, argument: Any) -> Trace:  # noqa: ANN401
        counts = event == "line" and frame.f_lineno == point.line and (FLOWS.is_set() or not point.flows)
        if counts and next(count) == point.nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return inside

    _trace(lambda frame, *_: inside if frame.f_code.co_filename == wanted else None)


def take_census() -> Callable[[], list[Reached]]:
    """Count from now on. Returns what gives the counts."""
    before: Counter[tuple[str, int]] = Counter()
    after: Counter[tuple[str, int]] = Counter()
    rooms = tuple(f"{ROOT / room}{os.sep}" for room in ROOMS)

    def inside(frame: FrameType, event: str, argument: Any) -> Trace:  # noqa: ANN401
        if event == "line":
            counts = after if FLOWS.is_set() else before
            counts[frame.f_code.co_filename, frame.f_lineno] += 1
        return inside

    _trace(lambda frame, *_: inside if frame.f_code.co_filename.startswith(rooms) else None)
    return lambda: [
        Reached(file=str(Path(at[0]).relative_to(ROOT)), line=at[1], before=before[at], after=after[at])
        for at in sorted(before.copy() | after.copy())
    ]


def schedule(census: list[Reached], kills: int, seed: int) -> list[Point]:
    """So many points, the same for the same census and seed.

    Of the times that a life reached a statement the first half: a busy machine's next life may reach it less often.
    """
    rng = random.Random(seed)  # noqa: S311
    flowing = _turns(rng, [reached for reached in census if reached.after])
    starting = _turns(rng, [reached for reached in census if reached.before])
    points: list[Point] = []
    for number in range(kills):
        if number % _MOMENTS == _MOMENTS - 1:
            points.append(Point(seconds=round(rng.uniform(0, _LONGEST), 6)))
        elif number % _STARTS == _STARTS - 1:
            at = next(starting)
            points.append(Point(file=at.file, line=at.line, nth=rng.randint(1, at.before), flows=False))
        else:
            at = next(flowing)
            points.append(Point(file=at.file, line=at.line, nth=rng.randint(1, max(1, at.after // 2))))
    return points


def _turns(rng: random.Random, census: list[Reached]) -> itertools.chain[Reached]:
    """Each of them once in a random order, and then again in another."""
    return itertools.chain.from_iterable(rng.sample(census, len(census)) for _ in itertools.count())


def _trace(trace: Trace) -> None:
    threading.settrace(trace)
    sys.settrace(trace)

"""Feeding readers, and watching what they raise, how long they take, and what they keep."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType
from typing import Final

from tests.fuzz.mutate import damaged
from tests.fuzz.reader import Reader

SLOW: Final = 1.0
"""Seconds that no input may take, of the reader's own processor time."""
HANG: Final = 20
"""Seconds after which it is interrupted."""
GROWTH: Final = 8 << 20
"""Bytes that the second half of the inputs may add to the process."""
_PAGE: Final = 4096


class Hung(BaseException):
    """A reader did not come back."""


@dataclass(slots=True)
class Outcome:
    """What became of a reader's inputs."""

    name: str
    inputs: int = 0
    accepted: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    grown: int = 0
    """Bytes, over the second half."""
    faults: list[tuple[str, bytes]] = field(default_factory=list)
    """What went wrong, and with which input: the first few."""


def feed(reader: Reader, number: int, seed: int, *, growth: int = GROWTH) -> Outcome:
    """So many inputs, always the same ones for a seed."""
    random = Random(f"{seed} {reader.name}")
    seeds = reader.seeds(random)
    outcome = Outcome(reader.name)
    began = time.monotonic()
    half = 0
    for count in range(number):
        # The genuine ones first: they show that the reader reads at all.
        raw = seeds[count] if count < len(seeds) else damaged(random.choice(seeds), seeds, random)
        _try(reader, raw, outcome)
        if count == number // 2:
            half = _resident()
    outcome.seconds = time.monotonic() - began
    outcome.grown = max(0, _resident() - half)
    if outcome.grown > growth:
        # One large input raises the allocator's peak once. What is kept of every input grows again with as many more.
        before = _resident()
        for _ in range(number - number // 2):
            _try(reader, damaged(random.choice(seeds), seeds, random), outcome)
        outcome.grown = max(0, _resident() - before)
    if outcome.grown > growth:
        outcome.faults.append((f"memory grew by {outcome.grown >> 20} MiB, and again", b""))
    return outcome


def _try(reader: Reader, raw: bytes, outcome: Outcome) -> None:
    outcome.inputs += 1
    began = time.process_time()
    try:
        with _bounded():
            reader.read(raw)
        outcome.accepted += 1
    except reader.fails:
        pass
    except Hung:
        outcome.faults.append((f"did not come back in {HANG} s", raw))
    except Exception as error:  # noqa: BLE001 finding these is what it is for
        if len(outcome.faults) < 5:
            outcome.faults.append((f"{type(error).__name__}: {str(error)[:200]}", raw))
    took = time.process_time() - began
    outcome.slowest = max(outcome.slowest, took)
    if took > SLOW and len(outcome.faults) < 5:
        outcome.faults.append((f"took {took:.1f} s", raw))


@contextmanager
def _bounded() -> Iterator[None]:
    signal.setitimer(signal.ITIMER_REAL, HANG)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _hung(_number: int, _frame: FrameType | None) -> None:
    raise Hung


signal.signal(signal.SIGALRM, _hung)


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE

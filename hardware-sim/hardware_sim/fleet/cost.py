"""What a process costs: processor time and memory, as the kernel counts them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_NANOSECOND: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process, at one moment."""

    seconds: float
    """Of processor time that its present threads have had."""
    rss_mb: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.seconds + other.seconds, self.rss_mb + other.rss_mb)


def of(process: int) -> Cost:
    """The cost of a process until now."""
    resident = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return Cost(sum(threads(process).values()), resident * _PAGE / 1e6)


def threads(process: int) -> dict[int, float]:
    """Seconds of processor time of each of its threads: to the nanosecond, where ``stat`` counts in hundredths."""
    found = {}
    for task in Path(f"/proc/{process}/task").iterdir():
        found[int(task.name)] = int((task / "schedstat").read_text().split()[0]) * _NANOSECOND
    return found


def wakes(process: int) -> int:
    """How often its threads have given the processor up to wait for something."""
    found = 0
    for task in Path(f"/proc/{process}/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        found += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))
    return found

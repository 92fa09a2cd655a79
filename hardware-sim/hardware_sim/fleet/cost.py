"""What a process costs: processor time and memory, as the kernel counts them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process, at one moment."""

    seconds: float
    """Of processor time, since it began."""
    rss_mb: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.seconds + other.seconds, self.rss_mb + other.rss_mb)


def of(process: int) -> Cost:
    """The cost of a process until now."""
    stat = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return Cost((int(stat[11]) + int(stat[12])) / _TICKS, int(stat[21]) * _PAGE / 1e6)

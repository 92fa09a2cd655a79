"""Resources over a run's time: what the process and the device's files take, now and then."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hardware_sim.timeline.stand import Stand

MOST: Final = 400
"""Samples that are kept: where there are more, every second one is dropped."""
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Sample:
    """At one instant of the scenario."""

    second: float
    memory: int
    """Resident bytes of the whole process, the harness included."""
    files: int
    """Open file descriptors."""
    threads: int
    disk: int
    """Bytes in the device's state folder."""
    leaves: int


@dataclass(slots=True)
class Samples:
    """Taken while it runs."""

    stand: Stand
    all: list[Sample] = field(default_factory=list)
    _every: float = 10.0
    _next: float = 0.0

    def turn(self) -> None:
        """Take one, where one is due."""
        second = self.stand.clock.seconds
        if second < self._next or self.stand.off:
            return
        self._next = second + self._every
        self.all.append(self._taken(second))
        if len(self.all) > MOST:
            self.all = self.all[::2]
            self._every *= 2

    def now(self) -> Sample:
        """One, at this moment."""
        return self._taken(self.stand.clock.seconds)

    def _taken(self, second: float) -> Sample:
        resident = int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
        state = sum(path.stat().st_size for path in self.stand.folder.rglob("*") if path.is_file())
        leaves = self.stand.device.daemon.gate._journal.size
        return Sample(
            second, resident, len(list(Path("/proc/self/fd").iterdir())), threading.active_count(), state, leaves
        )

"""Clocks that a test may put forward: both at once, as if so much time had gone by, or the wall clock alone.

Threads run at their own speed; only long waits are skipped. The device and its control room share the first, as they
share time; a step of the wall clock is the device's alone.
"""

from __future__ import annotations

import mmap
import struct
from datetime import timedelta
from pathlib import Path
from typing import Final

from edge.domain.capture import Instant
from hardware_sim.bench import BenchClock

_LAID_OUT: Final = struct.Struct("<dd")


class Helm:
    """Where both are steered from: a small file that every process maps."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_LAID_OUT.pack(0.0, 0.0))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _LAID_OUT.size)

    @property
    def ahead(self) -> timedelta:
        """How much time was skipped."""
        return timedelta(seconds=_LAID_OUT.unpack(self._map[:])[0])

    @property
    def stepped(self) -> timedelta:
        """How far the device's wall clock is wrong."""
        return timedelta(seconds=_LAID_OUT.unpack(self._map[:])[1])

    def skip(self, span: timedelta) -> None:
        """So much time goes by at once, for everybody."""
        self._write(self.ahead + span, self.stepped)

    def step(self, span: timedelta) -> None:
        """The device's wall clock is set forward or back by so much."""
        self._write(self.ahead, self.stepped + span)

    def _write(self, ahead: timedelta, stepped: timedelta) -> None:
        self._map[:] = _LAID_OUT.pack(ahead.total_seconds(), stepped.total_seconds())


class SteeredClock(BenchClock):
    """The machine's clocks, as the helm has them."""

    def __init__(self, helm: Helm, *, device: bool) -> None:
        """Only the ``device``'s wall clock can be wrong."""
        self._helm = helm
        self._device = device

    def now(self) -> Instant:
        """This instant on both clocks."""
        now = super().now().later(self._helm.ahead)
        return Instant(now.wall + self._helm.stepped, now.boot) if self._device else now

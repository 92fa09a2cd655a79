"""The machine that a simulated device runs on: the real one's memory, and a service manager that ends nothing."""

from __future__ import annotations

from edge.adapters.host import SystemHost
from edge.adapters.host.ring import Ring
from edge.domain.host import Heat, Vitals
from edge.domain.remark import Dying, Remark, Said, line
from edge.ports import LockedMemory


class Died(Exception):
    """The process would have ended itself here."""


class SimulatedHost(SystemHost):
    """The real machine's memory, without its service manager."""

    def __init__(self) -> None:
        super().__init__()
        self.buffers: list[LockedMemory] = []
        self.ring = Ring()
        self.weather = Heat()
        """How hot it is; a test may change it."""
        self.numbers = Vitals(memory_bytes=120_000_000, store_bytes=300_000, clock_offset_us=-40, clock_error_us=900)
        """What it tells of itself; likewise."""

    def locked(self, size: int) -> LockedMemory:  # type: ignore[override]
        """Really locked, and remembered, so that a test can see that it was wiped."""
        self.buffers.append(super().locked(size))
        return self.buffers[-1]

    def heat(self) -> Heat:
        """As hot as it was made."""
        return self.weather

    def vitals(self) -> Vitals:
        """The same numbers on every simulated machine: one process plays them all."""
        return self.numbers

    def say(self, remark: Remark) -> None:
        """Held, and written nowhere."""
        self.ring.hold(remark)

    def said(self) -> tuple[Said, ...]:
        """What this simulated machine was told."""
        return self.ring.said()

    def die(self, why: Dying) -> None:
        """Raises Died."""
        raise Died(line(why))

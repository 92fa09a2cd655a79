"""The machine that the device of a scenario runs on, and the process that updates its program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edge.domain.errors import Unsafe
from edge.domain.host import Heat, Vitals
from edge.domain.updates import UpdateRecord
from edge.ports import LockedMemory
from hardware_sim.host import SimulatedHost


@dataclass(slots=True)
class Stress:
    """What the machine suffers from. It outlives the device's restarts."""

    heat: Heat = field(default_factory=Heat)
    memory: bool = False
    """No memory can be locked."""


class Machine(SimulatedHost):
    """The device's machine, which a scenario may make short of memory."""

    def __init__(self, stress: Stress) -> None:
        super().__init__()
        self._stress = stress
        self.scrubbed = 0
        """Keys that were overwritten."""

    def locked(self, size: int) -> LockedMemory:  # type: ignore[override]
        """Raises Unsafe where memory is short."""
        if self._stress.memory:
            raise Unsafe("Memory cannot be locked.", "Raise the limit of locked memory.")
        return super().locked(size)

    def heat(self) -> Heat:
        """As hot as the scenario has it."""
        return self._stress.heat

    def vitals(self) -> Vitals:
        """The same numbers in every run."""
        return self.numbers

    def scrub(self, secret: bytes) -> None:
        """Counted too."""
        self.scrubbed += 1
        super().scrub(secret)


class Updater:
    """The process that updates the device's program. Implements :class:`edge.replacing.Updates`."""

    def __init__(self) -> None:
        self.busy = False
        """An update is under way."""
        self.off = False
        """The device keeps it away."""

    def records(self) -> Sequence[UpdateRecord]:
        """Nothing was ever updated here."""
        return ()

    def held(self, *, off: bool) -> bool:
        """Hold updates off, or let them come. False where one is under way."""
        if off and self.busy:
            return False
        self.off = off
        return True

    def tried(self, test: Callable[[], Sequence[str]]) -> bool:
        """Nothing is on trial."""
        return False

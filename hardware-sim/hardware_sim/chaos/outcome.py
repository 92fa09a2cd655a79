"""How a scenario ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from hardware_sim.chaos.ledger import Broken, Promise, Totals


@dataclass(slots=True)
class Outcome:
    """One row of the table."""

    name: str
    what: str
    """What was done to the device, in a few words."""
    totals: Totals = field(default_factory=Totals)
    broken: list[Broken] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, totals: Totals) -> None:
        """Totals of another device, or of another journal of the same."""
        sums = {one.name: getattr(self.totals, one.name) + getattr(totals, one.name) for one in fields(Totals)}
        self.totals = Totals(**sums)

    def must(self, condition: bool, what: str) -> None:
        """What a scenario asks of the device beyond the ledger."""
        if not condition:
            self.broken.append(Broken(Promise.BEHAVED, what))

    def fail(self, broken: Iterable[Broken], when: str = "") -> None:
        """What the ledger found."""
        self.broken += [Broken(one.promise, f"{when}{one.what}") for one in broken]

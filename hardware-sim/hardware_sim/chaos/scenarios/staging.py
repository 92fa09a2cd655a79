"""The beginning and the end that all scenarios share: a device that looks; and at last, an account that is judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.control_room.desk import Refused
from edge.domain.errors import BrokerLost
from hardware_sim.bench import Bench
from hardware_sim.chaos.console import DeviceEnded
from hardware_sim.chaos.examine import judged, left
from hardware_sim.chaos.outcome import Outcome
from hardware_sim.chaos.rig import Rig, rig
from hardware_sim.chaos.street import STEADY, Pace


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row of the table to be."""

    name: str
    what: str
    play: Callable[[Rig, Outcome, int], None]
    """What happens to a device that looks. Raises where the device does not do what it must."""
    durable: bool = True
    """Whether the broker saves every change at once."""
    prepare: Callable[[Bench], None] | None = None
    """Before the broker starts."""
    clear: Callable[[Bench], None] | None = None
    """When all has ended."""
    pace: Pace = STEADY
    """Of the people who come into view."""
    mounts: bool = False
    """Whether it needs a small file system of its own, which only root can mount."""


def play(scenario: Scenario, folder: Path, seed: int) -> Outcome:
    """From a device that looks to a judged account."""
    outcome, began = Outcome(scenario.name, scenario.what), time.monotonic()
    with rig(
        folder, seed, durable=scenario.durable, pace=scenario.pace, prepare=scenario.prepare, clear=scenario.clear
    ) as bench:
        with _behaved(outcome):
            bench.looks()
            bench.hits(3)
            scenario.play(bench, outcome, seed)
        drained = False
        with _behaved(outcome):
            if not bench.nursery.alive():
                bench.up()
            bench.stop()
            bench.drained()
            drained = True
            outcome.must(bench.ends() == 0, f"the device ended with {bench.nursery.ended}")
        if bench.nursery.alive():
            bench.kill()
        broken, totals = judged(left(bench, drained=drained))
        outcome.fail(broken)
        outcome.add(totals)
        repeated = totals.arrivals - totals.told
        outcome.notes.append(
            f"{bench.lives} lives; at most {bench.waited} hits waited; {repeated} arrived again and were not told again"
        )
    outcome.seconds = time.monotonic() - began
    return outcome


@contextmanager
def _behaved(outcome: Outcome) -> Iterator[None]:
    try:
        yield
    except (BrokerLost, Refused) as error:
        outcome.must(False, str(error))
    except DeviceEnded:
        outcome.must(False, "the device ended by itself")

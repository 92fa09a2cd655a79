"""Plays the gallery on the copy of the product that stands first on the path, until something does not hold."""

from __future__ import annotations

import sys
from pathlib import Path

import edge
from hardware_sim.timeline.play import play
from hardware_sim.timeline.scenario import read

CAUGHT = 10
"""The exit status where something did not hold."""
SCENARIOS = Path(__file__).parents[2] / "hardware-sim" / "scenarios"


def main() -> int:
    """The last line of the output names the scenario and what did not hold. Returns CAUGHT where something did not."""
    copy, hint, *only = sys.argv[1:]
    if not Path(edge.__file__).is_relative_to(copy):
        raise SystemExit(f"the product at hand is {edge.__file__}, not the copy in {copy}")
    scenarios = sorted((read(path) for path in SCENARIOS.glob("*.toml")), key=lambda one: (one.name != hint, one.lasts))
    for scenario in scenarios[:1] if only else scenarios:
        outcome = play(scenario, keep=False)
        if not outcome.held:
            first = outcome.breaches[0]
            print(f"{scenario.name}\t{first.what}: {first.sentence}")
            return CAUGHT
    return 0


if __name__ == "__main__":
    sys.exit(main())

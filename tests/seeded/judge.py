"""Plays the gallery on the copy of the product that stands first on the path, until something does not hold."""

from __future__ import annotations

from pathlib import Path

import edge
from hardware_sim.timeline.play import play
from hardware_sim.timeline.scenario import read

SCENARIOS = Path(__file__).parents[2] / "hardware-sim" / "scenarios"


def judged(copy: Path, hint: str, *, hinted: bool) -> tuple[str, str]:
    """The scenario that does not hold on the copy, and what of it; two empty words where all of them hold.

    Raises RuntimeError where the product at hand is not the copy.
    """
    if not Path(str(edge.__file__)).is_relative_to(copy):
        raise RuntimeError(f"the product at hand is {edge.__file__}, not the copy in {copy}")
    scenarios = sorted((read(path) for path in SCENARIOS.glob("*.toml")), key=lambda one: (one.name != hint, one.lasts))
    for scenario in scenarios[:1] if hinted else scenarios:
        outcome = play(scenario, keep=False)
        if not outcome.held:
            first = outcome.breaches[0]
            return scenario.name, f"{first.what}: {first.sentence}"
    return "", ""

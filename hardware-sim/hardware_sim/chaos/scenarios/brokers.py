"""The broker is killed while hits flow, and started again: as Debian configures it, and as this project does."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Final

from hardware_sim.chaos.outcome import Outcome
from hardware_sim.chaos.rig import Rig
from hardware_sim.chaos.scenarios.paths import RETURN
from hardware_sim.chaos.scenarios.staging import Scenario

KILLS: Final = 5


def scenarios() -> Iterable[Scenario]:
    """With either persistence."""
    what = f"broker killed {KILLS} times and started again"
    return [
        Scenario("broker", f"{what}, saving every half hour", _play, durable=False),
        Scenario("durable", f"{what}, saving every change", _play),
    ]


def _play(bench: Rig, outcome: Outcome, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    for _ in range(KILLS):
        bench.listen(rng.uniform(0.2, 1.5))
        bench.bench.broker.kill()
        bench.listen(rng.uniform(0.2, 2.0))
        bench.bench.broker.start()
        bench.hits(2, RETURN)

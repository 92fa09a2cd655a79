"""``make chaos``: every scenario, then the kills, then the table. Ends non-zero where a promise was broken."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Final

from edge.domain.errors import LamppostError
from hardware_sim.chaos import kills
from hardware_sim.chaos.outcome import Outcome
from hardware_sim.chaos.scenarios import brokers, certificates, disks, paths, times
from hardware_sim.chaos.scenarios.staging import Scenario, play
from hardware_sim.chaos.table import as_text

LANES: Final = 4
"""Scenarios at a time: they mostly wait."""


def scenarios(*, wait: bool) -> list[Scenario]:
    """All of them, those that take longest first."""
    found = [
        *times.scenarios(wait=wait), *certificates.scenarios(), *brokers.scenarios(), *paths.scenarios(),
        *disks.scenarios(),
    ]  # fmt: skip
    return [one for one in found if not one.mounts or os.geteuid() == 0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, and say by the exit status whether every promise was kept."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=1000, help="of the daemon, at seeded points")
    parser.add_argument("--only", help="one scenario by its name, or 'kill'")
    parser.add_argument("--wait", action="store_true", help="really wait ten minutes where the quick run skips them")
    options = parser.parse_args(arguments)
    wanted = [one for one in scenarios(wait=options.wait) if options.only in (None, one.name)]
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="lamppost-chaos-") as folder:
            outcomes = _play(wanted, Path(folder), options.seed, options.wait)
            if options.kills and options.only in (None, "kill"):
                outcomes.append(kills.run(Path(folder) / "kill", options.seed, options.kills))
                _say(outcomes[-1])
    except LamppostError as error:
        print(f"chaos: {error}", file=sys.stderr)
        return 1
    if not outcomes:
        parser.error(f"there is no scenario {options.only}")
    print(f"\n{as_text(outcomes)}\nseed {options.seed}, {time.monotonic() - began:.0f} s", flush=True)
    if os.geteuid() != 0:
        print("not run: disk-full, which mounts a small file system and needs root for it")
    return status(outcomes)


def status(outcomes: Sequence[Outcome]) -> int:
    """0 only where every promise was kept, and there was something to keep in each scenario."""
    return 1 if any(one.broken or not one.totals.committed for one in outcomes) else 0


def _play(wanted: Sequence[Scenario], folder: Path, seed: int, wait: bool) -> list[Outcome]:
    found: dict[str, Outcome] = {}
    with ProcessPoolExecutor(LANES, multiprocessing.get_context("spawn")) as pool:
        # By name: what a scenario does is not handed over, it is looked up there.
        ran = [pool.submit(_one, one.name, folder / one.name, seed + n, wait) for n, one in enumerate(wanted)]
        for one in as_completed(ran):
            outcome = one.result()
            found[outcome.name] = outcome
            _say(outcome)
    return [found[one.name] for one in wanted]


def _one(name: str, folder: Path, seed: int, wait: bool) -> Outcome:
    scenario = next(one for one in scenarios(wait=wait) if one.name == name)
    return play(scenario, folder, seed)


def _say(outcome: Outcome) -> None:
    print(f"{outcome.name:12} {'BROKEN' if outcome.broken else 'kept':7} {outcome.seconds:6.1f} s", flush=True)

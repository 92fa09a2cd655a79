"""A folder of scenarios, played one after the other or beside each other: a table, and whether all of it held."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from edge.domain.errors import LamppostError, Misconfigured
from hardware_sim.timeline.play import Breach, play
from hardware_sim.timeline.scenario import read


@dataclass(frozen=True, slots=True)
class Played:
    """One of them, as the table tells it."""

    name: str
    held: bool
    breaches: tuple[Breach, ...]
    lasts: float
    took: float
    """Seconds of the processor."""
    leaves: int
    hits: int
    faults: int


def files(folder: Path) -> list[Path]:
    """The scenarios of a folder. Raises Misconfigured where there is none."""
    found = sorted(folder.glob("*.toml"))
    if not found:
        raise Misconfigured(f"There is no scenario in {folder}.", "Name a folder of .toml files.")
    return found


def one(path: Path, seed: int | None = None) -> Played:
    """Play one. Raises Misconfigured."""
    outcome = play(read(path, seed))
    record = outcome.story.record
    return Played(
        outcome.scenario.name,
        outcome.held,
        tuple(outcome.breaches),
        outcome.scenario.lasts,
        outcome.took,
        len(record.leaves),
        record.counts["hit-committed"],
        len(outcome.story.survived),
    )


def all_of(paths: Sequence[Path], seed: int | None = None, jobs: int | None = None) -> Iterator[Played]:
    """All of them, in their order."""
    jobs = jobs or max(1, min(len(paths), len(os.sched_getaffinity(0))))
    if jobs == 1:
        yield from (one(path, seed) for path in paths)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(one, paths, [seed] * len(paths))


def run(paths: Sequence[Path], seed: int | None = None, jobs: int | None = None, *, first: bool = False) -> int:
    """Print the table. Returns 0 only where everything held. ``first`` stops at the first that did not."""
    widest = max(len(path.stem) for path in paths)
    print(f"{'scenario':{widest}}  {'':6}  {'lasts':>8}  {'leaves':>6}  {'hits':>4}  {'faults':>6}  {'device-s/s':>10}")
    total = broken = 0
    lasted = took = 0.0
    try:
        for played in all_of(paths, seed, jobs):
            total, broken = total + 1, broken + (not played.held)
            lasted, took = lasted + played.lasts, took + played.took
            word = "held" if played.held else "BROKEN"
            print(
                f"{played.name:{widest}}  {word:6}  {played.lasts:7.0f}s  {played.leaves:6}  {played.hits:4}  "
                f"{played.faults:6}  {played.lasts / max(played.took, 1e-9):10.0f}"
            )
            for breach in played.breaches:
                print(f"    second {breach.second:g}: {breach.what}: {breach.sentence}")
            sys.stdout.flush()
            if broken and first:
                return 1
    except LamppostError:
        raise
    print(
        f"{total - broken} of {total} scenarios held; {lasted:.0f} device-seconds in {took:.1f} s of the processor: "
        f"{lasted / max(took, 1e-9):.0f} device-seconds a second"
    )
    return int(broken > 0)

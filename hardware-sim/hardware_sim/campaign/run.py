"""Many timelines, on every processor: which broke a promise, and the shortest that still does."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from hardware_sim.campaign.draw import timeline
from hardware_sim.campaign.shrink import shrunk, written
from hardware_sim.timeline.play import play
from hardware_sim.timeline.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Tried:
    """One timeline."""

    seed: int
    broke: tuple[str, ...]
    sentence: str
    lasts: float
    leaves: int
    hits: int
    faults: tuple[str, ...]


def tried(seed: int) -> Tried:
    """Play the timeline of a seed."""
    scenario = timeline(seed)
    outcome = play(scenario, keep=False, lenient=True)
    broke = tuple(dict.fromkeys(one.what for one in outcome.breaches))
    sentence = outcome.breaches[0].sentence if outcome.breaches else ""
    record = outcome.story.record
    return Tried(
        seed, broke, sentence, scenario.lasts, len(record.leaves), record.counts["hit-committed"],
        tuple(outcome.story.survived),
    )  # fmt: skip


def all_of(first: int, count: int, jobs: int) -> Iterator[Tried]:
    """All of them, in the order of their seeds."""
    seeds = range(first, first + count)
    if jobs == 1:
        yield from map(tried, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(tried, seeds, chunksize=4)


def shortest(seed: int, promise: str) -> Scenario:
    """The shortest timeline that was found to break the same promise as a seed's."""

    def breaks(candidate: Scenario) -> bool:
        return any(one.what == promise for one in play(candidate, keep=False, lenient=True).breaches)

    return shrunk(timeline(seed), breaks)


def run(first: int, count: int, folder: Path, jobs: int | None = None) -> int:
    """Print every seed that broke a promise, and write the shortest timeline. Returns 0 where none did."""
    begun = time.monotonic()
    faults: Counter[str] = Counter()
    failed: list[Tried] = []
    lasted = leaves = hits = done = 0.0
    for one in all_of(first, count, jobs or len(os.sched_getaffinity(0))):
        done += 1
        lasted, leaves, hits = lasted + one.lasts, leaves + one.leaves, hits + one.hits
        faults.update(one.faults)
        if one.broke:
            failed.append(one)
            print(f"seed {one.seed}: {', '.join(one.broke)}: {one.sentence}", flush=True)
        if done % 100 == 0:
            print(
                f"{done:.0f} timelines, {len(failed)} broken, {time.monotonic() - begun:.0f} s",
                file=sys.stderr,
                flush=True,
            )
    seen: set[str] = set()
    for one in failed:
        if one.broke[0] in seen:
            continue
        seen.add(one.broke[0])
        found = shortest(one.seed, one.broke[0])
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{found.name}.toml"
        path.write_text(written(found))
        print(f"shortest for {one.broke[0]}: {len(found.rows)} rows, {found.lasts:g} s: {path}", flush=True)
    print(
        f"{count} timelines, seeds {first} to {first + count - 1}: {lasted:.0f} device-seconds, {leaves:.0f} leaves, "
        f"{hits:.0f} hits, {faults.total()} faults of {len(faults)} kinds in {time.monotonic() - begun:.0f} s; "
        f"{len(failed)} broke a promise"
    )
    return int(bool(failed))

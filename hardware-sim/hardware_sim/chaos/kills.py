"""The daemon is killed at seeded points while hits flow, started again, and killed again."""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from edge.control_room.desk import Refused
from edge.domain.errors import BrokerLost
from hardware_sim.chaos.console import DeviceEnded
from hardware_sim.chaos.examine import judged, left
from hardware_sim.chaos.ledger import Broken, Promise, Totals
from hardware_sim.chaos.outcome import Outcome
from hardware_sim.chaos.points import Point, Reached, schedule
from hardware_sim.chaos.rig import Rig, rig
from hardware_sim.chaos.street import BUSY

SEASON: Final = 50
"""Kills of one device at most. Then another begins, so that its journal, which every start reads, stays a day's."""
LANES: Final = 3
"""Devices at a time, each with a broker and a control room of its own: a life mostly waits for the next frame."""
LONGEST: Final = 10.0
"""Seconds that a life may take to its first hit. Then it is killed where it stands."""
FLOWING: Final = 3.0
"""Seconds of hits in which a life may reach its point. Likewise."""
AGAIN: Final = 3
"""Old orders that are sent again to every new life, at most."""
COUNTED: Final = 2.0
"""Seconds of hits in the life that is counted."""


@dataclass(slots=True)
class Season:
    """How the lives of one device ended, and what was found."""

    at_point: int = 0
    by_clock: int = 0
    unreached: int = 0
    flowing: int = 0
    """While hits flowed, or were on their way."""
    judged: int = 0
    totals: Totals = field(default_factory=Totals)
    broken: list[Broken] = field(default_factory=list)


def run(folder: Path, seed: int, number: int) -> Outcome:
    """Kill it so many times. Every death is judged, and the end of every season."""
    outcome, began = Outcome("kill", f"daemon killed {number:,} times while hits flow"), time.monotonic()
    census = _census(folder / "census", seed)
    points = schedule(census, number, seed)
    size = min(SEASON, -(-number // LANES))
    parts = [points[start : start + size] for start in range(0, number, size)]
    with ProcessPoolExecutor(LANES, multiprocessing.get_context("spawn")) as pool:
        ran = [pool.submit(_season, folder / f"season-{n}", seed + n, part) for n, part in enumerate(parts)]
        seasons = [one.result() for one in ran]
    for one in seasons:
        outcome.add(one.totals)
        outcome.broken += one.broken
    outcome.notes += [
        f"{sum(s.at_point for s in seasons)} before a statement, {sum(s.by_clock for s in seasons)} at a moment of the "
        f"clock, {sum(s.unreached for s in seasons)} that had not come by their statement after "
        f"{FLOWING:.0f} s of hits and were killed where they stood",
        f"{sum(s.flowing for s in seasons)} while hits flowed; {len(census):,} statements were candidates; "
        f"{sum(s.judged for s in seasons):,} judgements",
    ]
    outcome.must(sum(s.judged for s in seasons) == number + len(parts), "a death was not judged")
    outcome.seconds = time.monotonic() - began
    return outcome


def _census(folder: Path, seed: int) -> list[Reached]:
    """Which statements a life with a hard end before it reaches, and how often."""
    with rig(folder, seed, pace=BUSY) as bench:
        bench.looks()
        bench.hits(3)
        bench.kill()
        bench.begin(census=True)
        bench.heard()
        bench.console.replay(AGAIN)
        bench.deploy()
        bench.hits(1)
        bench.listen(COUNTED)
        bench.ends()
        return msgspec.json.decode(bench.census.read_bytes(), type=list[Reached])


def _season(folder: Path, seed: int, points: Sequence[Point]) -> Season:
    rng, season = random.Random(seed), Season()  # noqa: S311
    with rig(folder, seed, pace=BUSY) as bench:
        for number, point in enumerate(points):
            _life(bench, point, rng, season)
            _judge(bench, season, f"{folder.name}, kill {number} ({point}): ")
        # The last life has time, so that everything that was committed arrives.
        bench.up()
        bench.console.replay(AGAIN)
        try:
            bench.drained()
            bench.ends()
        except (BrokerLost, DeviceEnded) as error:
            season.broken.append(Broken(Promise.KEPT, f"{folder.name}, last life: {error or 'it ended by itself'}"))
            bench.kill()
        _judge(bench, season, f"{folder.name}, at the end: ", drained=True)
    return season


def _judge(bench: Rig, season: Season, when: str, *, drained: bool = False) -> None:
    broken, season.totals = judged(left(bench, drained=drained))
    season.broken += [Broken(one.promise, when + one.what) for one in broken]
    season.judged += 1


def _life(bench: Rig, point: Point, rng: random.Random, season: Season) -> None:
    """From birth to death. Whatever is under way when it comes is cut off."""
    before, until = bench.taken(), time.monotonic() + LONGEST
    bench.begin(point if point.file else None)
    with contextlib.suppress(DeviceEnded, BrokerLost, Refused):
        bench.heard(LONGEST)
        bench.console.replay(rng.randint(0, AGAIN))
        bench.deploy()
        bench.hits(1, LONGEST)
        until = time.monotonic() + (FLOWING if point.file else point.seconds)
        while (rest := until - time.monotonic()) > 0:
            bench.listen(min(rest, 0.02))
            if rng.random() < 0.02:
                bench.console.replay(1)
    season.flowing += bench.taken() > before or (bool(point.file) and point.flows and not bench.nursery.alive())
    season.at_point += not bench.nursery.alive()
    if bench.nursery.alive():
        season.by_clock += not point.file
        season.unreached += bool(point.file)
        bench.kill()

"""Thirty days of on and off: two deployments and a fault a day, and every promise each day."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from hardware_sim.timeline.play import Player
from hardware_sim.timeline.samples import Sample
from hardware_sim.timeline.scenario import Row, Scenario, Set

DAY: Final = 86_400.0
HOURS: Final = (9.0, 18.0)
"""When a deployment begins, each day."""
LASTS: Final = 600.0
"""Seconds of each."""
FAULTS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("camera-unplugged", {}), ("link-away", {}), ("process-killed", {}), ("card-slow", {"milliseconds": 10.0}),
    ("lens", {"what": "cap"}), ("broker-says-twice", {}), ("power-cut", {"off": 20.0}), ("hot", {}),
    ("broker-loses", {"share": 0.2}), ("camera-frozen", {}),
)  # fmt: skip
"""One a day, under way of the morning's deployment; the next ten days again."""
LEAVES: Final = 400
"""A day's leaves, at most."""
DISK: Final = 1024 * 1024
"""A day's growth of the device's files, at most."""
MEMORY: Final = 64 * 1024 * 1024
"""What the process may have grown by, from the third day on."""
FILES: Final = 4


@dataclass(frozen=True, slots=True)
class Day:
    """At a day's end."""

    number: int
    at: Sample
    hits: int
    broken: int


def run(days: int, seed: int) -> int:
    """Live them, and print a line a day. Returns 0 where every promise held and nothing grew beyond its bound."""
    scenario = Scenario("endurance", "thirty days of on and off", seed, days * DAY, Set(power=True, lamp=True), ())
    begun, past = time.process_time(), []
    with tempfile.TemporaryDirectory(prefix="lamppost-endurance-") as folder:
        player = Player(scenario, Path(folder), keep=False, lenient=True)
        for number in range(1, days + 1):
            past.append(_lived(player, number))
            took = time.process_time() - begun
            print(f"{_line(past[-1])}; {number * DAY / took:.0f} device-seconds a second", flush=True)
        player.story.stand.close()
    for breach in player.outcome.breaches:
        print(f"day {1 + breach.second // DAY:.0f}: {breach.what}: {breach.sentence}")
    wrong = growth(past)
    for sentence in wrong:
        print(f"grew: {sentence}")
    print(
        f"{days} days in {time.process_time() - begun:.0f} s of the processor; {len(player.outcome.breaches)} breaches"
    )
    return int(bool(player.outcome.breaches or wrong))


def growth(days: list[Day]) -> list[str]:
    """What has grown beyond its bound."""
    found = []
    for before, after in pairwise(days):
        if after.at.leaves - before.at.leaves > LEAVES:
            found.append(f"day {after.number} has {after.at.leaves - before.at.leaves} leaves")
        if after.at.disk - before.at.disk > DISK:
            found.append(f"day {after.number} took {(after.at.disk - before.at.disk) / 2**20:.1f} MiB of the disk")
    if len(days) > 3:
        settled, last = days[2].at, days[-1].at
        if last.memory - settled.memory > MEMORY:
            found.append(f"memory: {settled.memory / 2**20:.0f} to {last.memory / 2**20:.0f} MiB")
        if last.files - settled.files > FILES or last.threads > settled.threads:
            found.append(f"files {settled.files} to {last.files}, threads {settled.threads} to {last.threads}")
    return found


def _lived(player: Player, number: int) -> Day:
    begin = (number - 1) * DAY
    for hour in HOURS:
        _deployed(player, begin + hour * 3600, FAULTS[number % len(FAULTS)] if hour == HOURS[0] else None)
    player.until(timedelta(seconds=begin + DAY))
    player.judge()
    record = player.story.record
    counts = record.counts["hit-committed"]
    record.leaves.clear()
    player.story.deployments[:-4] = []
    player.story.accepted[:-4] = []
    player.story.stand.truth.passages[:-8] = []
    player.story.stand.truth.forget()
    player.story.stand.desk.seen.hits.clear()
    return Day(number, player.samples.now(), counts, len(player.outcome.breaches))


def _deployed(player: Player, second: float, broken: tuple[str, dict[str, Any]] | None) -> None:
    def at(after: float, row: Row) -> None:
        player.until(timedelta(seconds=second + after))
        player.row(row)

    at(0, Row(0, do="deploy", facts={"people": [7, 8]}))
    at(5, Row(0, do="officer", facts={"on_scene": True}))
    at(30, Row(0, do="walk", facts={"person": 7}))
    at(60, Row(0, do="crowd", facts={"first": 100, "people": 6}))
    if broken is not None:
        at(120, Row(0, fault=broken[0], facts=dict(broken[1]), lasts=None if broken[0] in _OVER else 60.0))
    at(240, Row(0, do="walk", facts={"person": 8}))
    at(300, Row(0, do="review-all"))
    at(LASTS - 20, Row(0, do="officer", facts={"on_scene": False}))
    at(LASTS, Row(0, do="stop"))


_OVER: Final = frozenset({"process-killed", "power-cut"})


def _line(day: Day) -> str:
    at = day.at
    return (
        f"day {day.number:2}: {at.leaves} leaves, {day.hits} hits, disk {at.disk / 2**20:.1f} MiB, "
        f"memory {at.memory / 2**20:.0f} MiB, files {at.files}, threads {at.threads}, {day.broken} breaches"
    )

"""The real daemon on a disk that is cut: while it starts, while its list is loaded, and while it looks and hits flow.

The rig, the lives, the ledger and the examination are those of the chaos suite; only the disk beneath differs, so that
a death also loses what had been written and not yet forced to it.
"""

from __future__ import annotations

import contextlib
import mmap
import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from edge.control_room.desk import Refused
from edge.domain.condition import Condition
from edge.domain.errors import BrokerLost
from hardware_sim.bench import Bench
from hardware_sim.chaos.console import DeviceEnded
from hardware_sim.chaos.examine import judged, left
from hardware_sim.chaos.ledger import Broken, Promise, Totals
from hardware_sim.chaos.outcome import Outcome
from hardware_sim.chaos.rig import Rig, rig
from hardware_sim.chaos.street import BUSY, PEOPLE
from hardware_sim.powercut.disk import CutDisk, Fell
from hardware_sim.scripted import features_of

MEGABYTES: Final = 128
"""More than any amount of room below which a device may say that its disk is low."""
PHASES: Final = ("start", "list", "looking")
LONGEST: Final = 10.0
"""Seconds that a life may take to reach its phase, and to be cut in it. Then the power fails where it stands."""
COUNTED: Final = 1.5
"""Seconds of hits in the life whose writes are counted."""
SEASON: Final = 40
"""Cuts of one device at most."""
LANES: Final = 2


@dataclass(slots=True)
class Season:
    """How one device fared."""

    judged: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    totals: Totals = field(default_factory=Totals)
    broken: list[Broken] = field(default_factory=list)


class Power:
    """Kills a life as soon as its disk has failed, and takes the disk away."""

    def __init__(self, disk: CutDisk, pid: int) -> None:
        self._disk, self._pid = disk, pid
        self._over = threading.Event()
        self.fell: Fell | None = None
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while self.fell is None and not self._over.is_set():
            self.fell = self._disk.failed(0.02)
        if self.fell is not None:
            self._end()

    def off(self, seed: int) -> Fell:
        """Wait no longer: if it has not failed, it does now."""
        self._over.set()
        self._thread.join()
        if self.fell is None:
            self.fell = self._disk.failed() or self._disk.cut(seed)
            self._end()
        return self.fell

    def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        self._disk.gone()


def run(folder: Path, seed: int, number: int) -> Outcome:
    """Cut it so many times. Every cut is judged, and the end of every season."""
    outcome, began = Outcome("deployment", f"{number} cuts while it starts, loads its list and looks"), time.monotonic()
    size = min(SEASON, -(-number // LANES))
    parts = [min(size, number - start) for start in range(0, number, size)]
    with ProcessPoolExecutor(LANES, multiprocessing.get_context("spawn")) as pool:
        ran = [pool.submit(_season, folder / f"season-{n}", seed + n, part) for n, part in enumerate(parts)]
        seasons = [one.result() for one in ran]
    fates: Counter[str] = Counter()
    for one in seasons:
        outcome.add(one.totals)
        outcome.broken += one.broken
        fates.update(one.fates)
    outcome.notes.append(", ".join(f"{count:,} {what}" for what, count in sorted(fates.items())))
    outcome.must(sum(one.judged for one in seasons) == number + len(parts), "a cut was not judged")
    outcome.must(fates["searches that found the sealed list"] > 0, "no search of the disk found even the sealed list")
    outcome.must(outcome.totals.committed > 0, "no hit was ever committed")
    outcome.seconds = time.monotonic() - began
    return outcome


@contextlib.contextmanager
def _bench(folder: Path, seed: int) -> Iterator[tuple[Rig, CutDisk]]:
    """A rig whose device keeps its state on a disk that may be cut."""
    disks: list[CutDisk] = []

    def plug_in(bench: Bench) -> None:
        disks.append(CutDisk(folder / "disk", bench.state, megabytes=MEGABYTES))
        disks[0].mount()

    try:
        with rig(folder, seed, pace=BUSY, prepare=plug_in, clear=lambda _: disks[0].close()) as bench:
            yield bench, disks[0]
    finally:
        for disk in disks:
            disk.close()


def _season(folder: Path, seed: int, number: int) -> Season:
    chance, season = Random(seed), Season()  # noqa: S311
    with _bench(folder, seed) as (bench, disk):
        steps = _counted(bench, disk)
        for cut in range(number):
            phase = PHASES[cut % len(PHASES)]
            when = f"{folder.name}, cut {cut} ({phase}): "
            fell = _life(bench, disk, phase, steps[phase], chance, season, when)
            season.fates.update({"writes kept": fell.kept, "writes lost": fell.lost, "writes torn": fell.torn})
            disk.mount()
            _judge(bench, season, when)
            _search(bench, disk, season, when)
        _last(bench, season, f"{folder.name}, at the end: ")
    return season


def _counted(bench: Rig, disk: CutDisk) -> dict[str, int]:
    """A life in good order: how often each phase writes or flushes."""
    at = [disk.count()]
    bench.up()
    at.append(disk.count())
    bench.deploy()
    bench.hits(1)
    at.append(disk.count())
    bench.listen(COUNTED)
    at.append(disk.count())
    bench.ends()
    return {phase: at[n + 1] - at[n] for n, phase in enumerate(PHASES)}


def _life(
    bench: Rig, disk: CutDisk, phase: str, steps: int, chance: Random, season: Season, when: str
) -> Fell:  # fmt: skip
    """From birth to the cut, somewhere in a phase."""
    seed, at = chance.randrange(2**32), chance.randint(1, max(1, steps))
    if phase == "start":
        disk.fail_after(seed, at)
    bench.begin()
    assert bench.nursery.pid is not None
    power = Power(disk, bench.nursery.pid)
    with contextlib.suppress(DeviceEnded, BrokerLost, Refused):
        bench.heard(LONGEST)
        _looks_at_nobody(bench, season, when)
        if phase == "list":
            disk.fail_after(seed, at)
        bench.deploy()
        bench.hits(1, LONGEST)
        if phase == "looking":
            disk.fail_after(seed, at)
        bench.until(lambda: False, "cut", LONGEST)
    season.fates[f"{phase}: {'at a write' if power.fell is not None else 'by the clock'}"] += 1
    fell = power.off(seed)
    bench.kill()
    return fell


def _looks_at_nobody(bench: Rig, season: Season, when: str) -> None:
    """The list that the life before had is gone with it: whoever wants it looked for brings it again."""
    state = bench.console.desk.seen.state
    if state is not None and state.condition is Condition.ACTIVE:
        season.broken.append(Broken(Promise.PERMITTED, f"{when}it looks right after it came up"))


def _judge(bench: Rig, season: Season, when: str, *, drained: bool = False) -> None:
    broken, season.totals = judged(left(bench, drained=drained))
    season.broken += [Broken(one.promise, when + one.what) for one in broken]
    season.judged += 1


def _search(bench: Rig, disk: CutDisk, season: Season, when: str) -> None:
    """Every block of the disk: no listed person's features, and no key that would open the list."""
    sealed = bench.sealed
    wanted = {f"features of person {one}": features_of(one).tobytes()[64:96] for one in range(1, PEOPLE + 1)}
    wanted["the key of the list"] = sealed.key
    with disk.image.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as blocks:
        found = [name for name, raw in wanted.items() if blocks.find(raw) >= 0]
        season.fates["searches that found the sealed list"] += blocks.find(sealed.file[64:96]) >= 0
    season.fates["searches of the disk"] += 1
    if found:
        season.broken.append(Broken(Promise.PERMITTED, f"{when}the disk holds {', '.join(found)}"))


def _last(bench: Rig, season: Season, when: str) -> None:
    """The last life has time, so that everything that was committed arrives."""
    try:
        bench.up()
        bench.drained()
        bench.ends()
    except (BrokerLost, DeviceEnded) as error:
        season.broken.append(Broken(Promise.KEPT, f"{when}{error or 'it ended by itself'}"))
        bench.kill()
    _judge(bench, season, when, drained=True)

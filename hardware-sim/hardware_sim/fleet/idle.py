"""What an idle device costs: one real daemon process, connected, with nothing in force, for a minute or more.

Processor time is the kernel's count, so that a machine which is busy with other things changes little about it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from edge.domain.errors import BrokerLost
from edge.wire.signed import canonical
from hardware_sim.bench import Bench
from hardware_sim.fleet import cost
from hardware_sim.made_up import CALIBRATION

LIMIT: Final = 0.01
"""Of a core."""
SETTLED: Final = 5.0
"""Seconds from its first state on that belong to the start, where nobody says."""
PATIENCE: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """The figures."""

    seconds: float
    share: float
    """Of one core."""
    wakes_per_second: float
    """How often a thread of it gave the processor up to wait."""
    threads: dict[str, float]
    """Each thread's share, by its number in the order of their birth."""
    rss_mb: float

    def broken(self) -> list[str]:
        """The promise, where it is broken."""
        return [] if self.share <= LIMIT else [f"an idle device takes {self.share:.2%} of a core, not {LIMIT:.0%}"]

    def as_json(self) -> str:
        """For a machine."""
        return json.dumps({**asdict(self), "broken": self.broken()}, indent=2)

    def as_text(self) -> str:
        """For a person."""
        each = "  ".join(f"{share:.2%}" for share in self.threads.values())
        return (
            f"idle device, {self.seconds:.0f} s: {self.share:.2%} of a core (threads {each}), "
            f"{self.wakes_per_second:.1f} wakes a second, {self.rss_mb:.0f} MB"
        )


def run(seconds: float, settled: float = SETTLED) -> Idle:
    """Start broker and daemon, wait until it is at rest, and count. Raises BrokerLost where it does not come up."""
    with tempfile.TemporaryDirectory(prefix="lamppost-idle-") as name:
        folder = Path(name)
        (folder / "table.json").write_bytes(canonical(CALIBRATION))
        bench = Bench.make(folder / "bench", models=folder, calibration=folder / "table.json")
        bench.broker.start()
        log = (folder / "device.log").open("wb")
        device = subprocess.Popen([sys.executable, "-m", "hardware_sim.fleet.lone", str(bench.config)], stderr=log)
        try:
            _until_at_rest(bench, settled)
            return _watched(device.pid, seconds)
        except BrokerLost as error:
            raise BrokerLost(f"{error.what} {(folder / 'device.log').read_text()[-500:]}", error.remedy) from error
        finally:
            device.terminate()
            device.wait(20)
            log.close()
            bench.broker.stop()


def _until_at_rest(bench: Bench, settled: float) -> None:
    """Nobody listens while it is measured: a control room is no part of it."""
    desk, link = bench.desk("idle", lambda _: None, reading=False)
    link.connect()
    desk.until(lambda: desk.seen.state is not None, PATIENCE, "state of the device")
    link.close()
    time.sleep(settled)


def _watched(process: int, seconds: float) -> Idle:
    began, before, threads, wakes = time.monotonic(), cost.of(process), cost.threads(process), cost.wakes(process)
    time.sleep(seconds)
    took, after = time.monotonic() - began, cost.of(process)
    spent = {thread: seconds - threads.get(thread, 0.0) for thread, seconds in cost.threads(process).items()}
    return Idle(
        seconds=round(took, 1),
        share=round((after.seconds - before.seconds) / took, 5),
        wakes_per_second=round((cost.wakes(process) - wakes) / took, 1),
        threads={str(number): round(spent[thread] / took, 5) for number, thread in enumerate(sorted(spent))},
        rss_mb=round(after.rss_mb, 1),
    )

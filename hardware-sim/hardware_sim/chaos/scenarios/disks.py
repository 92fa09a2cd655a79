"""The disk is full while hits flow, and has room again: the journal cannot be written, so nothing may be looked at."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterable
from typing import Final

from edge.domain.condition import Condition
from hardware_sim.bench import Bench
from hardware_sim.chaos import evidence
from hardware_sim.chaos.outcome import Outcome
from hardware_sim.chaos.rig import Rig
from hardware_sim.chaos.scenarios.staging import Scenario

SIZE: Final = "96m"
"""More than any amount of room below which a device may say that its disk is low."""
FILLING: Final = "filling"
STAYS: Final = 3.0


def scenarios() -> Iterable[Scenario]:
    """One."""
    return [
        Scenario(
            "disk-full",
            "disk full, then room again",
            _play,
            prepare=_mount,
            clear=_unmount,
            mounts=True,
        )
    ]


def _mount(bench: Bench) -> None:
    bench.state.mkdir(mode=0o700)
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(bench.state)], check=True)


def _unmount(bench: Bench) -> None:
    """Give the small file system back."""
    subprocess.run(["/bin/umount", str(bench.state)], check=False, capture_output=True)


def _play(bench: Rig, outcome: Outcome, seed: int) -> None:
    _fill(bench)
    bench.until(lambda: not bench.is_(Condition.ACTIVE)(), "word that the disk is full")
    outcome.notes.append(f"on the full disk it was {_says(bench)}")
    bench.listen(1)
    before = _frames(bench)
    bench.listen(STAYS)
    outcome.must(_frames(bench) == before, "the camera went on though nothing can be recorded")
    outcome.must(bench.nursery.alive(), "the device did not stay up")
    (bench.bench.state / FILLING).unlink()
    bench.listen(STAYS)
    outcome.notes.append(f"with room again and without a restart it was {_says(bench)}")
    if not bench.is_(Condition.ACTIVE)():
        bench.kill()
        bench.looks()
    bench.hits(3)


def _fill(bench: Rig) -> None:
    """To the last block."""
    filling = os.open(bench.bench.state / FILLING, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for size in (1 << 20, 4096, 512, 1):
            while True:
                os.write(filling, b"\xff" * size)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
    finally:
        os.close(filling)


def _frames(bench: Rig) -> int:
    return sum(mark.what == "frame" for mark in evidence.marks(bench.marks.read_text()))


def _says(bench: Rig) -> str:
    state = bench.console.desk.seen.state
    return "silent" if state is None else f"{state.condition.value} ({', '.join(state.reasons) or 'nothing amiss'})"

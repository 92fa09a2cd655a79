"""Plants every seeded fault in a copy of the product, and plays the gallery on it: ``python -m tests.seeded``.

A fault is caught where a scenario, or a promise in one, does not hold any more. What caught it before comes
first, so that most are found in seconds. A copy that cannot even be imported proves nothing, and is an error.
"""

from __future__ import annotations

import argparse
import importlib
import json
import multiprocessing
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.seeded import faults

BAR: Final = 0.95
HEAVY: Final = ("cv2", "numpy", "msgspec", "cryptography.hazmat.primitives.hpke", "paho.mqtt.client", "sqlite3")
"""What takes long to import and is no part of the product: once, before the processes are forked."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one fault."""

    fault: faults.Fault
    by: str
    """The scenario that caught it; empty where none did."""
    how: str


def main() -> int:
    """Plant, play, print. Returns 0 where the bar is kept."""
    parser = argparse.ArgumentParser(prog="tests.seeded")
    parser.add_argument("--only", help="faults whose names hold this")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--memory", type=Path, default=faults.ROOT / "out" / "seeded.json")
    parser.add_argument("--hinted", action="store_true", help="play only what caught each fault before")
    options = parser.parse_args()
    caught_by = dict(json.loads(options.memory.read_text())) if options.memory.is_file() else {}
    found = [fault for fault in faults.read() if not options.only or options.only in fault.name]
    tasks = [(fault, caught_by.get(fault.name, ""), options.hinted) for fault in found]
    for name in HEAVY:
        importlib.import_module(name)
    verdicts = []
    # A process for each: what it has imported of one copy must not be there for the next.
    with multiprocessing.get_context("fork").Pool(options.jobs, maxtasksperchild=1) as pool:
        for verdict in pool.imap_unordered(_tried, tasks):
            verdicts.append(verdict)
            word = f"caught by {verdict.by}: {verdict.how}" if verdict.by else "NOT CAUGHT"
            print(f"{verdict.fault.name} (row {verdict.fault.row}): {word}"[:230], flush=True)
    options.memory.parent.mkdir(parents=True, exist_ok=True)
    options.memory.write_text(json.dumps(caught_by | {one.fault.name: one.by for one in verdicts if one.by}, indent=1))
    caught = sum(bool(one.by) for one in verdicts)
    print(f"{caught} of {len(verdicts)} seeded faults were caught: {caught / len(verdicts):.1%}")
    for one in verdicts:
        if not one.by:
            print(f"  not caught: {one.fault.name} (row {one.fault.row}): {one.fault.does}")
    return int(caught < BAR * len(verdicts))


def _tried(task: tuple[faults.Fault, str, bool]) -> Verdict:
    fault, hint, hinted = task
    if any(name == "edge" or name.startswith("edge.") for name in sys.modules):
        raise RuntimeError("the product was imported before its copy was made")
    with tempfile.TemporaryDirectory(prefix="lamppost-seeded-") as folder:
        faults.plant(fault, Path(folder))
        sys.path[:] = [folder, str(faults.ROOT / "hardware-sim"), *sys.path]
        judge = importlib.import_module("tests.seeded.judge")
        by, how = judge.judged(Path(folder), hint, hinted=hinted)
    return Verdict(fault, by, how)


if __name__ == "__main__":
    sys.exit(main())

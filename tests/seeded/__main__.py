"""Plants every seeded fault in a copy of the product, and plays the gallery on it: ``python -m tests.seeded``.

A fault is caught where a scenario, or a promise in one, does not hold any more. The scenarios that caught something
before come first, so that most faults are found in seconds. A copy that cannot even be imported proves nothing, and is
an error.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.seeded import faults
from tests.seeded.judge import CAUGHT

PATHS: Final = (str(faults.ROOT), str(faults.ROOT / "hardware-sim"))
"""Behind the copy: what plays on it."""
BAR: Final = 0.95
PATIENCE: Final = 1800.0


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
    found = [fault for fault in faults.read() if not options.only or options.only in fault.name]
    caught_by = _remembered(options.memory)
    with ThreadPoolExecutor(options.jobs) as pool:
        verdicts = []
        for verdict in pool.map(lambda one: _tried(one, caught_by.get(one.name, ""), hinted=options.hinted), found):
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


def _remembered(memory: Path) -> dict[str, str]:
    return dict(json.loads(memory.read_text())) if memory.is_file() else {}


def _tried(fault: faults.Fault, hint: str, *, hinted: bool) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="lamppost-seeded-") as folder:
        faults.plant(fault, Path(folder))
        names = [folder, hint, *(["--hinted"] if hinted else [])]
        ran = subprocess.run(
            [sys.executable, "-P", "-m", "tests.seeded.judge", *names],
            env=os.environ | {"PYTHONPATH": os.pathsep.join([folder, *PATHS])},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    if ran.returncode not in (0, CAUGHT):
        raise RuntimeError(f"{fault.name}: {ran.stderr[-2000:]}")
    last = ran.stdout.strip().splitlines()[-1:] or [""]
    by, _, how = last[0].partition("\t")
    return Verdict(fault, by if ran.returncode else "", how)


if __name__ == "__main__":
    sys.exit(main())

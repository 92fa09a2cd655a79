"""``make fuzz``: a million random and damaged inputs for every reader of outside bytes.

None may raise anything but the errors that its reader documents, take more than a second of processor time, or make
the process grow. An input that does is kept in ``out/fuzz/``.
"""

from __future__ import annotations

import argparse
import atexit
import hashlib
import os
import shutil
import tempfile
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Final

from tests.fuzz.reader import Reader
from tests.fuzz.registry import readers
from tests.fuzz.run import Outcome, feed

KEPT: Final = Path("out/fuzz")


def main() -> int:
    """Run, print a table, and say whether all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="in all")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", help="readers whose names hold this")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        known = [reader for reader in readers(Path(folder)) if options.only is None or options.only in reader.name]
        shares = sum(reader.share for reader in known)
        work = [(reader.name, max(1, -int(-options.inputs * reader.share // shares)), options.seed) for reader in known]
        work.sort(key=lambda item: -item[1])
        with ProcessPoolExecutor(options.processes, max_tasks_per_child=None) as pool:
            outcomes = list(pool.map(_feed, work))
    _report(outcomes, time.monotonic() - began, options.processes)
    return 1 if any(outcome.faults for outcome in outcomes) else 0


@cache
def _known() -> dict[str, Reader]:
    """A process's own readers."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return {reader.name: reader for reader in readers(folder)}


def _feed(item: tuple[str, int, int]) -> Outcome:
    name, number, seed = item
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", ResourceWarning)
    return feed(_known()[name], number, seed)


def _report(outcomes: list[Outcome], seconds: float, processes: int) -> None:
    print(f"{'reader':36}{'inputs':>9}{'accepted':>10}{'inputs/s':>10}{'slowest':>11}{'grown':>9}{'faults':>8}")
    for outcome in sorted(outcomes, key=lambda outcome: outcome.name):
        rate = outcome.inputs / max(outcome.seconds, 1e-9)
        print(
            f"{outcome.name:36}{outcome.inputs:9,}{outcome.accepted:10,}{rate:10,.0f}"
            f"{outcome.slowest * 1e3:8.1f} ms{outcome.grown / 1024:6.0f} KiB{len(outcome.faults):8}"
        )
    total = sum(outcome.inputs for outcome in outcomes)
    worst = max(outcome.slowest for outcome in outcomes)
    faults = sum(len(outcome.faults) for outcome in outcomes)
    print(
        f"{total:,} inputs for {len(outcomes)} readers in {seconds:.0f} s on {processes} processes: "
        f"{total / seconds:,.0f} a second, the slowest {worst * 1e3:.0f} ms, {faults} faults"
    )
    for outcome in outcomes:
        for what, raw in outcome.faults:
            print(f"{outcome.name}: {what}{_kept(outcome.name, raw)}")


def _kept(name: str, raw: bytes) -> str:
    if not raw:
        return ""
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"{name.replace(' ', '-')}-{hashlib.sha256(raw).hexdigest()[:12]}"
    path.write_bytes(raw)
    return f" ({path})"


if __name__ == "__main__":
    raise SystemExit(main())

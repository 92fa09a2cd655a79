"""``python -m tests.fuzz.inbound``: see the package."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from tests.fuzz.inbound import process
from tests.fuzz.inbound.judge import Verdicts
from tests.fuzz.inbound.life import live
from tests.fuzz.inbound.messages import KINDS

LIFE: Final = 10_000
"""Messages of one life."""
MEMORY: Final = Path("/dev/shm")
GROWTH: Final = 32 << 20
"""Bytes by which a process may be larger at its last life than it was when half of them were over."""
ENDS: Final = ("executed", "refused", "counted", "answered again", "without a trace")


def main() -> int:
    """Run, print a table, and say whether all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.inbound", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="in all")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--process", type=int, default=0, help="so many more, for a real process behind a real broker")
    parser.add_argument("--life", type=int, help="this life alone")
    options = parser.parse_args()
    began, verdicts = time.monotonic(), Verdicts()
    lives = list(_lives(options.inputs)) if options.life is None else [(options.life, LIFE)]
    sizes: dict[int, list[int]] = {}
    with ProcessPoolExecutor(options.processes) as pool:
        for worker, resident, one in pool.map(partial(_live, options.seed), lives):
            verdicts.add(one)
            sizes.setdefault(worker, []).append(resident)
    grown = max(last_half(each) for each in sizes.values())
    if grown > GROWTH:
        verdicts.faults.append(f"memory grew by {grown >> 20} MiB in the second half")
    _report(verdicts, grown, max(map(max, sizes.values())), time.monotonic() - began)
    survived = process.main(options.process, options.seed) == 0 if options.process else True
    return 0 if survived and not verdicts.faults else 1


def last_half(sizes: list[int]) -> int:
    """By how much the last is larger than the middle one."""
    return max(0, sizes[-1] - sizes[len(sizes) // 2])


def _lives(inputs: int) -> Iterator[tuple[int, int]]:
    for number, start in enumerate(range(0, inputs, LIFE)):
        yield number, min(LIFE, inputs - start)


def _live(seed: int, life: tuple[int, int]) -> tuple[int, int, Verdicts]:
    verdicts = live(seed, *life, MEMORY if MEMORY.is_dir() else None)
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return os.getpid(), resident, verdicts


def _report(verdicts: Verdicts, grown: int, largest: int, seconds: float) -> None:
    print(f"{'message':16}" + "".join(f"{end:>17}" for end in ENDS))
    for kind in KINDS:
        print(f"{kind:16}" + "".join(f"{verdicts.ended[kind, end]:17,}" for end in ENDS))
    for name, counts in (("executed", verdicts.executed), ("refused", verdicts.reasons), ("counted", verdicts.counted)):
        print(f"{name}: " + ", ".join(f"{what} {count:,}" for what, count in counts.most_common()))
    print(
        f"{verdicts.total:,} messages in {seconds:.0f} s ({verdicts.total / seconds:,.0f} a second), the slowest "
        f"{verdicts.slowest * 1e3:.0f} ms; {verdicts.replies:,} replies, {verdicts.leaves:,} leaves; "
        f"{largest >> 20} MiB at most, {grown / 2**20:.1f} MiB more in the second half; {len(verdicts.faults)} faults"
    )
    for fault in verdicts.faults:
        print(fault)


if __name__ == "__main__":
    raise SystemExit(main())

"""``make powercut``: every activity under power cuts, then the table. Ends non-zero where a promise was broken."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from edge.domain.errors import LamppostError
from hardware_sim.chaos.outcome import Outcome
from hardware_sim.chaos.table import notes, promises
from hardware_sim.powercut import deployments, enrolments, installs, packages

Activity = Callable[[Path, int, int], Outcome]
ACTIVITIES: Final[dict[str, tuple[int, Activity]]] = {
    "provisioning": (2, enrolments.run),
    "update": (1, installs.run),
    "package": (1, packages.run),
    "deployment": (2, deployments.run),
}
"""By name: what share of the cuts it gets, and what makes so many of them. Whatever else writes state belongs here."""


def shares(cuts: int, names: Sequence[str]) -> dict[str, int]:
    """How many cuts each gets; they add up."""
    total, left, found = sum(ACTIVITIES[name][0] for name in names), cuts, {}
    for name in names[1:]:
        found[name] = cuts * ACTIVITIES[name][0] // total
        left -= found[name]
    return {names[0]: left, **found}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, and say by the exit status whether every promise was kept."""
    parser = argparse.ArgumentParser(prog="powercut", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--only", choices=sorted(ACTIVITIES))
    options = parser.parse_args(arguments)
    if os.geteuid() != 0 or not Path("/dev/fuse").exists():
        print("powercut: not run: a disk that can be cut off needs root and /dev/fuse", file=sys.stderr)
        return 1
    began, outcomes = time.monotonic(), []
    names = [options.only] if options.only else list(ACTIVITIES)
    try:
        with tempfile.TemporaryDirectory(prefix="lamppost-powercut-") as folder:
            for name, cuts in shares(options.cuts, names).items():
                outcomes.append(ACTIVITIES[name][1](Path(folder) / name, options.seed, cuts))
                print(
                    f"{name:12} {'BROKEN' if outcomes[-1].broken else 'kept':7} {outcomes[-1].seconds:6.1f} s",
                    flush=True,
                )
    except LamppostError as error:
        print(f"powercut: {error}", file=sys.stderr)
        return 1
    print("\n" + "\n".join([*notes(outcomes), "", *promises(outcomes)]))
    print(f"\n{options.cuts} cuts, seed {options.seed}, {time.monotonic() - began:.0f} s")
    return 1 if any(one.broken for one in outcomes) else 0


if __name__ == "__main__":
    raise SystemExit(main())

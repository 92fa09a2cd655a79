"""A deed in a process of its own, on a disk that fails in the middle of it; and how the next boot is judged."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Final

from edge.domain.errors import LamppostError
from hardware_sim.chaos.ledger import Broken, Promise
from hardware_sim.chaos.outcome import Outcome
from hardware_sim.powercut.disk import PATIENCE, CutDisk

LATE: Final = 24
"""Of the writes and flushes of a deed, those that are taken for its end."""
Wrong = Callable[[bool], str]
"""What is not as before a deed (True), or as after it (False); empty where all is."""


def moment(chance: Random, steps: int) -> int:
    """When to cut. What matters most happens late: every other time when a deed is about to be over, or just is."""
    last = max(1, steps)
    late = chance.randrange(2) == 1
    return chance.randint(max(1, last - LATE) if late else 1, last)


def until_cut(disk: CutDisk, seed: int, at: int, deed: Callable[[], None], fates: Counter[str]) -> bool:
    """Do it, and kill whoever does it when the power has failed; the disk is gone then. True where it was done."""
    disk.fail_after(seed, at)
    child = os.fork()
    if not child:
        status = 1
        try:
            deed()
            status = 0
        finally:
            os._exit(status)
    found, ended, code, deadline = None, 0, 0, time.monotonic() + PATIENCE
    while found is None and not ended and time.monotonic() < deadline:
        found = disk.failed(0.01)
        ended, code = os.waitpid(child, os.WNOHANG)
    if found is None:
        found = disk.failed() or disk.cut(seed)
    if not ended:
        os.kill(child, signal.SIGKILL)
    disk.gone()
    if not ended:
        os.waitpid(child, 0)
    fates.update({"writes kept": found.kept, "writes lost": found.lost, "writes torn": found.torn})
    return bool(ended) and code == 0


def judge(
    wrong: Wrong, again: Callable[[], None], left: Callable[[], str], *, done: bool, outcome: Outcome, when: str,
    fates: Counter[str],
) -> None:  # fmt: skip
    """Old or new, and nothing else; new where it had said so; and whoever comes next finishes it, without a trace."""
    try:
        old, new = wrong(True), wrong(False)
        if done and new:
            outcome.fail([Broken(Promise.KEPT, f"it had said that it was done, and {new}")], when)
        elif old and new:
            outcome.fail([Broken(Promise.BEHAVED, f"neither old ({old}) nor new ({new})")], when)
        fates["new" if not new else "old"] += 1
        if new:
            again()
        found = left()
        if found:
            outcome.fail([Broken(Promise.BEHAVED, f"picked up again, {found}")], when)
    except (LamppostError, OSError, AssertionError) as error:
        outcome.fail([Broken(Promise.BEHAVED, f"it cannot be picked up again: {error!r}")], when)


def told(outcome: Outcome, fates: Counter[str], number: int) -> None:
    """What became of the cuts; each must have been judged, and both states must have been met."""
    outcome.notes.append(", ".join(f"{count:,} {what}" for what, count in sorted(fates.items())))
    outcome.must(fates["old"] > 0 and fates["new"] > 0, "no cut ever left the old state, or none the new")
    outcome.must(fates["old"] + fates["new"] == number, "a cut was not judged")

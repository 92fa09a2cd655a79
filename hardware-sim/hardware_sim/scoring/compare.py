"""Two runs of the same scenario: where the later one is worse, beyond bounds that are stated here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardware_sim.scoring.score import Score, Share

SLOWER: Final = 1.5
"""Times as long to a hit, at the median, and more than half a second longer."""
LATER: Final = 0.5
MORE_MEMORY: Final = 1.25
"""Times the highest memory, file descriptors, threads, disk or leaves."""
LEAST_MEMORY: Final = 16 * 1024 * 1024
HALF: Final = 0.5
"""A speed of less than half is worse: machines differ, and are shared."""


def worse(before: Score, now: Score) -> list[str]:
    """A sentence for everything that is worse. Runs of different scenarios cannot be compared, which is one too."""
    if (before.scenario, before.grade) != (now.scenario, now.grade):
        return [f"{now.scenario} ({now.grade}) is another run than {before.scenario} ({before.grade})"]
    return list(_worse(before, now))


def _worse(before: Score, now: Score) -> Iterator[str]:
    if before.held and not now.held:
        yield "it does not hold any more"
    if before.evidence_verified and not now.evidence_verified:
        yield "its evidence does not verify any more"
    yield from _found_less(before, now)
    yield from _took_more(before, now)
    if now.speed < before.speed * HALF:
        yield f"{now.speed:.0f} device-seconds a second, and {before.speed:.0f} before"


def _found_less(before: Score, now: Score) -> Iterator[str]:
    for name, old, new in (("FNIR", before.fnir, now.fnir), ("FPIR", before.fpir, now.fpir)):
        if _is_higher(old, new):
            yield f"{name} is {new}, and was {old}"
    took, takes = before.to_hit, now.to_hit
    if took is not None and takes is not None and takes > max(took * SLOWER, took + LATER):
        yield f"a hit takes {takes:.1f} s, and took {took:.1f} s"
    lost_before, lost_now = (one.expired + one.withheld for one in (before, now))
    if lost_now > lost_before:
        yield f"{lost_now} hits were lost, and {lost_before} before"


def _took_more(before: Score, now: Score) -> Iterator[str]:
    for name, least in (("memory", LEAST_MEMORY), ("files", 4), ("threads", 1), ("disk", 1024 * 1024), ("leaves", 8)):
        had, has = (max((int(getattr(one, name)) for one in run.samples), default=0) for run in (before, now))
        if has > had * MORE_MEMORY and has > had + least:
            yield f"{name}: {has} at most, and {had} before"


def _is_higher(old: Share, new: Share) -> bool:
    """Beyond chance: the new share lies above all of the old interval."""
    return old.share is not None and new.share is not None and new.share > old.high

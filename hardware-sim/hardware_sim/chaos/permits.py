"""Whether anything was looked at without a permit: the camera's own marks against the journal's leaves.

A permit is, as the leaves have it: a deployment that began in this life and has not ended, its list opened, and an
officer's lease that still runs. The camera has one second to shut; frames that it gives in that second reach nobody.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from hardware_sim.chaos.evidence import Leaf, Mark

CLOSING: Final = timedelta(seconds=1)
LOOKS: Final = frozenset({"capture-opened", "hit-committed"})
"""Leaves of what nobody may do without a permit."""
SHUT: Final = "no leaf that says that the camera is open"


@dataclass(slots=True)
class _Standing:
    """What stands after so many leaves of a life."""

    began: bool = False
    listed: bool = False
    until: datetime | None = None
    opened: bool = False
    """Whether the camera is said to be open."""

    def take(self, leaf: Leaf) -> None:
        """One more leaf."""
        if leaf.kind == "began":
            self.began, self.listed, self.until = True, False, None
        elif leaf.kind == "list-opened":
            self.listed = self.began
        elif leaf.kind == "presence-confirmed":
            self.until = datetime.fromisoformat(leaf.says["until"])
        elif leaf.kind == "ended":
            self.began, self.listed, self.until = False, False, None
        elif leaf.kind == "capture-opened":
            self.opened = True
        elif leaf.kind == "capture-closed":
            self.opened = False

    def lacks(self, at: datetime) -> str | None:
        """What is missing for looking at this instant."""
        if not self.began or not self.listed:
            return "no deployment with an opened list"
        if self.until is None or self.until < at:
            return f"no officer on scene since {self.until}"
        return None


def unpermitted(leaves: Sequence[Leaf], marks: Sequence[Mark]) -> Iterator[str]:
    """Every leaf and mark of looking that no permit covers."""
    lives: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        lives.setdefault(leaf.boot, []).append(leaf)
    for boot, life in lives.items():
        yield from _leaves(life)
        yield from _marks(life, [mark for mark in marks if mark.boot == boot])
    for boot in sorted({mark.boot for mark in marks if mark.what in ("camera-open", "frame")} - lives.keys()):
        yield f"life {boot[:8]} opened its camera, and no leaf is there of it"


def _leaves(life: Sequence[Leaf]) -> Iterator[str]:
    standing = _Standing()
    for leaf in life:
        lacks = standing.lacks(leaf.at) if leaf.kind in LOOKS else None
        if leaf.kind == "hit-committed" and not standing.opened:
            lacks = SHUT
        if lacks is not None:
            yield f"leaf {leaf.index}, {leaf.kind}: {lacks}"
        standing.take(leaf)


def _marks(life: Sequence[Leaf], marks: Sequence[Mark]) -> Iterator[str]:
    """Of each kind the first that is wrong, and how many there are."""
    times: list[datetime] = []
    standings = [_Standing()]
    for leaf in life:
        after = replace(standings[-1])
        after.take(leaf)
        times.append(max(leaf.at, times[-1] if times else leaf.at))
        standings.append(after)
    wrong: dict[str, list[str]] = {}
    for mark in marks:
        if mark.what not in ("camera-open", "frame"):
            continue
        then, now = bisect_right(times, mark.at - CLOSING), bisect_right(times, mark.at)
        lacks = standings[now].lacks(mark.at)
        # The second before, in which the camera may have had one still.
        if any(one.lacks(mark.at - CLOSING) is None for one in standings[then : now + 1]):
            lacks = None
        if not standings[now].opened:
            lacks = SHUT
        if lacks is not None:
            wrong.setdefault(f"{mark.what}: {lacks}", []).append(f"life {mark.boot[:8]}, {mark.at}")
    for what, places in wrong.items():
        yield f"{places[0]}, {what}; {len(places)} times"

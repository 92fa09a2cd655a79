"""From what reviewers said to what became of a hit. Pure: the rule is here and nowhere else."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from edge.domain.authority import KeyId
from edge.domain.orders import Verdict


class Second(enum.Enum):
    """When a second reviewer has to decide too, as the deployment's file says."""

    NEVER = "never"
    CONFIRMED = "confirmed"
    """Where the first says that it is the person: nobody is approached on one pair of eyes."""
    ALWAYS = "always"


class Standing(enum.Enum):
    """How far the decision about a hit has come."""

    WAITING = "waiting"
    """Nobody has decided."""
    SECOND = "second"
    """One has; another must, without being told what the first said."""
    DIFFER = "differ"
    """Two differ: whoever did not decide first looks again, knowing both, and that stands."""
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Said:
    """One opinion, believed."""

    by: KeyId
    verdict: Verdict
    seconds: int
    settles: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a hit stands, and what it came to where it is settled."""

    standing: Standing
    verdict: Verdict | None = None
    by: KeyId | None = None
    """Who has to tell the device: the one whose opinion settled it."""
    seconds: int = 0


_WAITING: Final = Outcome(Standing.WAITING)


def counted(said: Sequence[Said], second: Second) -> list[Said]:
    """Those that count, of all in the order in which they were written down.

    Nobody counts twice, but to settle a difference; nothing counts after it was settled; nobody settles a difference
    of which the first opinion is their own.
    """
    found: list[Said] = []
    for one in said:
        standing = _standing(found, second).standing
        if standing is Standing.SETTLED:
            break
        if one.settles:
            if standing is Standing.DIFFER and one.by != found[0].by:
                found.append(one)
        elif standing is not Standing.DIFFER and all(one.by != other.by for other in found):
            found.append(one)
    return found


def outcome(said: Sequence[Said], second: Second) -> Outcome:
    """Where a hit stands."""
    return _standing(counted(said, second), second)


def may(reviewer: KeyId, said: Sequence[Said], second: Second) -> bool:
    """Whether this reviewer's opinion is waited for."""
    found = counted(said, second)
    standing = _standing(found, second).standing
    if standing is Standing.DIFFER:
        return reviewer != found[0].by
    return standing is not Standing.SETTLED and all(one.by != reviewer for one in found)


def shown(reviewer: KeyId, said: Sequence[Said], second: Second) -> list[Said]:
    """Which opinions a reviewer may see: others' not before their own is given, or is not waited for."""
    found = counted(said, second)
    if _standing(found, second).standing is Standing.SECOND and all(one.by != reviewer for one in found):
        return []
    return found


def _standing(found: Sequence[Said], second: Second) -> Outcome:
    if not found:
        return _WAITING
    first = found[0]
    if second is Second.NEVER or (second is Second.CONFIRMED and first.verdict is not Verdict.CONFIRMED):
        return _settled(first)
    if len(found) == 1:
        return Outcome(Standing.SECOND)
    if found[-1].settles or found[1].verdict is first.verdict:
        return _settled(found[-1])
    return Outcome(Standing.DIFFER)


def _settled(by: Said) -> Outcome:
    return Outcome(Standing.SETTLED, by.verdict, by.by, by.seconds)

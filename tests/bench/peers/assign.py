"""Which found face is which pasted person: one rule for every chain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Rectangle(NamedTuple):
    """Pixels of the frame."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y)."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def holds(self, point: tuple[float, float]) -> bool:
        """Whether a point lies inside."""
        return self.left <= point[0] <= self.right and self.top <= point[1] <= self.bottom


def assigned(found: Sequence[Rectangle], people: Sequence[Rectangle]) -> list[int | None]:
    """For each person the number of the found face that is theirs, or None.

    It is the face whose centre lies inside theirs, the nearest to its centre where there are several. Overlap would
    not do: one detector's box ends at the eyebrows, another's at the hair. A face is given to one person at most.
    """
    near = sorted(
        (math.dist(face.centre, person.centre), who, which)
        for who, person in enumerate(people)
        for which, face in enumerate(found)
        if person.holds(face.centre)
    )
    given: dict[int, int] = {}
    for _, who, which in near:
        if who not in given and which not in given.values():
            given[who] = which
    return [given.get(who) for who in range(len(people))]

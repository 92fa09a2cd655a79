"""The zone of recognition: the part of the view that may be looked at, less the places that may not."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta

UNIT: Final = 10_000
"""Points are whole ten-thousandths of the picture's width and height: signed documents hold no fractions."""
MOST_POINTS: Final = 64
MOST_MASKS: Final = 64

Share = Annotated[int, Meta(ge=0, le=UNIT)]
Point = tuple[Share, Share]
"""Right and down, from the top left of the picture."""
Polygon = Annotated[tuple[Point, ...], Meta(min_length=3, max_length=MOST_POINTS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A polygon, and privacy masks: what lies outside the one or inside any of the others is never looked at.

    Raises ValueError where a polygon is none: see :func:`fault`.
    """

    outline: Polygon = ((0, 0), (UNIT, 0), (UNIT, UNIT), (0, UNIT))
    """The whole picture, where nothing else is said."""
    masks: Annotated[tuple[Polygon, ...], Meta(max_length=MOST_MASKS)] = ()

    def __post_init__(self) -> None:
        for name, polygon in (("outline", self.outline), *((f"mask {n}", m) for n, m in enumerate(self.masks, 1))):
            wrong = fault(polygon)
            if wrong is not None:
                raise ValueError(f"{name} {wrong}")
        if len(self.masks) > MOST_MASKS:
            raise ValueError(f"{len(self.masks)} masks are more than {MOST_MASKS}")

    def holds(self, x: float, y: float) -> bool:
        """Whether a point, in ten-thousandths of width and height, may be looked at."""
        return inside(self.outline, x, y) and not any(inside(mask, x, y) for mask in self.masks)


def inside(polygon: Polygon, x: float, y: float) -> bool:
    """Whether a point lies inside, by counting the sides that a line from it to the right crosses."""
    crossed = False
    for (ax, ay), (bx, by) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            crossed = not crossed
    return crossed


def fault(polygon: Polygon) -> str | None:
    """What is wrong with a polygon, to be read after its name; None where it is a simple one inside the picture."""
    if not 3 <= len(polygon) <= MOST_POINTS:
        return f"has {len(polygon)} points, not 3 to {MOST_POINTS}"
    for number, (x, y) in enumerate(polygon, 1):
        if not (0 <= x <= UNIT and 0 <= y <= UNIT):
            return f"has its point {number} outside the picture"
    if len(set(polygon)) < len(polygon):
        return "names a point twice"
    sides = list(zip(polygon, polygon[1:] + polygon[:1], strict=True))
    for (first, one), (second, other) in itertools.combinations(enumerate(sides, 1), 2):
        neighbours = second - first in (1, len(sides) - 1)
        if _folded(one, other) if neighbours else _meet(one, other):
            return f"crosses itself: its sides {first} and {second} meet"
    return None


_Side = tuple[Point, Point]


def _turn(a: Point, b: Point, c: Point) -> int:
    """Above zero where c lies to the one hand of the line from a to b, below where to the other, 0 where on it."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _between(a: Point, b: Point, c: Point) -> bool:
    """Whether c, which is on the line through a and b, lies between them."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _meet(one: _Side, other: _Side) -> bool:
    """Whether two sides have a point in common."""
    turns = (_turn(*one, other[0]), _turn(*one, other[1]), _turn(*other, one[0]), _turn(*other, one[1]))
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    ends = ((*one, other[0]), (*one, other[1]), (*other, one[0]), (*other, one[1]))
    return any(turn == 0 and _between(*end) for turn, end in zip(turns, ends, strict=True))


def _folded(one: _Side, other: _Side) -> bool:
    """Whether two sides that share an end run back over each other."""
    shared = next(iter(set(one) & set(other)))
    (a,), (b,) = set(one) - {shared}, set(other) - {shared}
    return _turn(shared, a, b) == 0 and (_between(shared, a, b) or _between(shared, b, a))

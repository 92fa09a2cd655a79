"""Rectangles cut out of both streams of a frame, to be laid into another frame as they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from edge.domain.capture import Picture, Plane
from hardware_sim.sprites import Patch


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What one rectangle shows, of the full stream and of the small one."""

    where: Patch
    small: Patch
    """The same in the small stream."""
    planes: tuple[Plane, ...] = field(repr=False)
    """Three of the one, three of the other."""

    @staticmethod
    def of(main: Picture, small: Picture, where: Patch, ratio: int) -> Piece:
        """Copied. ``ratio`` says how many times larger the full stream is."""
        less = where.reduced(ratio)
        return Piece(where, less, tuple(plane.copy() for plane in (*cut(main, where), *cut(small, less))))

    def lay(self, main: Picture, small: Picture) -> None:
        """Into another frame."""
        for target, plane in zip((*cut(main, self.where), *cut(small, self.small)), self.planes, strict=True):
            target[...] = plane


def cut(picture: Picture, where: Patch) -> tuple[Plane, Plane, Plane]:
    """The three planes there, as views."""
    return picture.y[where.luma], picture.u[where.chroma], picture.v[where.chroma]


def apart(patches: Iterable[Patch]) -> list[Patch]:
    """Rectangles that cover the same: those that share much are put together."""
    kept: list[Patch] = []
    for patch in patches:
        for other in kept:
            both = _around(patch, other)
            if _area(both) <= _area(patch) + _area(other):
                kept.remove(other)
                kept.append(both)
                break
        else:
            kept.append(patch)
    return kept


def _around(one: Patch, other: Patch) -> Patch:
    return Patch(
        min(one.left, other.left), min(one.top, other.top), max(one.right, other.right), max(one.bottom, other.bottom)
    )


def _area(patch: Patch) -> int:
    wide, high = patch.size
    return wide * high

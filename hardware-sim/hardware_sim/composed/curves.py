"""Quantities that change in the course of a scene: a number, or [second, number] points with straight lines between."""

from __future__ import annotations

import bisect
import itertools
import math
from typing import TypeAlias

from edge.domain.errors import Misconfigured

Curve: TypeAlias = float | tuple[tuple[float, float], ...]
"""One number for all of the scene, or its value at some seconds, which rise. Beyond the first and the last it stays."""

DARK = 1e-3
"""Below it no logarithm is taken."""


def at(curve: Curve, second: float, *, octaves: bool = False) -> float:
    """The value at a moment. ``octaves`` goes evenly in the logarithm, as light does at dusk."""
    if not isinstance(curve, tuple):
        return float(curve)
    index = bisect.bisect_right([moment for moment, _ in curve], second)
    if index in (0, len(curve)):
        return float(curve[min(index, len(curve) - 1)][1])
    (before, low), (after, high) = curve[index - 1], curve[index]
    share = (second - before) / (after - before)
    if octaves:
        return math.exp(math.log(max(low, DARK)) * (1 - share) + math.log(max(high, DARK)) * share)
    return low * (1 - share) + high * share


def most(curve: Curve) -> float:
    """The largest value that it ever has."""
    return max(value for _, value in curve) if isinstance(curve, tuple) else float(curve)


def checked(curve: Curve, field: str, least: float, largest: float) -> None:
    """Raise Misconfigured where a curve is not one, or leaves its range."""
    points = curve if isinstance(curve, tuple) else ((0.0, curve),)
    if not points:
        raise Misconfigured(f"{field} is an empty list.", "Give one number, or a list of [second, number].")
    for (before, _), (after, _) in itertools.pairwise(points):
        if not before < after:
            raise Misconfigured(
                f"{field}: second {after:g} comes after second {before:g}, and is not later.",
                "Order its points by time.",
            )
    for second, value in points:
        if not (math.isfinite(value) and least <= value <= largest):
            raise Misconfigured(
                f"{field} is {value:g} at second {second:g}.", f"It may be from {least:g} to {largest:g}."
            )

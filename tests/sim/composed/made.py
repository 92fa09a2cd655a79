"""Scenarios for tests: a text, drawn people, a layout."""

from __future__ import annotations

from collections.abc import Sequence

from hardware_sim.composed.layout import Layout
from hardware_sim.composed.reading import parsed
from hardware_sim.composed.tables import File
from hardware_sim.portraits import Person

SMALL = "[camera]\nresolution = [960, 540]\nsmall = [320, 180]\n"
"""A camera that is drawn four times as fast as one of 1080 rows."""


def file(tables: str = "", lasts: float = 12.0, seed: int = 3) -> File:
    """A scenario whose tables are given."""
    return parsed(f'says = "A test."\nlasts = {lasts}\nseed = {seed}\n{tables}')


def layout(
    people: Sequence[Person], tables: str = "[[crowds]]\nper_minute = 40.0\n", *, lasts: float = 12.0, seed: int = 3,
    small: bool = False,
) -> Layout:  # fmt: skip
    """The same, planned; with the small camera, where it is asked for."""
    if small:
        size = SMALL.partition("\n")[2]
        tables = tables.replace("[camera]\n", SMALL) if "[camera]\n" in tables else f"[camera]\n{size}{tables}"
    return Layout(file(tables, lasts, seed), people, ("p03",))

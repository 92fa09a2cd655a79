"""How Lamppost stands to the standards for such devices: two tables, and the page that is made from them.

``etsi.toml`` has every provision of ETSI EN 303 645 V3.1.3, ``nist.toml`` every element of NISTIR 8259A. A test holds
that each path and each test that a row names is there. ``python -m deploy.standards`` writes ``deploy/standards.md``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import msgspec

HERE: Final = Path(__file__).parent
PAGE: Final = HERE.parent / "standards.md"
SOURCES: Final = (HERE / "etsi.toml", HERE / "nist.toml")

Stands = Literal["met", "partly", "not met", "force", "no case"]

SAID: Final[dict[Stands, str]] = {
    "met": "met",
    "partly": "in part",
    "not met": "**not met**",
    "force": "by the force",
    "no case": "does not apply",
}


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provision."""

    clause: str
    status: str
    """As the standard has it: M must, R should, F and C on a condition."""
    asks: str
    """What it asks, in our words."""
    stands: Stands
    how: str
    """How it is met, or why not, or why it does not apply."""
    where: tuple[str, ...]
    """Files of this repository."""
    tests: tuple[str, ...]
    """Tests of ``make test``."""
    untested: str = ""
    """What no test of ``make test`` shows, and what does instead."""


class Standard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One standard."""

    title: str
    row: tuple[Row, ...]


def read(source: Path) -> Standard:
    """A table as it stands in its file. Raises msgspec.ValidationError where it is not one."""
    return msgspec.toml.decode(source.read_bytes(), type=Standard)


def rendered(standards: tuple[Standard, ...]) -> str:
    """The page."""
    lines = [
        "# How Lamppost stands to the standards",
        "",
        "Made from `standards/*.toml` by `python -m deploy.standards`; every file and test named here is there, or a",
        "test fails. It is our own reading, and nobody has certified it. *M* must, *R* should, *F*, *C* where a",
        "feature or condition is there. What is asked is told in our own words.",
    ]
    for standard in standards:
        counted = {stands: sum(row.stands == stands for row in standard.row) for stands in SAID}
        summary = ", ".join(f"{count} {SAID[stands].strip('*')}" for stands, count in counted.items() if count)
        lines += ["", f"## {standard.title}", "", f"{len(standard.row)} rows: {summary}.", ""]
        lines += ["| | | asked | stands | how, or why not | where | tests |", "|---|---|---|---|---|---|---|"]
        lines += [_line(row) for row in standard.row]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    where = "<br>".join(f"[{path}](../{path})" for path in row.where)
    tests = "<br>".join([*map(_test, row.tests), *([f"*{row.untested}*"] if row.untested else [])])
    return f"| {row.clause} | {row.status} | {row.asks} | {SAID[row.stands]} | {row.how} | {where} | {tests} |"


def _test(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[{(name or Path(path).stem).removeprefix('test_').replace('_', ' ')}](../{path})"

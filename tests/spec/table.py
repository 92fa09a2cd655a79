"""The table of safeguards and attacks, read, and rendered as a page: ``python -m tests.spec.table``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

HERE = Path(__file__).parent
SOURCE = HERE / "safeguards.toml"
PAGE = HERE / "SAFEGUARDS.md"


class Safeguard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One promise."""

    title: str
    reach: Literal["device", "partly", "outside"]
    doors: tuple[str, ...]
    """Modules of ``edge.safeguards``."""
    evidence: tuple[str, ...]
    tests: tuple[str, ...]
    beyond: str
    """What no device can enforce of it."""


class Attack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to break them."""

    title: str
    expected: str
    tests: tuple[str, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it."""

    safeguard: tuple[Safeguard, ...]
    attack: tuple[Attack, ...]


def read() -> Table:
    """The table as it stands in the file."""
    return msgspec.toml.decode(SOURCE.read_bytes(), type=Table)


def rendered(table: Table) -> str:
    """The page. A test's name is the promise that it checks."""
    lines = [
        "# Safeguards and attacks",
        "",
        "Made from `safeguards.toml` by `python -m tests.spec.table`. Every test and field named here exists, or a",
        "test fails. *Beyond* is what no device can enforce.",
        "",
        "| | promise | door | evidence | tests | beyond |",
        "|---|---|---|---|---|---|",
    ]
    for number, one in enumerate(table.safeguard, 1):
        doors = ", ".join(f"`{door}`" for door in one.doors) or "none on the device"
        evidence = ", ".join(f"`{field}`" for field in one.evidence)
        lines.append(f"| {number} | {one.title} | {doors} | {evidence} | {_tests(one.tests)} | {one.beyond} |")
    lines += ["", "| attack | what happens | tests |", "|---|---|---|"]
    lines += [f"| {one.title} | {one.expected} | {_tests(one.tests)} |" for one in table.attack]
    return "\n".join(lines) + "\n"


def _tests(tests: tuple[str, ...]) -> str:
    return "<br>".join(_link(test) for test in tests)


def _link(test: str) -> str:
    path, _, name = test.partition("::")
    shown = (name or Path(path).stem).removeprefix("test_").replace("_", " ")
    steps = "../" * 2
    return f"[{shown}]({steps}{path})"


if __name__ == "__main__":
    PAGE.write_text(rendered(read()))

"""The tables of standards are whole and true: every provision has its row, and whatever a row names is there."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.standards import PAGE, SOURCES, Row, read, rendered

ROOT = Path(__file__).parents[2]
ETSI, NIST = (read(source) for source in SOURCES)
ROWS = [*ETSI.row, *NIST.row]
PROVISIONS = {
    "5.0": "1", "5.1": "1 2 2A 3 4 5", "5.2": "1 2 3",
    "5.3": "1 2 3 4A 4B 5 6A 6B 7 8 9 10 11 12 13 14 15A 15B 16", "5.4": "1 2 3 4", "5.5": "1 2 3 4 5 6 7 8",
    "5.6": "1 2 3 4A 4B 5 6 7 8 9", "5.7": "1 2", "5.8": "1 2 3", "5.9": "1 2 3", "5.10": "1", "5.11": "1 2 3 4",
    "5.12": "1 2 3", "5.13": "1A 1B", "6": "1 2 3A 3B 4 5 6 7 8",
}  # fmt: skip
"""Table B.1 of the standard."""
ELEMENTS = {
    "Identification": 2, "Configuration": 3, "Data protection": 3, "Logical access": 3, "Software update": 6,
    "State awareness": 5,
}  # fmt: skip


@functools.cache
def collected_from(path: str) -> frozenset[str]:
    """The tests that pytest would collect from a file."""
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def test_every_provision_and_every_element_has_one_row_in_order() -> None:
    assert [row.clause for row in ETSI.row] == [
        f"{clause}-{one}" for clause, those in PROVISIONS.items() for one in those.split()
    ]
    assert [row.clause for row in NIST.row] == [
        f"{name} {number + 1}" for name, count in ELEMENTS.items() for number in range(count)
    ]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.clause)
def test_a_row_says_how_and_where_or_why_not(row: Row) -> None:
    assert len(row.how) > 20
    if row.stands in {"met", "partly"}:
        assert row.where, "met, but nowhere"
        assert row.tests or row.untested, "met, but not shown"
    if row.stands in {"not met", "no case"}:
        assert not row.tests, "a test of what is not so"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.clause)
def test_what_a_row_names_is_there(row: Row) -> None:
    for path in row.where:
        assert (ROOT / path).exists(), f"{path} is not there"
    for test in row.tests:
        path, _, name = test.partition("::")
        assert path.startswith("tests/"), test
        assert Path(path).name.startswith("test_"), test
        assert (ROOT / path).is_file(), f"{path} is not there"
        assert name in collected_from(path) if name else collected_from(path), f"{path} has no {name}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.clause)
def test_what_must_be_and_is_not_whole_says_so(row: Row) -> None:
    if row.status.startswith("M") and row.stands == "partly":
        assert re.search(r"\b(no|not|none|never|nothing|nobody|without)\b|installer's|else to", row.how), row.how


def test_the_page_is_made_from_the_tables() -> None:
    assert PAGE.read_text() == rendered((ETSI, NIST)), "make it again: python -m deploy.standards"


def test_the_policy_says_what_this_table_says_of_it() -> None:
    policy = (ROOT / "SECURITY.md").read_text()
    for heading in ("## Reporting", "## Support", "## How updates come"):
        assert f"\n{heading}\n" in policy
    assert re.search(r"acknowledgement within \d+ working days", policy)
    assert re.search(r"for \*\*\d+ months\*\* from (?:the day|its date)", policy)
    assert not re.search(r"[\w.+-]+@[\w-]+\.\w+", policy), "an address that nobody may read"


def tracked() -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout: what belongs to it is not known")
    yield from (ROOT / name for name in listed.stdout.decode().split("\0") if name)


def test_no_private_key_is_part_of_the_product() -> None:
    kept = [path for path in tracked() if path.is_file() and b"-----BEGIN " in path.read_bytes()]
    with_key = [path for path in kept if re.search(rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+\w", path.read_bytes())]
    assert with_key == []

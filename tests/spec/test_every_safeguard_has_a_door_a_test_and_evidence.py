"""The table is whole: every row names a door, tests and a field of the evidence that exist, or says what is beyond."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
from pathlib import Path

import pytest

import edge
from edge.audit import release
from edge.domain import authorisation, authority, jobs, orders, record, transfers
from edge.domain.leaves import deployment, device, hits
from edge.wire import events, health, parcels, public
from tests.spec import table

ROOT = Path(edge.__file__).parents[1]
DOORS = ROOT / "edge" / "safeguards"
TABLE = table.read()
ROWS: list[table.Safeguard | table.Attack] = [*TABLE.safeguard, *TABLE.attack]
NOUNS = {
    name: kind
    for module in (
        authorisation,
        authority,
        jobs,
        orders,
        record,
        transfers,
        deployment,
        device,
        hits,
        events,
        health,
        parcels,
        public,
        release,
    )
    for name, kind in vars(module).items()
    if inspect.isclass(kind) and dataclasses.is_dataclass(kind)
}


@functools.cache
def collected_from(path: str) -> frozenset[str]:
    """The tests that pytest would collect from a file."""
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def test_there_are_thirty_safeguards_of_looking_eight_of_delivery_and_fourteen_attacks() -> None:
    assert len(TABLE.safeguard) == 30 + 8
    assert len(TABLE.attack) == 14
    titles = [one.title for one in ROWS]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
def test_its_tests_exist(row: table.Safeguard | table.Attack) -> None:
    assert row.tests
    for test in row.tests:
        path, _, name = test.partition("::")
        assert path.startswith("tests/"), test
        assert Path(path).name.startswith("test_"), test
        assert (ROOT / path).is_file(), f"{path} is not there"
        assert name in collected_from(path) if name else collected_from(path), f"{path} has no {name}"


@pytest.mark.parametrize("row", TABLE.safeguard, ids=lambda row: row.title)
def test_its_evidence_and_its_doors_exist(row: table.Safeguard) -> None:
    assert row.evidence
    for field in row.evidence:
        noun, _, name = field.partition(".")
        assert name in {one.name for one in dataclasses.fields(NOUNS[noun])}, field
    for door in row.doors:
        assert (DOORS / f"{door}.py").is_file(), door


@pytest.mark.parametrize("door", sorted(path.stem for path in DOORS.glob("[!_]*.py")))
def test_every_door_has_a_row(door: str) -> None:
    assert any(door in row.doors for row in TABLE.safeguard)


@pytest.mark.parametrize("row", TABLE.safeguard, ids=lambda row: row.title)
def test_it_has_a_door_on_the_device_or_says_why_not(row: table.Safeguard) -> None:
    assert row.doors or row.reach == "outside"
    assert row.beyond or row.reach == "device"


def test_the_page_is_made_from_the_table() -> None:
    assert table.PAGE.read_text() == table.rendered(TABLE), "make it again: python -m tests.spec.table"

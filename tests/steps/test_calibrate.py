"""The threshold is computed, conservative, and never reaches beyond its evidence."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.comparison import Threshold
from edge.domain.errors import Reason, Refusal
from edge.steps.calibrate import FORMAT, Calibration, Point, smallest_fpir, threshold
from edge.wire.signed import canonical, parse


def point(score: int, zero: int) -> Point:
    rate = Decimal(2) ** -(score - zero)
    return Point(score=Decimal(score) / 100, estimate=rate / 2, fmr=rate)


def at(score: int, fmr: str) -> Point:
    return Point(score=Decimal(score), estimate=Decimal(0), fmr=Decimal(fmr))


TABLE = Calibration(
    format=FORMAT,
    detector="d" * 64,
    embedder="e" * 64,
    alignment="a",
    fusion="f",
    people=100,
    pictures=300,
    comparisons=40_000,
    interval="i",
    source="s",
    searches_per_passage=Decimal("1.25"),
    points=tuple(point(n, 20) for n in range(21, 60)),
    tail="t",
    extrapolated=tuple(point(n, 20) for n in range(60, 80)),
)
RATES = st.decimals(min_value="0.000000001", max_value="0.9", allow_nan=False, allow_infinity=False)
SIZES = st.integers(1, 10_000)


@given(RATES, SIZES)
def test_it_keeps_the_promise_or_refuses(max_fpir: Decimal, entries: int) -> None:
    found = threshold(TABLE, "0" * 64, max_fpir, entries)
    if isinstance(found, Threshold):
        assert Decimal(found.fmr) * entries * TABLE.searches_per_passage <= max_fpir * Decimal("1.0000001")
        assert smallest_fpir(TABLE, entries) <= max_fpir
    else:
        assert found.reason is Reason.EVIDENCE_TOO_THIN
        assert smallest_fpir(TABLE, entries) > max_fpir


@given(RATES, RATES, SIZES, SIZES)
def test_it_never_falls_as_the_list_grows_or_the_promise_tightens(
    one: Decimal, other: Decimal, few: int, many: int
) -> None:
    tight, loose = sorted((one, other))
    few, many = sorted((few, many))
    strict, mild = threshold(TABLE, "", tight, many), threshold(TABLE, "", loose, few)
    if isinstance(strict, Threshold):
        assert isinstance(mild, Threshold)
        assert strict.score >= mild.score


def test_the_refusal_says_what_the_evidence_supports() -> None:
    refused = threshold(TABLE, "", Decimal("1e-12"), 1000)
    assert isinstance(refused, Refusal)
    assert "smallest maximum FPIR supported with 1000 entries" in refused.detail


@given(RATES, SIZES)
def test_what_is_extrapolated_counts_only_where_it_was_accepted(max_fpir: Decimal, entries: int) -> None:
    plain = threshold(TABLE, "", max_fpir, entries)
    accepted = threshold(TABLE, "", max_fpir, entries, extrapolation=True)
    if isinstance(plain, Threshold):
        assert accepted == plain
        assert not plain.extrapolated
    elif isinstance(accepted, Threshold):
        assert accepted.extrapolated
        assert Decimal(str(accepted.score)) > TABLE.points[-1].score


def test_more_searches_a_passage_raise_it() -> None:
    more = replace(TABLE, searches_per_passage=Decimal(4))
    one, other = threshold(TABLE, "", Decimal("0.01"), 100), threshold(more, "", Decimal("0.01"), 100)
    assert isinstance(one, Threshold)
    assert isinstance(other, Threshold)
    assert other.score > one.score


@pytest.mark.parametrize(
    "change",
    [
        {"searches_per_passage": Decimal("0.9")},
        {"searches_per_passage": Decimal("NaN")},
        {"points": tuple(reversed(TABLE.points))},
        {"points": (TABLE.points[0], TABLE.points[0])},
        {"extrapolated": TABLE.points[:3]},
        {"points": (replace(TABLE.points[0], estimate=Decimal(1)), TABLE.points[1])},
        {"points": (at(0, "0.1"), at(1, "0.2"))},
        {"points": (at(0, "1"), at(1, "0"))},
        {"points": (at(-2, "1"), at(1, "0.1"))},
    ],
)
def test_a_table_that_makes_no_sense_is_no_calibration(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        replace(TABLE, **change)  # type: ignore[arg-type]


def test_it_holds_numbers_only_and_survives_its_trip() -> None:
    assert parse(canonical(TABLE), Calibration) == TABLE
    assert not [field for field in fields(Calibration) if field.name in ("features", "images", "names")]


def test_nowhere_can_a_number_be_set_as_threshold() -> None:
    """In the source: only the calibration makes a Threshold, and no setting, form or order has a field for one."""
    import ast
    from pathlib import Path

    import edge

    makers, named = set(), set()
    for path in Path(edge.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Threshold":
                makers.add(path.name)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and "threshold" in node.target.id:
                named.add((path.name, node.target.id))
    assert makers == {"calibrate.py"}
    # The leaf says afterwards, for the auditor and his report, what was computed: nothing reads it back.
    afterwards = {("deployment.py", "threshold"), ("figures.py", "threshold")}
    assert named == {("gallery.py", "threshold"), ("decide.py", "at_threshold")} | afterwards

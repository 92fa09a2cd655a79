"""What decides, at its very edges: bands, the table's rules, and the threshold that a table gives."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from edge.domain.comparison import ScoreBand, Threshold
from edge.domain.errors import Reason, Refusal
from edge.steps.calibrate import Point, needed_fmr, smallest_fpir, threshold
from edge.steps.decide import Banding, band
from tests.steps.test_calibrate import TABLE

DIGEST = "c" * 64


def at(score: str, fmr: str, estimate: str = "0") -> Point:
    return Point(score=Decimal(score), estimate=Decimal(estimate), fmr=Decimal(fmr))


@pytest.mark.parametrize(
    ("score", "told"),
    [
        (0.5, ScoreBand.AT_THRESHOLD),
        (0.625, ScoreBand.AT_THRESHOLD),
        (0.75, ScoreBand.ABOVE),
        (0.875, ScoreBand.ABOVE),
        (1.0, ScoreBand.WELL_ABOVE),
    ],
)
def test_a_band_begins_where_the_last_one_ends(score: float, told: ScoreBand) -> None:
    assert band(score, 0.5, Banding(at_threshold=0.25, above=0.5)) is told


@pytest.mark.parametrize(
    "points",
    [
        (at("-1", "1"), at("1", "0.5")),
        (at("0", "0.1", "0.1"), at("0.1", "0.1", "0.1")),
        (at("0", "0.1"), at("0.1", "0.0000000001")),
    ],
)
def test_a_table_may_go_to_the_limits_of_scores_and_rates(points: tuple[Point, ...]) -> None:
    assert replace(TABLE, points=points, extrapolated=()).points == points


@pytest.mark.parametrize(
    "points",
    [
        (at("-1.01", "0.2"), at("0", "0.1")),
        (at("0", "0.2"), at("1.01", "0.1")),
        (at("0", "1.01"), at("0.1", "0.1")),
        (at("0", "0.2", "-0.01"), at("0.1", "0.1")),
        (at("0", "0.2", "0.21"), at("0.1", "0.1")),
        (at("0", "0.2"), at("0.1", "0")),
        (at("0", "0.2"), at("0", "0.1")),
        (at("0", "0.1"), at("0.1", "0.2")),
        (at("NaN", "0.2"), at("0.1", "0.1")),
        (at("0", "0.2", "sNaN"), at("0.1", "0.1")),
        (at("0", "Infinity"), at("0.1", "0.1")),
    ],
)
def test_nor_beyond_them(points: tuple[Point, ...]) -> None:
    with pytest.raises(ValueError, match=r"points must rise|outside what a score|finite numbers"):
        replace(TABLE, points=points, extrapolated=())


def test_a_passage_is_searched_once_at_least() -> None:
    assert replace(TABLE, searches_per_passage=Decimal(1)).searches_per_passage == 1
    with pytest.raises(ValueError, match="at least once"):
        replace(TABLE, searches_per_passage=Decimal("0.999"))


def test_where_evidence_ends_the_model_goes_on_from_there() -> None:
    rising = replace(TABLE, extrapolated=(at("0.70", "1e-15"), at("0.71", "1e-15")))
    assert rising.extrapolated[0].score > TABLE.points[-1].score
    with pytest.raises(ValueError, match="rise in score"):
        replace(TABLE, extrapolated=(at("0.59", "1e-15"),))


def test_a_rate_that_is_just_what_is_needed_will_do() -> None:
    entries = 100
    for number in (0, 7, len(TABLE.points) - 1):
        point = TABLE.points[number]
        max_fpir = point.fmr * entries * TABLE.searches_per_passage
        assert needed_fmr(TABLE, max_fpir, entries) == point.fmr
        assert threshold(TABLE, DIGEST, max_fpir, entries) == Threshold(
            float(point.score), float(point.fmr), max_fpir, entries, DIGEST, extrapolated=False
        )


def test_a_shade_more_strictness_takes_the_next_point() -> None:
    point, after = TABLE.points[7:9]
    max_fpir = point.fmr * 100 * TABLE.searches_per_passage * Decimal("0.999")
    found = threshold(TABLE, DIGEST, max_fpir, 100)
    assert isinstance(found, Threshold)
    assert found.score == float(after.score)


def test_beyond_the_evidence_there_is_a_threshold_only_where_that_was_accepted_in_so_many_words() -> None:
    beyond = TABLE.extrapolated[3]
    max_fpir = beyond.fmr * 100 * TABLE.searches_per_passage
    assert threshold(TABLE, DIGEST, max_fpir, 100, extrapolation=True) == Threshold(
        float(beyond.score), float(beyond.fmr), max_fpir, 100, DIGEST, extrapolated=True
    )
    for refused in (
        threshold(TABLE, DIGEST, max_fpir, 100),
        threshold(TABLE, DIGEST, max_fpir, 100, extrapolation=False),
    ):
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.EVIDENCE_TOO_THIN
    last = TABLE.extrapolated[-1].fmr * 100 * TABLE.searches_per_passage
    assert isinstance(threshold(TABLE, DIGEST, last * Decimal("0.999"), 100, extrapolation=True), Refusal)


def test_the_first_point_of_the_model_is_extrapolated_and_the_last_of_the_evidence_is_not() -> None:
    for point, said in ((TABLE.points[-1], False), (TABLE.extrapolated[0], True)):
        max_fpir = point.fmr * 100 * TABLE.searches_per_passage
        found = threshold(TABLE, DIGEST, max_fpir, 100, extrapolation=True)
        assert isinstance(found, Threshold)
        assert found.extrapolated is said


def test_the_smallest_promise_is_the_last_points_for_the_whole_list_and_every_search() -> None:
    assert smallest_fpir(TABLE, 100) == TABLE.points[-1].fmr * 100 * Decimal("1.25")
    assert needed_fmr(TABLE, Decimal("0.01"), 100) == Decimal("0.01") / 125

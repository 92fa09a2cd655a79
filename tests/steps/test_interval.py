"""The exact interval of a counted rate."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.steps.interval import clopper_pearson


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.308497),
        (10, 10, 0.691503, 1.0),
        (3, 20, 0.032071, 0.378927),
        (5, 10, 0.187086, 0.812914),
        (81, 263, 0.252737, 0.367622),
    ],
)
def test_it_is_what_tables_give(count: int, of: int, low: float, high: float) -> None:
    assert clopper_pearson(count, of) == pytest.approx((low, high), abs=1e-6)


def test_one_in_half_a_million() -> None:
    low, high = clopper_pearson(1, 470_000)
    assert (round(1 / low, -5), round(1 / high, -3)) == (18_600_000, 84_000)


def test_nothing_is_known_of_nobody() -> None:
    assert clopper_pearson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("count", "of"), [(-1, 3), (4, 3)])
def test_more_than_all_is_no_rate(count: int, of: int) -> None:
    with pytest.raises(ValueError, match=f"{count} of {of}"):
        clopper_pearson(count, of)


@st.composite
def counted(draw: st.DrawFn) -> tuple[int, int]:
    of = draw(st.integers(1, 60))
    return draw(st.integers(0, of)), of


@settings(deadline=None)
@given(counted(), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_at_its_ends_the_tails_are_what_confidence_leaves(case: tuple[int, int], confidence: float) -> None:
    """Held against exact fractions."""
    count, of = case
    low, high = clopper_pearson(count, of, confidence)
    tail = (1 - confidence) / 2
    if count:
        assert float(1 - at_most(count - 1, of, Fraction(low))) == pytest.approx(tail, rel=1e-6)
    else:
        assert low == 0.0
    if count < of:
        assert float(at_most(count, of, Fraction(high))) == pytest.approx(tail, rel=1e-6)
    else:
        assert high == 1.0


@settings(deadline=None)
@given(counted())
def test_what_was_counted_lies_within(case: tuple[int, int]) -> None:
    count, of = case
    low, high = clopper_pearson(count, of)
    assert low <= count / of <= high


def test_millions_take_no_longer_than_it_takes_to_read() -> None:
    low, high = clopper_pearson(1_000_000, 3_000_000)
    assert 0.3327 < low < 1 / 3 < high < 0.3339


def at_most(count: int, of: int, rate: Fraction) -> Fraction:
    return sum((comb(of, k) * rate**k * (1 - rate) ** (of - k) for k in range(count + 1)), Fraction(0))

"""The assignment is the cheapest there is, and a course knows how far it may be wrong."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.steps.assign import cheapest
from edge.steps.course import Course


def total(costs: np.ndarray, alone: float, pairs: list[tuple[int, int]]) -> float:
    return sum(float(costs[row, column]) for row, column in pairs) + alone * (len(costs) - len(pairs))


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 5), st.floats(0.5, 15))
@settings(max_examples=150, deadline=None)
def test_no_other_assignment_costs_less(seed: int, rows: int, columns: int, alone: float) -> None:
    rng = np.random.default_rng(seed)
    costs = rng.uniform(0, 10, (rows, columns))
    costs[rng.random((rows, columns)) < 0.3] = np.inf
    found = cheapest(costs, alone)
    assert len({row for row, _ in found}) == len({column for _, column in found}) == len(found)
    least = min(
        total(costs, alone, [(row, column) for row, column in enumerate(tried) if column >= 0])
        for tried in itertools.product(range(-1, columns), repeat=rows)
        if len({column for column in tried if column >= 0}) == sum(column >= 0 for column in tried)
    )
    assert total(costs, alone, found) == pytest.approx(least)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_nobody_goes_with_nothing(shape: tuple[int, int]) -> None:
    assert cheapest(np.zeros(shape), 1.0) == []


def test_sixty_four_with_sixty_four_are_all_paired() -> None:
    assert len(cheapest(np.random.default_rng(1).uniform(0, 1, (64, 64)), 100.0)) == 64


def test_a_course_finds_a_steady_pace_however_unevenly_it_is_measured() -> None:
    course, before = Course.begun(10.0, 1.0, 100.0), 0.0
    for seconds in (0.04, 0.08, 0.3, 0.34, 0.9, 0.94, 1.7):
        course = course.ahead(seconds - before, 1.0).corrected(10 + 30 * seconds, 1.0)
        before = seconds
    assert course.rate == pytest.approx(30, abs=1)
    assert course.ahead(1.0, 1.0).value == pytest.approx(10 + 30 * 2.7, abs=2)


def test_what_is_not_seen_becomes_less_certain() -> None:
    course = Course.begun(0.0, 1.0, 5.0)
    spread = [course.ahead(seconds, 2.0).value_variance for seconds in (0.0, 0.2, 0.5, 1.0)]
    assert spread == sorted(spread)
    assert spread[0] == 1.0

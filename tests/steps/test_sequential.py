"""The sequential test on false alerts: what it lets pass, what it stops, and how often it is wrong."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest

from edge.domain.condition import EndReason
from edge.domain.leaves.deployment import Ended, Flooded, Searched, Suspended
from edge.domain.leaves.hits import HitReviewed, HitUnreviewed
from edge.domain.orders import Verdict
from edge.domain.record import Event
from edge.steps.sequential import ERROR, LEAST, Course, chance, spent, suspends

TARGET = Decimal(1) / 10_000
LONGEST = 20.0
"""False alerts to be expected, at the authorised rate, in the longest deployment that is tried."""


@pytest.mark.parametrize(
    ("count", "expected", "wanted"),
    [(0, 3.0, 1.0), (1, 0.0, 0.0), (2, 0.1, 0.004679), (5, 1.0, 0.003660), (19, 10.0, 0.007187), (32, 20.0, 0.008092)],
)
def test_the_tail_is_that_of_the_poisson_distribution(count: int, expected: float, wanted: float) -> None:
    assert chance(count, expected) == pytest.approx(wanted, rel=1e-3, abs=1e-12)


def test_the_tail_never_exceeds_one_and_holds_far_from_the_middle() -> None:
    assert chance(1, 5_000.0) <= 1.0
    assert chance(1, 5_000.0) == pytest.approx(1.0)
    assert 0 < chance(200, 20.0) < 1e-100


def test_what_is_spent_adds_up_to_the_error_and_no_more() -> None:
    assert sum(spent(count) for count in range(LEAST, 100_000)) == pytest.approx(ERROR, rel=1e-4)
    assert sum(spent(count) for count in range(LEAST, 100_000)) < ERROR


def test_two_false_in_a_thousand_at_one_in_ten_thousand_suspend() -> None:
    assert suspends(2, 1_000, TARGET)
    assert not suspends(2, 1_100, TARGET)


def test_one_false_alert_alone_never_suspends() -> None:
    assert not suspends(1, 0, TARGET)
    assert suspends(2, 0, TARGET)


def fewest(searches: int, max_fpir: Decimal) -> int:
    return next(count for count in range(100) if suspends(count, searches, max_fpir))


@pytest.mark.parametrize(
    ("per", "once"),
    [(1_000, (5, 12, 19, 32)), (6_000, (3, 5, 6, 9)), (10_000, (2, 4, 5, 7))],
)
def test_it_suspends_where_a_single_look_at_one_per_cent_would_or_a_little_later(
    per: int, once: tuple[int, ...]
) -> None:
    """``once``: the fewest false alerts whose Poisson tail is below one per cent, looked at once after so many."""
    here = [fewest(searches, Decimal(1) / per) for searches in (1_000, 5_000, 10_000, 20_000)]
    assert all(single <= found <= 1.5 * single for single, found in zip(once, here, strict=True))


def suspended(times: float, rng: np.random.Generator, until: float = LONGEST) -> float | None:
    """The expectation at which a deployment is suspended whose false alerts come ``times`` as often as authorised."""
    at, count = 0.0, 0
    while True:
        at += rng.exponential(1 / times)
        count += 1
        if at > until:
            return None
        if suspends(count, round(at * 10_000), TARGET):
            return at


def test_a_device_that_keeps_its_rate_is_suspended_in_less_than_one_deployment_in_a_hundred() -> None:
    """Over a deployment of 200,000 searches at 1 in 10,000, looked at after every false alert."""
    rng = np.random.default_rng(20260601)
    share = sum(suspended(1, rng) is not None for _ in range(20_000)) / 20_000
    assert 0.005 < share < 0.0085


def expectation_at(count: int) -> float:
    """Up to this expectation the ``count``-th false alert suspends."""
    low, high = 0.0, 1_000.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if chance(count, middle) > spent(count) else (middle, high)
    return low


def test_the_error_over_a_whole_deployment_calculated_rather_than_drawn() -> None:
    """How the count is distributed where nothing was suspended yet, from one boundary to the next."""
    counts, at, stopped = np.array([1.0]), 0.0, 0.0
    for count in range(LEAST, 100):
        end = expectation_at(count)
        if end > LONGEST:
            break
        arrivals = np.array([math.exp(-(end - at)) * (end - at) ** n / math.factorial(n) for n in range(count)])
        after = np.convolve(counts, arrivals)[:count]
        stopped += counts.sum() - after.sum()
        counts, at = after, end
    assert stopped == pytest.approx(0.00716, abs=0.00001)


@pytest.mark.parametrize(
    ("times", "searches", "least"),
    [(3, 50_000, 0.43), (5, 20_000, 0.63), (10, 10_000, 0.89), (20, 5_000, 0.96), (50, 2_000, 0.98)],
)
def test_a_device_that_does_not_is_suspended(times: float, searches: int, least: float) -> None:
    """The power: of deployments whose false alerts are so many times as frequent as authorised, so many are stopped."""
    rng = np.random.default_rng(7)
    found = [suspended(times, rng, searches / 10_000) is not None for _ in range(4_000)]
    assert sum(found) / len(found) >= least


def reviewed(sequence: int, verdict: Verdict) -> HitReviewed:
    return HitReviewed(
        authorisation="a", sequence=sequence, verdict=verdict, key="k" * 43, seconds=9, order="0" * 64
    )  # fmt: skip


def course(*events: Event) -> Course:
    made = Course()
    for event in events:
        made.take(event)
    return made


def test_what_it_counts() -> None:
    made = course(
        Searched(authorisation="a", searches=300),
        reviewed(1, Verdict.CONFIRMED),
        reviewed(2, Verdict.INCONCLUSIVE),
        reviewed(3, Verdict.FALSE),
        Searched(authorisation="a", searches=200),
        HitUnreviewed(authorisation="a", sequence=4),
        Ended(authorisation="a", why=EndReason.STOPPED),
    )
    assert (made.searches, made.false, made.raised) == (500, 2, [(300, 1), (500, 2)])


def test_a_late_verdict_takes_the_place_of_the_hits_having_been_overdue() -> None:
    overdue = HitUnreviewed(authorisation="a", sequence=4)
    assert course(overdue, reviewed(4, Verdict.CONFIRMED)).false == 0
    assert course(overdue, reviewed(4, Verdict.INCONCLUSIVE)).false == 0
    assert course(overdue, reviewed(4, Verdict.FALSE)).false == 1
    assert course(overdue, reviewed(5, Verdict.FALSE)).false == 2
    assert course(overdue, reviewed(4, Verdict.CONFIRMED), reviewed(4, Verdict.FALSE)).false == 1


def test_what_was_suspended_once_stays_so_though_many_searches_follow() -> None:
    made = course(HitUnreviewed(authorisation="a", sequence=1), HitUnreviewed(authorisation="a", sequence=2))
    assert made.suspends(TARGET)
    made.take(Searched(authorisation="a", searches=1_000_000))
    made.take(reviewed(1, Verdict.CONFIRMED))
    assert made.suspends(TARGET)
    assert not course(Searched(authorisation="a", searches=5)).suspends(TARGET)


@pytest.mark.parametrize(
    "leaf",
    [Suspended(authorisation="a", searches=1, false=2), Flooded(authorisation="a", hits=30, suspected=0)],
)
def test_the_journals_own_word_suspends(leaf: Event) -> None:
    assert course(leaf).closed
    assert course(leaf).suspends(TARGET)
    assert not course().closed

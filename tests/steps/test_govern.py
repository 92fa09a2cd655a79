"""The governor's rule: slower when it must, faster when it may, never to and fro."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain.capture import Instant
from edge.domain.host import Heat
from edge.steps.govern import SHARES, Cause, Governing, Pace, Seen, judge

BEGIN = Instant(datetime(2026, 6, 1, tzinfo=UTC), timedelta(hours=1))
SETTINGS = Governing()
COOL, WARM, HOT = Heat(50.0), Heat(77.0), Heat(85.0)
QUICK, LATE = 20, 60


def after(seconds: float, heat: Heat, work: float, pace: Pace | None = None, interval: float = 40) -> Pace:
    """The pace after so many seconds of the same."""
    pace = pace or Pace()
    seen = Seen(heat, timedelta(milliseconds=interval), timedelta(milliseconds=work))
    for second in range(int(seconds) + 1):
        pace = judge(pace, seen, BEGIN.later(timedelta(seconds=second)), SETTINGS)
    return pace


def test_a_cool_and_quick_device_looks_at_every_frame() -> None:
    assert after(60, COOL, QUICK) == Pace()


@pytest.mark.parametrize(
    ("heat", "work", "cause"),
    [(HOT, QUICK, Cause.HEAT), (Heat(throttled=True), QUICK, Cause.HEAT), (COOL, LATE, Cause.LOAD)],
)
def test_heat_and_lateness_lower_the_rate_and_the_cause_is_kept(heat: Heat, work: float, cause: Cause) -> None:
    assert after(1, heat, work).level == 0
    lowered = after(2, heat, work)
    assert (lowered.share, lowered.cause) == (2, cause)


def test_lateness_lowers_it_only_as_far_as_needed() -> None:
    assert after(60, COOL, LATE).share == 2
    assert after(60, COOL, 90).share == 3


def test_heat_lowers_it_further_and_further_but_never_below_what_a_passage_needs() -> None:
    assert after(60, HOT, QUICK).share == 5
    assert after(60, HOT, QUICK, interval=100).share == 2
    assert after(60, HOT, QUICK, interval=250).share == 1


def test_the_rate_rises_by_one_level_after_a_calm_while() -> None:
    slow = Pace(2, Cause.HEAT)
    assert after(9, COOL, QUICK, slow).level == 2
    assert after(10, COOL, QUICK, slow) == Pace(1, Cause.HEAT)
    assert after(25, COOL, QUICK, slow) == Pace()


def test_between_hot_and_cool_nothing_changes() -> None:
    assert after(60, WARM, QUICK).level == 0
    assert after(60, WARM, QUICK, Pace(1, Cause.HEAT)).level == 1


def test_work_that_would_not_fit_the_faster_rate_keeps_the_slower_one() -> None:
    assert after(60, COOL, 35, Pace(1, Cause.LOAD)).level == 1
    assert after(60, COOL, 35).level == 0


def test_without_a_sensor_heat_is_no_reason() -> None:
    assert after(60, Heat(), QUICK) == Pace()


def test_a_shut_camera_is_no_reason_to_be_slow() -> None:
    assert after(60, COOL, 0, Pace(3, Cause.LOAD), interval=0) == Pace()


def test_as_long_as_the_rate_of_frames_is_not_known_no_work_is_too_slow_for_it() -> None:
    assert after(60, COOL, 60, interval=0) == Pace()
    assert after(60, HOT, 60, interval=0).cause is Cause.HEAT


@given(
    st.lists(st.tuples(st.one_of(st.none(), st.floats(-40, 120)), st.booleans(), st.integers(0, 500)), max_size=60),
    st.integers(0, 300),
)
@settings(deadline=None)
def test_whatever_comes_the_pace_moves_one_level_at_a_time_within_its_bounds(
    readings: list[tuple[float | None, bool, int]], interval: int
) -> None:
    pace = Pace()
    for second, (celsius, throttled, work) in enumerate(readings):
        seen = Seen(Heat(celsius, throttled), timedelta(milliseconds=interval), timedelta(milliseconds=work))
        new = judge(pace, seen, BEGIN.later(timedelta(seconds=second)), SETTINGS)
        assert abs(new.level - pace.level) <= 1
        assert 0 <= new.level < len(SHARES)
        assert (new.cause is None) == (new.level == 0)
        assert new.level <= pace.level or interval * new.share <= 200
        pace = new

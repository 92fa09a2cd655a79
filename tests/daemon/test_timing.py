"""How long stages take: histograms with fixed bounds, from which nobody's passage can be read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.daemon.timing import _MOST_WAITING, Timings
from edge.domain.health import BOUNDS_MS, Latency, Stage
from edge.domain.leaves.hits import HitAcknowledged, HitExpired
from hardware_sim.clock import SteppedClock

KEY = "A" * 43


def of(timings: Timings, stage: Stage) -> Latency:
    return next(one for one in timings.latencies() if one.stage is stage)


def ms(milliseconds: float) -> timedelta:
    return timedelta(milliseconds=milliseconds)


def test_there_is_a_histogram_for_every_stage_and_at_first_all_are_empty() -> None:
    latencies = Timings().latencies()
    assert [one.stage for one in latencies] == list(Stage)
    assert all(one.counts == (0,) * (len(BOUNDS_MS) + 1) and one.sum_ms == 0 for one in latencies)


@given(st.lists(st.integers(0, 90_000_000)))
def test_each_count_is_how_many_took_at_most_its_bound(microseconds: list[int]) -> None:
    timings = Timings()
    for span in microseconds:
        timings.took(Stage.DETECT, timedelta(microseconds=span))
    found = of(timings, Stage.DETECT)
    within = [sum(span <= 1000 * bound for span in microseconds) for bound in BOUNDS_MS]
    assert found.counts == (*within, len(microseconds))
    assert found.sum_ms == sum(microseconds) // 1000


def test_less_than_nothing_is_nothing() -> None:
    timings = Timings()
    timings.took(Stage.DETECT, ms(-5))
    assert of(timings, Stage.DETECT).counts[0] == 1
    assert of(timings, Stage.DETECT).sum_ms == 0


def test_a_stopwatch_times_its_block_again_and_again() -> None:
    timings, clock = Timings(), SteppedClock()
    watch = timings.stopwatch(Stage.EXTRACT, clock)
    for span in (3, 4):
        with watch:
            clock.advance(ms(span))
    assert of(timings, Stage.EXTRACT).sum_ms == 7
    assert of(timings, Stage.EXTRACT).counts[-1] == 2


def test_what_failed_is_not_timed() -> None:
    timings, clock = Timings(), SteppedClock()
    with pytest.raises(ZeroDivisionError), timings.stopwatch(Stage.EXTRACT, clock):
        raise ZeroDivisionError
    assert of(timings, Stage.EXTRACT).counts[-1] == 0


def test_an_acknowledgement_is_timed_from_the_first_publication() -> None:
    timings, clock = Timings(), SteppedClock()
    take = timings.follower(clock)
    timings.published(4, clock.now())
    clock.advance(ms(5_000))
    timings.published(4, clock.now())
    clock.advance(ms(250))
    take(HitAcknowledged(sequence=4, key=KEY))
    assert of(timings, Stage.PUBLISH_TO_ACK).sum_ms == 5_250
    take(HitAcknowledged(sequence=4, key=KEY))
    assert of(timings, Stage.PUBLISH_TO_ACK).counts[-1] == 1


def test_a_hit_that_expired_or_was_never_published_is_not_timed() -> None:
    timings, clock = Timings(), SteppedClock()
    take = timings.follower(clock)
    timings.published(4, clock.now())
    take(HitExpired(sequence=4))
    take(HitAcknowledged(sequence=4, key=KEY))
    take(HitAcknowledged(sequence=5, key=KEY))
    assert of(timings, Stage.PUBLISH_TO_ACK).counts[-1] == 0


def test_of_very_many_that_nobody_signs_for_the_oldest_are_not_waited_for() -> None:
    timings, clock = Timings(), SteppedClock()
    take = timings.follower(clock)
    for sequence in range(_MOST_WAITING + 1):
        timings.published(sequence, clock.now())
    take(HitAcknowledged(sequence=0, key=KEY))
    take(HitAcknowledged(sequence=1, key=KEY))
    assert of(timings, Stage.PUBLISH_TO_ACK).counts[-1] == 1

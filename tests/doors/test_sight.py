"""The sight, asked directly: when a fault counts, and when it is over."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from edge.domain.capture import Frame, Picture
from edge.domain.errors import Reason
from edge.safeguards.sight import CLEAR, EVERY, LASTING, Sight
from hardware_sim.clock import SteppedClock

MOMENT = timedelta(milliseconds=1)
SHOWN = np.zeros((360, 640), np.uint8)


class Looking:
    """A sight that is shown one frame after another."""

    def __init__(self) -> None:
        self.clock = SteppedClock()
        self.sight = Sight()

    def see(self, *, covered: bool, after: timedelta = timedelta(0)) -> bool:
        self.clock.advance(after)
        rows, columns = np.indices((360, 640)) // 12
        street = np.where((rows + columns) % 2, 100, 120).astype(np.uint8)
        half = np.full((180, 320), 128, np.uint8)
        picture = Picture(np.full_like(street, 16) if covered else street, half, half)
        return self.sight.look(Frame(1, self.clock.now(), picture, picture), SHOWN, self.clock.now())


@pytest.fixture
def looking() -> Looking:
    return Looking()


def covered_for(looking: Looking, span: timedelta) -> None:
    looking.see(covered=True)
    left = span
    while left:
        step = min(EVERY, left)
        looking.see(covered=True, after=step)
        left -= step


def test_a_fault_counts_when_it_has_lasted_and_is_told_once(looking: Looking) -> None:
    covered_for(looking, LASTING - EVERY)
    assert looking.sight.lost is None
    assert looking.see(covered=True, after=EVERY)
    assert looking.sight.lost is Reason.VIEW_DARK
    assert not looking.see(covered=True, after=EVERY)


def test_it_is_over_when_it_has_been_gone_for_long_enough(looking: Looking) -> None:
    covered_for(looking, LASTING)
    looking.see(covered=False, after=EVERY)
    for _ in range(CLEAR // EVERY - 1):
        assert not looking.see(covered=False, after=EVERY)
        assert looking.sight.lost is not None
    assert looking.see(covered=False, after=EVERY)
    assert looking.sight.lost is None


def test_frames_are_judged_once_a_second(looking: Looking) -> None:
    looking.see(covered=False)
    # Dark frames that come in between are not looked at, so the fault begins with the next that is.
    looking.see(covered=True, after=EVERY - MOMENT)
    looking.see(covered=True, after=MOMENT)
    for _ in range(LASTING // EVERY - 1):
        assert not looking.see(covered=True, after=EVERY)
    assert looking.see(covered=True, after=EVERY)


def test_one_clear_frame_begins_the_count_anew(looking: Looking) -> None:
    covered_for(looking, LASTING - EVERY)
    looking.see(covered=False, after=EVERY)
    looking.see(covered=True, after=EVERY)
    assert not looking.see(covered=True, after=LASTING - EVERY)
    assert looking.see(covered=True, after=EVERY)


def test_what_was_forgotten_is_judged_anew(looking: Looking) -> None:
    covered_for(looking, LASTING)
    looking.sight.pause()
    assert looking.sight.lost is None
    assert not looking.see(covered=True)
    assert looking.sight.lost is None


def test_it_judges_once_a_second_and_says_nothing_in_between(looking: Looking) -> None:
    """What a frame between two judgements shows makes a fault neither earlier nor later."""
    looking.see(covered=False)
    assert not looking.see(covered=True, after=EVERY / 2)
    assert not looking.see(covered=True, after=EVERY / 2)
    for _ in range(LASTING // EVERY - 1):
        assert not looking.see(covered=True, after=EVERY / 2)
        assert not looking.see(covered=True, after=EVERY / 2)
    assert not looking.see(covered=True, after=EVERY - MOMENT)
    assert looking.sight.lost is None
    assert looking.see(covered=True, after=MOMENT)
    assert looking.sight.lost is Reason.VIEW_DARK

"""The officer's shift: presence is confirmed while somebody is there, and lapses by itself when nobody is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.control_room.presence.shift import AGAIN, AWAY, EVERY, WITHIN, Shift, Stage
from edge.domain.capture import Instant
from edge.domain.condition import Condition
from edge.wire.events import State

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
STATE = State(
    site="high-street", device="post-7", epoch="e", boot="b", sequence=1, at=NOON, condition=Condition.PAUSED,
    reasons=("no-presence",), nonce="n" * 22, nonce_until=NOON, authorisation="operation-1",
    not_after=NOON + timedelta(hours=3), presence_until=None, version="0",
)  # fmt: skip
IDLE = replace(STATE, authorisation=None, not_after=None)


def at(seconds: float) -> Instant:
    return Instant(NOON + timedelta(seconds=seconds), timedelta(seconds=1000 + seconds))


@pytest.fixture
def shift() -> Shift:
    made = Shift()
    made.hear(STATE, None, lost=False)
    return made


def attended(shift: Shift, begins: float, ends: float) -> None:
    """The page is open and in sight."""
    seconds = begins
    while seconds <= ends:
        shift.seen(at(seconds))
        seconds += 3


def test_nothing_is_confirmed_before_the_officer_says_that_they_are_there(shift: Shift) -> None:
    attended(shift, 0, 60)
    assert not shift.due(at(60))
    assert shift.view(at(60)).stage is Stage.READY


def test_it_is_confirmed_at_once_and_again_and_again_while_the_page_is_open(shift: Shift) -> None:
    assert shift.press(at(0))
    assert shift.due(at(0))
    shift.confirmed(at(0))
    attended(shift, 1, 44)
    assert not shift.due(at(44))
    assert shift.due(at(EVERY.total_seconds()))
    assert shift.view(at(45)).stage is Stage.PRESENT


def test_a_confirmation_that_failed_is_tried_again_soon_and_says_why(shift: Shift) -> None:
    shift.press(at(0))
    shift.failed("No answer. Is the device running?", at(0))
    assert not shift.due(at(4))
    assert shift.due(at(AGAIN.total_seconds()))
    assert shift.view(at(5)).trouble == "No answer. Is the device running?"
    shift.confirmed(at(5))
    assert shift.view(at(5)).trouble == ""


def test_a_page_that_is_closed_or_out_of_sight_confirms_nothing(shift: Shift) -> None:
    shift.press(at(0))
    shift.confirmed(at(0))
    attended(shift, 3, 30)
    gone = 30 + AWAY.total_seconds()
    assert not shift.due(at(gone + 100))
    assert shift.view(at(gone + 100)).stage is Stage.LAPSED
    shift.seen(at(gone + 101))
    assert not shift.due(at(gone + 101))  # coming back into sight is no press of the button
    shift.press(at(gone + 102))
    assert shift.due(at(gone + 102))


def test_a_page_that_comes_back_has_lapsed_though_nobody_looked_meanwhile(shift: Shift) -> None:
    shift.press(at(0))
    shift.seen(at(AWAY.total_seconds()))
    assert shift.view(at(AWAY.total_seconds())).stage is Stage.LAPSED


def test_a_phone_that_was_left_behind_lapses_though_its_page_is_open(shift: Shift) -> None:
    limit = WITHIN.total_seconds()
    shift.press(at(0))
    attended(shift, 0, limit - 61)
    assert shift.view(at(limit - 60)).stage is Stage.DUE
    assert shift.due(at(limit - 60))
    attended(shift, limit - 60, limit + 1)
    assert not shift.due(at(limit + 1))
    assert shift.view(at(limit + 1)).stage is Stage.LAPSED
    assert shift.view(at(limit + 1)).press_before is None


def test_pressing_again_begins_the_time_anew(shift: Shift) -> None:
    limit = WITHIN.total_seconds()
    shift.press(at(0))
    attended(shift, 0, limit - 10)
    shift.press(at(limit - 9))
    attended(shift, limit - 9, limit + 100)
    assert shift.due(at(limit + 100))
    assert shift.view(at(limit + 100)).press_before == NOON + timedelta(seconds=2 * limit - 9)


def test_leaving_ends_it_at_once(shift: Shift) -> None:
    shift.press(at(0))
    shift.end(at(1))
    assert not shift.due(at(60))
    assert shift.view(at(2)).stage is Stage.READY


def test_another_deployment_is_begun_anew(shift: Shift) -> None:
    shift.press(at(0))
    shift.hear(replace(STATE, authorisation="operation-2"), None, lost=False)
    assert not shift.due(at(60))
    assert shift.view(at(1)).stage is Stage.READY
    shift.hear(IDLE, None, lost=False)
    assert shift.view(at(2)).stage is Stage.NOTHING
    assert not shift.press(at(2))
    assert not shift.due(at(60))


def test_before_the_device_was_heard_of_there_is_nothing_to_confirm() -> None:
    shift = Shift()
    assert not shift.press(at(0))
    shown = shift.view(at(0))
    assert (shown.stage, shown.lost) == (Stage.NOTHING, True)


@given(st.lists(st.tuples(st.sampled_from(["press", "end", "seen", "look"]), st.integers(0, 120)), max_size=40))
def test_whatever_the_officer_does_nothing_is_confirmed_without_a_fresh_press_and_a_fresh_page(
    steps: list[tuple[str, int]],
) -> None:
    shift, now = Shift(timedelta(minutes=2)), 0.0
    shift.hear(STATE, None, lost=False)
    pressed = seen = -1e9
    for what, later in steps:
        now += later
        if what == "press":
            shift.press(at(now))
            pressed = seen = now
        elif what == "end":
            shift.end(at(now))
            pressed = -1e9
        elif what == "seen":
            shift.seen(at(now))
            seen = now
        if shift.due(at(now)):
            assert now - pressed < 120
            assert now - seen < AWAY.total_seconds()

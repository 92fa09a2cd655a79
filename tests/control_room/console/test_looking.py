"""Whoever decides has looked: both pictures were there, they said that they look, and time went by."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.control_room.console.looking import LOOKED, SHOWN, Look
from edge.domain.capture import Instant
from edge.domain.orders import Verdict
from hardware_sim.clock import BEGIN

NOW = Instant(BEGIN, timedelta(minutes=5))
BIT = timedelta(milliseconds=1)


def after(span: timedelta) -> Instant:
    return NOW.later(span)


def test_looking_takes_both_pictures_and_a_moment() -> None:
    look = Look()
    assert "both pictures" in look.wants(NOW)
    look = look.showed(NOW, probe=True)
    assert "both pictures" in look.wants(after(timedelta(hours=1)))
    look = look.showed(after(SHOWN), probe=False)
    assert "only just" in look.wants(after(2 * SHOWN - BIT))
    assert look.wants(after(2 * SHOWN)) == ""


@pytest.mark.parametrize("verdict", Verdict)
def test_deciding_takes_looking_and_a_while(verdict: Verdict) -> None:
    look = Look().showed(NOW, probe=True).showed(NOW, probe=False)
    assert "press Look" in look.may_decide(verdict, after(timedelta(hours=1)))
    look = look.begun(after(SHOWN))
    assert "longer" in look.may_decide(verdict, after(SHOWN + LOOKED - BIT))
    assert look.may_decide(verdict, after(SHOWN + LOOKED)) == ""
    assert look.seconds(after(timedelta(seconds=7.9))) == 7


def test_without_a_reference_it_cannot_be_told() -> None:
    look = Look(no_reference=True).showed(NOW, probe=True)
    assert look.wants(after(SHOWN)) == ""
    look = look.begun(after(SHOWN))
    late = after(timedelta(minutes=1))
    assert [bool(look.may_decide(verdict, late)) for verdict in Verdict] == [True, True, False]


@given(st.lists(st.tuples(st.sampled_from(["probe", "reference", "act"]), st.integers(0, 5000)), max_size=12))
def test_no_order_of_doing_things_gets_round_it(steps: list[tuple[str, int]]) -> None:
    look, now, first = Look(), NOW, dict[str, Instant]()
    for step, wait in steps:
        now = now.later(timedelta(milliseconds=wait))
        if step == "act":
            if not look.wants(now):
                look = look.begun(now)
        else:
            look = look.showed(now, probe=step == "probe")
            first.setdefault(step, now)
    if not look.may_decide(Verdict.CONFIRMED, now):
        assert first.keys() == {"probe", "reference"}
        assert all(now.since(shown) >= SHOWN + LOOKED for shown in first.values())

"""What became of a hit follows from what reviewers signed, and from nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.control_room.console.deciding import Said, Second, Standing, counted, may, outcome, shown
from edge.domain.orders import Verdict

A, B, C = "a" * 43, "b" * 43, "c" * 43
YES, NO, OPEN = Verdict.CONFIRMED, Verdict.FALSE, Verdict.INCONCLUSIVE

opinions = st.lists(
    st.builds(
        Said,
        by=st.sampled_from([A, B, C]),
        verdict=st.sampled_from(Verdict),
        seconds=st.integers(0, 99),
        settles=st.booleans(),
    ),
    max_size=8,
)
rules = st.sampled_from(Second)


def said(by: str, verdict: Verdict, *, settles: bool = False) -> Said:
    return Said(by, verdict, 5, settles)


def test_where_one_decides_the_first_stands() -> None:
    assert outcome([], Second.NEVER).standing is Standing.WAITING
    assert outcome([said(A, YES), said(B, NO)], Second.NEVER).verdict is YES


def test_where_two_have_to_agree_the_first_alone_settles_nothing() -> None:
    assert outcome([said(A, NO)], Second.ALWAYS).standing is Standing.SECOND
    assert outcome([said(A, NO), said(B, NO)], Second.ALWAYS).verdict is NO


def test_nobody_is_approached_on_one_pair_of_eyes() -> None:
    assert outcome([said(A, YES)], Second.CONFIRMED).standing is Standing.SECOND
    assert outcome([said(A, NO)], Second.CONFIRMED).verdict is NO
    assert outcome([said(A, OPEN)], Second.CONFIRMED).verdict is OPEN


def test_nobody_is_their_own_second_reviewer() -> None:
    assert outcome([said(A, YES), said(A, YES)], Second.ALWAYS).standing is Standing.SECOND
    assert not may(A, [said(A, YES)], Second.ALWAYS)
    assert may(B, [said(A, YES)], Second.ALWAYS)


def test_a_wrong_decision_is_corrected_by_whoever_did_not_make_it() -> None:
    differ = [said(A, YES), said(B, NO)]
    assert outcome(differ, Second.ALWAYS).standing is Standing.DIFFER
    assert outcome([*differ, said(A, YES, settles=True)], Second.ALWAYS).standing is Standing.DIFFER
    settled = outcome([*differ, said(B, NO, settles=True)], Second.ALWAYS)
    assert (settled.standing, settled.verdict, settled.by) == (Standing.SETTLED, NO, B)
    assert [may(who, differ, Second.ALWAYS) for who in (A, B, C)] == [False, True, True]


def test_the_second_does_not_see_what_the_first_decided_before_deciding() -> None:
    first = [said(A, YES)]
    assert shown(B, first, Second.ALWAYS) == []
    assert shown(A, first, Second.ALWAYS) == first
    differ = [said(A, YES), said(B, NO)]
    assert shown(C, differ, Second.ALWAYS) == differ


def test_nothing_is_settled_before_it_differs() -> None:
    assert outcome([said(A, YES, settles=True)], Second.ALWAYS).standing is Standing.WAITING
    assert outcome([said(A, YES), said(B, NO, settles=True)], Second.ALWAYS).standing is Standing.SECOND


@given(opinions, opinions, rules)
def test_what_is_settled_stays_settled(before: list[Said], after: list[Said], rule: Second) -> None:
    settled = outcome(before, rule)
    if settled.standing is Standing.SETTLED:
        assert outcome(before + after, rule) == settled


@given(opinions, rules)
def test_whoever_settles_it_gave_the_verdict_and_may_give_no_more(all_said: list[Said], rule: Second) -> None:
    found = outcome(all_said, rule)
    assert (found.verdict is None) is (found.standing is not Standing.SETTLED)
    if found.by is not None:
        assert any(one.by == found.by and one.verdict is found.verdict for one in all_said)
        assert not any(may(who, all_said, rule) for who in (A, B, C))


@given(opinions)
def test_with_a_second_reviewer_two_people_have_always_decided(all_said: list[Said]) -> None:
    if outcome(all_said, Second.ALWAYS).standing is Standing.SETTLED:
        assert len({one.by for one in counted(all_said, Second.ALWAYS)}) >= 2


@given(opinions, rules, st.sampled_from([A, B, C]))
def test_a_reviewer_who_is_waited_for_counts_when_they_decide(all_said: list[Said], rule: Second, who: str) -> None:
    settles = outcome(all_said, rule).standing is Standing.DIFFER
    one = said(who, YES, settles=settles)
    assert (counted([*all_said, one], rule)[-1:] == [one]) >= may(who, all_said, rule)
    if not may(who, all_said, rule):
        assert counted([*all_said, one], rule) == counted(all_said, rule)


@given(opinions, rules, st.sampled_from([A, B, C]))
def test_whoever_is_waited_for_as_second_is_shown_nothing(all_said: list[Said], rule: Second, who: str) -> None:
    if outcome(all_said, rule).standing is Standing.SECOND and may(who, all_said, rule):
        assert shown(who, all_said, rule) == []
    else:
        assert shown(who, all_said, rule) == counted(all_said, rule)

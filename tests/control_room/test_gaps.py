"""A hole in the numbers of hits is seen, and told from a number that may still come."""

from __future__ import annotations

from edge.control_room.gaps import Gaps
from edge.control_room.show import missing_line


def told(last: int, first_waiting: int) -> dict[str, int]:
    return {"hits-last": last, "hits-first-waiting": first_waiting}


def seen(gaps: Gaps) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return gaps.missing, gaps.awaited


def test_what_was_before_the_desk_came_is_not_missed() -> None:
    gaps = Gaps()
    assert seen(gaps) == ((), ())
    gaps.told(told(40, 0))
    assert seen(gaps) == ((), ())
    gaps.told(told(41, 0))
    assert seen(gaps) == ((41,), ())


def test_what_waited_when_the_desk_came_is_awaited() -> None:
    gaps = Gaps()
    gaps.told(told(40, 38))
    assert seen(gaps) == ((), (38, 39, 40))
    gaps.came("epoch-1", 40)
    gaps.came("epoch-1", 38)
    assert seen(gaps) == ((), (39,))
    gaps.told(told(40, 0))
    assert seen(gaps) == ((39,), ())


def test_the_newest_may_come_first() -> None:
    gaps = Gaps()
    gaps.told(told(0, 0))
    gaps.came("epoch-1", 3)
    assert seen(gaps) == ((), (1, 2))
    gaps.told(told(3, 2))
    assert seen(gaps) == ((1,), (2,))
    gaps.came("epoch-1", 2)
    gaps.came("epoch-1", 2)
    assert seen(gaps) == ((1,), ())


def test_an_older_hit_than_the_first_that_was_heard_of_moves_the_beginning() -> None:
    gaps = Gaps()
    gaps.came("epoch-1", 5)
    gaps.told(told(5, 0))
    assert seen(gaps) == ((), ())
    gaps.came("epoch-1", 3)
    assert seen(gaps) == ((4,), ())


def test_numbers_begin_anew_with_an_epoch() -> None:
    gaps = Gaps()
    gaps.told(told(7, 0))
    gaps.told(told(9, 0))
    assert gaps.missing == (8, 9)
    gaps.told(told(0, 0))
    assert seen(gaps) == ((), ())
    gaps.came("epoch-2", 1)
    gaps.came("epoch-3", 4)
    assert seen(gaps) == ((), ())
    gaps.told(told(4, 0))
    assert seen(gaps) == ((), ())


def test_a_health_that_says_nothing_of_hits_changes_nothing() -> None:
    gaps = Gaps()
    gaps.told({"outbox": 3})
    gaps.told({"hits-last": 3})
    gaps.told({"hits-first-waiting": 3})
    assert seen(gaps) == ((), ())


def test_they_are_shown_with_what_to_do() -> None:
    assert missing_line((3, 4, 9)) == (
        "3 hits did not come here: 3, 4, 9; what became of them says lamppost resend --first 3 --last 9"
    )
    assert ", 10, ...;" in missing_line(tuple(range(1, 30)))
    assert ", ..." not in missing_line(tuple(range(1, 11)))

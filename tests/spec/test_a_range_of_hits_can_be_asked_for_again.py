"""Who missed hits asks for them: what waits comes at once, and of the rest the device says what became."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edge.control_room import decisions
from edge.control_room.desk import Refused
from edge.domain.authorisation import Retention
from edge.domain.message import Outgoing
from edge.domain.orders import Replay, Verb
from edge.measure.people import MemoryKey
from hardware_sim.site import Site
from tests.doors.test_outbox import forget_one, tell


@pytest.fixture
def behind(site: Site) -> Site:
    """Of seven hits two were signed for, two expired and three wait; none of them was read here."""
    site.run(1)
    site.deploy(7, retention=Retention(hit=timedelta(hours=2), undelivered=timedelta(minutes=1)))
    site.confirm_presence()
    reader, site.desk._reader = site.desk._reader, None
    site.run(1)
    tell(site, 4)
    site.run(0.3)
    forget_one(site)
    forget_one(site)
    site.clock.advance(timedelta(minutes=1))
    site.run(0.5)
    tell(site, 3)
    # What is sent now is not due again for some time.
    site.run(2)
    site.desk._reader = reader
    return site


def hits_sent(site: Site) -> int:
    return sum(heard.topic == site.topics.hit for heard in site.broker.heard)


def test_what_waits_comes_at_once_and_the_rest_is_answered_from_the_journal(behind: Site) -> None:
    before = behind.clock.now()
    facts = decisions.replay(behind.desk, 1, 9, behind.office.operator)
    assert facts == {"last": 7, "waiting": "5-7", "acknowledged": "1-2", "expired": "3-4"}
    behind.run(0.2)
    assert [hit.sealed.sequence for hit in behind.hits] == [7, 6, 5]
    assert behind.clock.now().since(before) < timedelta(seconds=1)


def test_only_what_is_asked_for_comes(behind: Site) -> None:
    assert decisions.replay(behind.desk, 6, 6, behind.office.operator) == {"last": 7, "waiting": "6"}
    behind.run(0.2)
    assert [hit.sealed.sequence for hit in behind.hits] == [6]


def test_a_number_that_no_hit_has_is_answered_by_nothing(behind: Site) -> None:
    assert decisions.replay(behind.desk, 8, 1007, behind.office.operator) == {"last": 7}


def test_a_recipient_may_ask_while_a_hit_waits_for_them(behind: Site) -> None:
    facts = decisions.replay(behind.desk, 3, 5, behind.office.reader.signer)
    assert facts == {"last": 7, "waiting": "5", "expired": "3-4"}
    behind.run(1)
    assert len(behind.hits) == 1


@pytest.mark.parametrize("who", ["presence", "reviewer", "officer", "evaluator"])
def test_nobody_elses_role_may(behind: Site, who: str) -> None:
    with pytest.raises(Refused, match="wrong-role"):
        decisions.replay(behind.desk, 1, 9, getattr(behind.office, who))


def test_a_stranger_gets_no_answer_and_nothing_is_sent(behind: Site) -> None:
    sent = hits_sent(behind)
    behind.desk.send(Verb.REPLAY, Replay(first=1, last=9), MemoryKey())
    behind.run(0.3)
    assert hits_sent(behind) == sent
    assert behind.device.daemon.pulse.counters()["orders-refused-unknown-key"] == 1


def test_ordered_twice_it_is_executed_once(behind: Site) -> None:
    decisions.replay(behind.desk, 5, 5, behind.office.operator)
    order = next(heard for heard in reversed(behind.broker.heard) if heard.topic == behind.topics.order(Verb.REPLAY))
    behind.run(0.2)
    sent = hits_sent(behind)
    behind.broker.forge(Outgoing(order.topic, order.payload))
    behind.run(0.2)
    assert hits_sent(behind) == sent
    assert behind.device.daemon.pulse.counters()["orders-replay"] == 1


@pytest.mark.parametrize(("first", "last"), [(2, 1), (1, 1001), (9, 3000)])
def test_a_range_that_is_none_cannot_even_be_asked_for(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="1000"):
        Replay(first=first, last=last)


def test_it_is_answered_from_earlier_lives_too(behind: Site) -> None:
    behind.power_cut()
    behind.run(1)
    facts = decisions.replay(behind.desk, 1, 4, behind.office.operator)
    assert facts == {"last": 7, "acknowledged": "1-2", "expired": "3-4"}


def test_until_a_long_journal_is_read_it_asks_to_be_asked_again(behind: Site) -> None:
    fates = behind.device.daemon.obey._verbs[Verb.REPLAY].__self__._fates  # type: ignore[attr-defined]
    fates._read = -600
    with pytest.raises(Refused, match=r"busy.*leaves were read"):
        decisions.replay(behind.desk, 1, 4, behind.office.operator)


def test_the_desk_sees_which_are_missing_and_which_may_still_come(behind: Site) -> None:
    """By the device's signed health; that the missing ones expired, or went to somebody else, the replay says."""
    reader, behind.desk._reader = behind.desk._reader, None
    behind.run(11)
    behind.desk._reader = reader
    gaps = behind.desk.seen.gaps
    assert (gaps.missing, gaps.awaited) == ((1, 2, 3, 4), (5, 6, 7))
    decisions.replay(behind.desk, 5, 6, behind.office.operator)
    behind.run(0.2)
    assert (gaps.missing, gaps.awaited) == ((1, 2, 3, 4), (7,))

"""What is exactly at a limit is within it; a second more, or one more, is found out."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from edge.audit.failures import Failure
from edge.domain.authorisation import Category, CategoryCap
from edge.domain.condition import Condition
from edge.domain.leaves.deployment import CaptureClosed, Ended, ListDestroyed, PresenceConfirmed, Searched
from edge.domain.leaves.hits import HitCommitted
from tests.audit.cast import at
from tests.audit.faults.people import rotate, without
from tests.audit.folders import examined
from tests.audit.limit import Edge, Edges, unwitnessed
from tests.audit.mornings import a_morning, alive
from tests.audit.story import Story

EDGES = Edges()
edge = EDGES.edge


@pytest.mark.parametrize("one", EDGES, ids=lambda one: one.name)
def test_at_the_limit_it_holds(one: Edge, tmp_path: Path) -> None:
    assert examined(one.make(one.good), tmp_path / "good").names == frozenset()


@pytest.mark.parametrize("one", EDGES, ids=lambda one: one.name)
def test_beyond_the_limit_it_does_not(one: Edge, tmp_path: Path) -> None:
    assert one.failure.value in examined(one.make(one.bad), tmp_path / "bad").names


@edge(0.001, 0.0011, Failure.FPIR_TOO_HIGH)
def a_maximum_fpir(rate: float) -> Story:
    story = a_morning()
    story.authorise(max_fpir=Decimal(str(rate)))
    return story


@edge(1505, 1504, Failure.ROOT_EXPIRED)
def a_trust_root_that_expires(when: float) -> Story:
    story = a_morning()
    story.rule(expires=at(when))
    return story


@edge(1505, 1504, Failure.WENT_ON_REVOKED)
def a_signer_who_is_revoked_before_the_end(when: float) -> Story:
    story = a_morning()
    rotate(story, when, "custodian-1", "custodian-2", keys=without("authorising-officer"))
    return story


@edge(12, 12.001, Failure.WINDOW_TOO_LONG)
def hours_of_a_window(hours: float) -> Story:
    story = a_morning()
    story.authorise(not_after=at(1200 + hours * 3600))
    return story


@edge(1200, 1201, Failure.BEGAN_OUTSIDE_WINDOW)
def a_window_that_opens(when: float) -> Story:
    story = a_morning()
    story.authorise(not_before=at(when))
    return story


@edge(1200 - 86400, 1199 - 86400, Failure.LIST_STALE)
def a_list_of_yesterday(built: float) -> Story:
    story = a_morning()
    story.list_(built=at(built))
    return story


@edge(1205, 1206, Failure.LIST_STALE)
def a_list_of_the_future(built: float) -> Story:
    story = a_morning()
    story.list_(built=at(built))
    return story


@edge(300, 299, Failure.LIST_OVER_CAP)
def a_cap(most: float) -> Story:
    story = a_morning()
    story.list_(cap=int(most))
    return story


@edge(300, 299, Failure.LIST_OVER_CAP)
def a_category_s_cap(most: float) -> Story:
    story = a_morning()
    story.list_(caps=(CategoryCap(category=Category.WANTED_BY_COURT, most=int(most)),))
    return story


@edge(2103, 2104, Failure.LIST_KEPT_PAUSED)
def a_pause(until: float) -> Story:
    story = a_morning()
    for kind in (ListDestroyed, Ended):
        story.move(kind, until)
    story.add(1770, alive(opens=1, condition=Condition.PAUSED))
    story.add(2070, alive(opens=1, condition=Condition.PAUSED))
    return unwitnessed(story)


@edge(1513, 1514, Failure.LIST_DESTROYED_LATE)
def a_list_destroyed_after_the_window(when: float) -> Story:
    story = a_morning()
    story.authorise(not_after=at(1510))
    for kind in (ListDestroyed, Ended):
        story.move(kind, when)
    return unwitnessed(story)


@edge(183, 184, Failure.LEASE_TOO_LONG)
def a_lease(seconds: float) -> Story:
    story = a_morning()
    story.change(PresenceConfirmed, 1, until=at(1350 + seconds))
    return story


@edge(1393, 1394, Failure.CAPTURED_WITHOUT_PRESENCE)
def a_camera_that_is_shut_after_the_lease(when: float) -> Story:
    story = a_morning()
    story.drop(PresenceConfirmed, 1)
    story.drop(Searched, 1)
    story.move(CaptureClosed, when)
    line = next(line for line in story.lines if line.at == 1470)
    line.event = alive(opens=1, condition=Condition.PAUSED)
    return unwitnessed(story)


@edge(1393, 1394, Failure.CAPTURED_WITHOUT_PRESENCE)
def an_officer_who_confirms_late(when: float) -> Story:
    story = a_morning()
    story.move(PresenceConfirmed, when, 1)
    return story


@edge(1497, 1496, Failure.CAPTURED_AFTER_END)
def a_camera_that_is_shut_after_the_end(when: float) -> Story:
    story = a_morning()
    story.drop(Searched, 1)
    story.move(ListDestroyed, when)
    story.move(Ended, when)
    return unwitnessed(story)


@edge(1505, 1506, Failure.HEARTBEAT_MISSING)
def a_deployment_between_two_heartbeats(ends: float) -> Story:
    """From the beginning on, five minutes and five seconds."""
    story = a_morning()
    line = next(line for line in story.lines if line.at == 1470)
    story.lines.remove(line)
    story.drop(Searched, 1)
    story.move(ListDestroyed, ends)
    story.move(Ended, ends)
    story.add(1520, alive(opens=1))
    return unwitnessed(story)


@edge(2340 + 905, 2340 + 906, Failure.HEARTBEAT_MISSING)
def an_idle_device_between_two_heartbeats(when: float) -> Story:
    story = a_morning()
    story.add(when, alive(opens=1))
    return unwitnessed(story)


@edge(1278, 1277, Failure.TIME_BACKWARDS)
def a_clock_that_is_put_back(when: float) -> Story:
    story = a_morning()
    story.line(HitCommitted).at = when
    return story


@edge(-660, -661, Failure.NOT_COSIGNED)
def a_cosignature_that_is_old(when: float) -> Story:
    story = a_morning()
    story.cosigned[0] = (1, when, "witness-1")
    return story


@edge(1260, 1261, Failure.NOT_COSIGNED)
def a_cosignature_of_a_clock_that_is_fast(when: float) -> Story:
    story = a_morning()
    story.cosigned[0] = (2, when, "witness-1")
    return story


@edge(2, 3, Failure.NOT_COSIGNED)
def a_cosignature_of_what_was_there_before(size: float) -> Story:
    story = a_morning()
    story.cosigned[0] = (int(size), 1200, "witness-1")
    return story

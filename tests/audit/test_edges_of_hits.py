"""The same of hits, their reviews, and what people decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.audit.failures import Failure
from edge.domain.condition import Condition
from edge.domain.leaves.deployment import CaptureClosed, Ended, ListDestroyed, PresenceConfirmed, SightChanged
from edge.domain.leaves.hits import HitAcknowledged, HitExpired, HitReviewed, HitUnreviewed
from edge.domain.orders import Verdict
from tests.audit.cast import at, booted
from tests.audit.folders import examined
from tests.audit.limit import Edge, Edges, unwitnessed
from tests.audit.mornings import DEPLOYMENT, a_morning, alive, an_urgent_morning, committed, ratify, review
from tests.audit.story import Story

EDGES = Edges()
edge = EDGES.edge


@pytest.mark.parametrize("one", EDGES, ids=lambda one: one.name)
def test_at_the_limit_it_holds(one: Edge, tmp_path: Path) -> None:
    assert examined(one.make(one.good), tmp_path / "good").names == frozenset()


@pytest.mark.parametrize("one", EDGES, ids=lambda one: one.name)
def test_beyond_the_limit_it_does_not(one: Edge, tmp_path: Path) -> None:
    assert one.failure.value in examined(one.make(one.bad), tmp_path / "bad").names


@edge(1320 + 897, 1320 + 896, Failure.UNREVIEWED_TOO_SOON)
def a_hit_that_is_called_unreviewed(when: float) -> Story:
    story = a_morning()
    story.drop(HitReviewed)
    story.papers.pop()
    story.add(when, HitUnreviewed(authorisation=DEPLOYMENT, sequence=1))
    return unwitnessed(story)


@edge(1320 + 960, 1320 + 961, Failure.LEFT_UNREVIEWED)
def a_review_that_is_late(when: float) -> Story:
    story = a_morning()
    story.drop(HitReviewed)
    story.papers.pop()
    story.add(when, review(story, when, 1, Verdict.CONFIRMED))
    return unwitnessed(story)


@edge(1900 - 3, 1900 - 4, Failure.HIT_EXPIRED_EARLY)
def a_hit_that_is_dropped_early(when: float) -> Story:
    return expiring(when)


@edge(1900 + 60, 1900 + 61, Failure.HIT_KEPT)
def a_hit_that_is_dropped_late(when: float) -> Story:
    return expiring(when)


def expiring(when: float) -> Story:
    story = a_morning()
    story.drop(HitReviewed)
    story.papers.pop()
    story.drop(HitAcknowledged)
    story.add(when, HitExpired(sequence=1))
    return unwitnessed(story)


@edge(1200 + 86400 + 60, 1200 + 86400 + 61, Failure.RATIFICATION_LATE)
def a_ratification_that_is_late(when: float) -> Story:
    story = an_urgent_morning()
    story.lines.pop()
    story.papers.pop()
    story.add(1100 + 86400, booted(), "boot-2")
    ratify(story, when)
    return unwitnessed(story)


@edge(1505, 1504, Failure.WENT_ON_UNRATIFIED)
def a_no_before_the_end(when: float) -> Story:
    story = an_urgent_morning()
    story.lines.pop()
    story.papers.pop()
    ratify(story, when, yes=False)
    return unwitnessed(story)


@edge(600, 599, Failure.NOT_SUSPENDED)
def thirty_hits_within(seconds: float) -> Story:
    """A flood is thirty hits in less than ten minutes."""
    story = a_morning()
    story.list_(built=at(0))
    for kind, when in ((CaptureClosed, 2000), (ListDestroyed, 2010), (Ended, 2010)):
        story.move(kind, when)
    for when in (1500, 1650, 1800, 1950):
        story.add(
            when, PresenceConfirmed(authorisation=DEPLOYMENT, key=story.authorisation.presence[0], until=at(when + 170))
        )
    for when in (1750, 1990):
        story.add(when, alive(opens=1, is_open=True))
    for number in range(2, 31):
        story.add(1300 + seconds * (number - 1) / 29, committed(number))
    for number in range(2, 31):
        story.add(1301 + seconds * (number - 1) / 29 + 600, HitExpired(sequence=number))
    story.add(2700, alive(opens=1))
    return unwitnessed(story)


@edge(1295, 1294, Failure.HIT_BLIND)
def a_hit_that_was_searched_for_just_before_the_dark(since: float) -> Story:
    story = a_morning()
    story.add(since, SightChanged(authorisation=DEPLOYMENT, why="view-dark"))
    return unwitnessed(story)


@edge(1223, 1224, Failure.HEARTBEAT_CONTRADICTS)
def a_heartbeat_while_the_camera_is_opened(when: float) -> Story:
    story = a_morning()
    story.add(when, alive(opens=0, condition=Condition.WAITING))
    return unwitnessed(story)


@edge(0, 3, Failure.HEARTBEAT_CONTRADICTS)
def openings_while_the_camera_is_opened(opens: float) -> Story:
    """One may have been counted already, or not yet; two may not."""
    story = a_morning()
    story.add(1221, alive(opens=int(opens), condition=Condition.WAITING))
    return unwitnessed(story)

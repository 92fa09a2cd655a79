"""Hits and verdicts, held against the deployment in force as they come: nobody has to look for the breaker to open."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from edge.domain.authorisation import UseCase
from edge.domain.leaves.deployment import Flooded, Searched, Suspended
from edge.domain.leaves.hits import HitReviewed, HitUnreviewed
from edge.domain.orders import Review, Verdict
from edge.safeguards.breaker import FLOOD_SUSPECTED
from edge.safeguards.reviews import REVIEW_WITHIN
from hardware_sim.site import Site
from tests.doors.test_hits import acknowledgement, hits_of, sealed
from tests.doors.test_reviews import door, order_of


@pytest.fixture
def post(site: Site) -> Site:
    """An ordinary deployment that looks, with one hit that its recipient has signed for."""
    site.run(0.2)
    site.deploy(7, use_case=UseCase.CRIME_HOTSPOT, max_fpir=Decimal("0.0001"))
    site.confirm_presence()
    site.run(0.3)
    site.device.link.eats_publishes = True
    now = site.clock.now()
    assert hits_of(site).commit(sealed(site), now)
    assert hits_of(site).acknowledge(acknowledgement(site, site.office.reader.signer.public), now) is None
    return site


def false_already(site: Site) -> None:
    """One false alert short of what suspends it."""
    site.device.daemon.tell._journal.record(HitUnreviewed(authorisation="test-1", sequence=9), site.clock.now())


def test_a_flood_is_noticed_by_the_hit_that_makes_it_one(post: Site) -> None:
    for number in range(1, FLOOD_SUSPECTED + 1):
        door(post).told(post.clock.now(), suspected=True)
        assert isinstance(post.journal()[-1], Flooded) is (number == FLOOD_SUSPECTED)


def test_the_searches_so_far_are_counted_before_a_verdict_is_held_against_them(post: Site) -> None:
    review = Review(hit="hit-1", sequence=1, verdict=Verdict.CONFIRMED, seconds=9)
    assert door(post).review(order_of(post, review, post.office.reviewer), post.clock.now()) is None
    searched, reviewed = post.journal()[-2:]
    assert searched == Searched(authorisation="test-1", searches=1)
    assert isinstance(reviewed, HitReviewed)


def test_the_verdict_that_is_one_too_many_suspends_at_once(post: Site) -> None:
    false_already(post)
    review = Review(hit="hit-1", sequence=1, verdict=Verdict.FALSE, seconds=9)
    assert door(post).review(order_of(post, review, post.office.reviewer), post.clock.now()) is None
    assert post.journal()[-1] == Suspended(authorisation="test-1", searches=1, false=2)


def test_so_does_a_hit_that_nobody_reviewed_in_time(post: Site) -> None:
    false_already(post)
    late = post.clock.now().later(REVIEW_WITHIN + timedelta(seconds=1))
    door(post).sweep(late)
    assert [event.kind for event in post.journal()[-2:]] == ["hit-unreviewed", "suspended"]

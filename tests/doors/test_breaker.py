"""The breaker, asked directly: what opens it, and that nothing but another authorisation closes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from edge.domain.authorisation import UseCase
from edge.domain.capture import Instant
from edge.domain.condition import Condition, EndReason
from edge.domain.errors import Reason, Refusal, SealBroken
from edge.domain.leaves.deployment import Flooded, Searched, Suspended
from edge.domain.leaves.hits import HitUnreviewed
from edge.domain.record import Event
from edge.measure.people import UNSIGNED
from edge.safeguards.breaker import FLOOD_HITS, FLOOD_SPAN, FLOOD_SUSPECTED, Breaker
from edge.safeguards.journal import Journal
from edge.safeguards.verify import Believed
from hardware_sim.site import Site

SECOND = timedelta(seconds=1)


@pytest.fixture
def now(site: Site) -> Instant:
    return site.clock.now()


@pytest.fixture
def believed(site: Site) -> Believed:
    document = site.authorisation(
        site.list_of(7), id="a", use_case=UseCase.CRIME_HOTSPOT, max_fpir=Decimal(1) / 10_000
    )  # fmt: skip
    return Believed(document, "0" * 64, UNSIGNED)


def told(breaker: Breaker, *events: Event) -> Breaker:
    for event in events:
        breaker.take(event)
    return breaker


def searched(count: int, of: str = "a") -> Searched:
    return Searched(authorisation=of, searches=count)


def false(sequence: int, of: str = "a") -> HitUnreviewed:
    return HitUnreviewed(authorisation=of, sequence=sequence)


def journal_of(site: Site) -> Journal:
    return site.device.daemon.tell._journal


def last(site: Site) -> Event:
    return site.journal()[-1]


def test_with_nothing_known_it_stands_in_nobodys_way(believed: Believed, now: Instant) -> None:
    breaker = Breaker()
    assert breaker.refuses(believed, now) is None
    assert breaker.missing(believed, now) is None
    assert breaker.over(believed, now) is None


def test_two_false_alerts_in_a_thousand_searches_suspend_at_one_in_ten_thousand(
    site: Site, believed: Believed, now: Instant
) -> None:
    breaker = told(Breaker(), searched(1_000), false(1))
    breaker.settle(believed, journal_of(site), now)
    assert breaker.missing(believed, now) is None
    told(breaker, false(2))
    assert breaker.missing(believed, now) is Reason.SUSPENDED
    assert breaker.over(believed, now) is None
    before = len(site.journal())
    breaker.settle(believed, journal_of(site), now)
    assert last(site) == Suspended(authorisation="a", searches=1_000, false=2)
    told(breaker, last(site))
    assert breaker.over(believed, now) is EndReason.SUSPENDED
    breaker.settle(believed, journal_of(site), now)
    assert len(site.journal()) == before + 1


def test_in_two_thousand_searches_they_do_not(believed: Believed, now: Instant) -> None:
    assert told(Breaker(), searched(2_000), false(1), false(2)).missing(believed, now) is None


def test_a_looser_authorisation_is_suspended_later(believed: Believed, now: Instant) -> None:
    loose = replace(believed, authorisation=replace(believed.authorisation, max_fpir=Decimal("0.001")))
    breaker = told(Breaker(), searched(1_000), *(false(number) for number in range(6)))
    assert breaker.missing(loose, now) is None
    assert breaker.missing(believed, now) is Reason.SUSPENDED


def test_what_happened_under_another_authorisation_does_not_count(believed: Believed, now: Instant) -> None:
    breaker = told(Breaker(), searched(1_000), false(1, "b"), false(2, "b"), false(3))
    assert breaker.refuses(believed, now) is None
    other = replace(believed, authorisation=replace(believed.authorisation, id="b"))
    assert breaker.refuses(other, now) == Refusal(Reason.SUSPENDED)


def test_a_restart_closes_nothing(site: Site, believed: Believed, now: Instant) -> None:
    """Whether or not the leaf that says so was still written."""
    for event in (searched(500), false(1), false(2)):
        journal_of(site).record(event, now)
    breaker = Breaker()
    breaker.recall(site.device.store)
    assert breaker.refuses(believed, now) == Refusal(Reason.SUSPENDED)
    assert breaker.over(believed, now) is None
    journal_of(site).record(Suspended(authorisation="a", searches=500, false=2), now)
    again = Breaker()
    again.recall(site.device.store)
    assert again.over(believed, now) is EndReason.SUSPENDED


def test_a_restart_remembers_a_flood(site: Site, believed: Believed, now: Instant) -> None:
    journal_of(site).record(Flooded(authorisation="a", hits=30, suspected=0), now)
    breaker = Breaker()
    breaker.recall(site.device.store)
    assert breaker.refuses(believed, now) == Refusal(Reason.SUSPENDED)


def test_a_leaf_that_cannot_be_read_is_a_broken_seal(site: Site) -> None:
    with site.device.store.transaction() as transaction:
        transaction.append(b'{"kind":"suspended"}')
    with pytest.raises(SealBroken):
        Breaker().recall(site.device.store)
    site.power_cut()
    assert site.condition is Condition.UNSAFE


def hits(breaker: Breaker, believed: Believed, now: Instant, count: int, *, suspected: bool, within: timedelta) -> None:
    for number in range(count):
        breaker.told(believed, now.later(within * number / max(1, count - 1)), suspected=suspected)


def flooded(site: Site, breaker: Breaker, believed: Believed) -> bool:
    before = len(site.journal())
    breaker.settle(believed, journal_of(site), site.clock.now())
    return any(isinstance(event, Flooded) for event in site.journal()[before:])


@pytest.mark.parametrize(
    ("count", "suspected", "within", "flood"),
    [
        (FLOOD_HITS, False, FLOOD_SPAN, True),
        (FLOOD_HITS - 1, False, FLOOD_SPAN, False),
        (FLOOD_HITS, False, FLOOD_SPAN + SECOND, False),
        (FLOOD_SUSPECTED, True, FLOOD_SPAN, True),
        (FLOOD_SUSPECTED - 1, True, FLOOD_SPAN, False),
        (FLOOD_SUSPECTED, True, FLOOD_SPAN + SECOND, False),
    ],
)
def test_more_hits_or_more_that_look_like_pictures_than_a_street_gives_are_a_flood(
    site: Site, believed: Believed, now: Instant, count: int, suspected: bool, within: timedelta, flood: bool
) -> None:
    breaker = Breaker()
    hits(breaker, believed, now, count, suspected=suspected, within=within)
    assert flooded(site, breaker, believed) is flood


def test_the_leaf_of_a_flood_says_how_many(site: Site, believed: Believed, now: Instant) -> None:
    breaker = Breaker()
    hits(breaker, believed, now, FLOOD_SUSPECTED, suspected=True, within=SECOND)
    hits(breaker, believed, now, 3, suspected=False, within=SECOND)
    assert flooded(site, breaker, believed)
    assert last(site) == Flooded(authorisation="a", hits=FLOOD_SUSPECTED + 3, suspected=FLOOD_SUSPECTED)


def test_hits_of_an_earlier_deployment_are_no_flood_of_this_one(site: Site, believed: Believed, now: Instant) -> None:
    breaker = Breaker()
    earlier = replace(believed, authorisation=replace(believed.authorisation, id="b"))
    hits(breaker, earlier, now, FLOOD_HITS - 1, suspected=True, within=SECOND)
    assert not flooded(site, breaker, believed)
    hits(breaker, believed, now, FLOOD_SUSPECTED - 1, suspected=True, within=SECOND)
    assert not flooded(site, breaker, believed)


def test_an_accuracy_test_cannot_flood_and_can_be_suspended(site: Site, believed: Believed, now: Instant) -> None:
    test = replace(believed, authorisation=replace(believed.authorisation, use_case=UseCase.ACCURACY_TEST))
    breaker = Breaker()
    hits(breaker, test, now, FLOOD_HITS * 2, suspected=True, within=SECOND)
    assert not flooded(site, breaker, test)
    told(breaker, false(1), false(2))
    breaker.settle(test, journal_of(site), now)
    assert isinstance(last(site), Suspended)

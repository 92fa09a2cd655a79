"""A device that is wrong more often than was authorised stops, and only another authorisation lets it look again."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from edge.control_room import deploy
from edge.control_room.desk import Refused
from edge.domain.authorisation import UseCase
from edge.domain.authority import Signed
from edge.domain.comparison import Finding
from edge.domain.condition import Condition, EndReason
from edge.domain.face import Probe
from edge.domain.leaves.deployment import Ended, Searched, Suspended
from edge.domain.leaves.hits import HitUnreviewed
from edge.domain.orders import Verdict
from hardware_sim.scripted import features_of
from hardware_sim.site import Site


@pytest.fixture
def ordinary(tmp_path: Path) -> Iterator[Site]:
    """Looking, and no accuracy test."""
    site = Site(tmp_path)
    deployed(site, 7)
    yield site
    site.device.store.close()


def deployed(site: Site, *people: int) -> Signed:
    site.run(1)
    signed = site.deploy(*people, use_case=UseCase.CRIME_HOTSPOT)
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(1)
    return signed


def a_hit(site: Site) -> int:
    before = len(site.hits)
    site.walk(7)
    site.run(7)
    assert len(site.hits) == before + 1
    return site.hits[-1].sealed.sequence


def ends(site: Site) -> list[EndReason]:
    return [event.why for event in site.journal() if isinstance(event, Ended)]


def test_two_confirmed_false_alerts_among_few_searches_suspend_it(ordinary: Site) -> None:
    ordinary.review(a_hit(ordinary), Verdict.FALSE)
    assert ordinary.condition is Condition.ACTIVE
    ordinary.review(a_hit(ordinary), Verdict.FALSE)
    ordinary.officer_on_scene = False
    ordinary.run(0.2)
    assert ordinary.condition is Condition.IDLE
    assert not ordinary.camera.is_open
    assert not any(any(buffer.view) for buffer in ordinary.device.host.buffers)
    kinds = [event.kind for event in ordinary.journal()]
    assert kinds.index("suspended") < kinds.index("list-destroyed") < kinds.index("ended")
    assert ends(ordinary) == [EndReason.SUSPENDED]
    (leaf,) = [event for event in ordinary.journal() if isinstance(event, Suspended)]
    assert (leaf.searches, leaf.false) == (2, 2)


def test_confirmed_and_inconclusive_hits_do_not(ordinary: Site) -> None:
    for verdict in (Verdict.CONFIRMED, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE, Verdict.CONFIRMED, Verdict.FALSE):
        ordinary.review(a_hit(ordinary), verdict)
    assert ordinary.condition is Condition.ACTIVE


def test_hits_that_nobody_reviews_within_fifteen_minutes_count_as_false(ordinary: Site) -> None:
    a_hit(ordinary)
    a_hit(ordinary)
    ordinary.run(14 * 60)
    assert ordinary.condition is Condition.ACTIVE
    ordinary.officer_on_scene = False
    ordinary.run(61)
    assert [event.sequence for event in ordinary.journal() if isinstance(event, HitUnreviewed)] == [1, 2]
    assert ends(ordinary) == [EndReason.SUSPENDED]


def test_hits_that_never_arrived_count_for_nothing(ordinary: Site) -> None:
    ordinary.device.link.eats_publishes = True
    for _ in range(3):
        ordinary.walk(7)
        ordinary.run(7)
    ordinary.officer_on_scene = False
    ordinary.device.link.eats_publishes = False
    ordinary.device.link.cut()
    ordinary.run(20 * 60)
    kinds = [event.kind for event in ordinary.journal()]
    assert kinds.count("hit-expired") == 3
    assert "hit-unreviewed" not in kinds
    assert "suspended" not in kinds


def test_only_another_authorisation_resumes(ordinary: Site) -> None:
    spent = ordinary.office.signed(ordinary.authorisation(ordinary.list_of(7), sequence=1))
    for _ in range(2):
        ordinary.review(a_hit(ordinary), Verdict.FALSE)
    ordinary.officer_on_scene = False
    ordinary.run(1)
    with pytest.raises(Refused, match="replayed"):
        deploy.start(ordinary.desk, spent, ordinary.office.operator)
    same_id = ordinary.authorisation(ordinary.list_of(7), id="test-1", use_case=UseCase.CRIME_HOTSPOT)
    with pytest.raises(Refused, match="suspended"):
        deploy.start(ordinary.desk, ordinary.office.signed(same_id), ordinary.office.operator)
    deployed(ordinary, 7)
    assert ordinary.condition is Condition.ACTIVE


def test_a_restart_forgets_no_false_alert(tmp_path: Path) -> None:
    site = Site(tmp_path)
    signed = deployed(site, 7)
    sealed = site.list_of(7)
    signed = site.office.signed(site.authorisation(sealed, use_case=UseCase.CRIME_HOTSPOT))
    site.officer_on_scene = False
    site.stop()
    for _ in range(2):
        said = deploy.start(site.desk, signed, site.office.operator)
        deploy.load(site.desk, said, sealed, site.topics, site.office.operator)
        site.confirm_presence()
        site.run(1)
        site.review(a_hit(site), Verdict.FALSE)
        if site.condition is Condition.ACTIVE:
            site.power_cut()
            site.run(1)
    site.run(1)
    assert ends(site)[-1] is EndReason.SUSPENDED
    site.power_cut()
    site.run(1)
    with pytest.raises(Refused, match="replayed"):
        deploy.start(site.desk, signed, site.office.operator)
    site.device.store.close()


def test_searches_are_counted_before_a_false_alert_is_held_against_them(ordinary: Site) -> None:
    for _ in range(3):
        ordinary.walk(9)
        ordinary.run(7)
    ordinary.review(a_hit(ordinary), Verdict.FALSE)
    assert sum(event.searches for event in ordinary.journal() if isinstance(event, Searched)) == 4


def search(site: Site, count: int) -> None:
    """So many unlisted people are compared with the list."""
    gallery = site.device.daemon.watch._gallery
    for number in range(count):
        if number % 100 == 0:
            site.run(0.1)
        now = site.clock.now()
        assert isinstance(gallery.search(Probe(features_of(1000 + number % 3000), 1, now), now), Finding)


@pytest.mark.parametrize(("searches", "suspends"), [(998, True), (1_998, False)])
def test_two_false_alerts_in_a_thousand_suspend_at_one_in_ten_thousand(
    site: Site, searches: int, suspends: bool
) -> None:
    site.run(1)
    site.deploy(7, use_case=UseCase.CRIME_HOTSPOT, max_fpir=Decimal(1) / 10_000)
    site.confirm_presence()
    site.run(1)
    search(site, searches)
    for _ in range(2):
        site.review(a_hit(site), Verdict.FALSE)
    site.run(0.2)
    leaves = [event for event in site.journal() if isinstance(event, Suspended)]
    wanted = [Suspended(authorisation="test-1", searches=searches + 2, false=2)] if suspends else []
    assert leaves == wanted
    assert ends(site) == ([EndReason.SUSPENDED] if suspends else [])

"""Urgency is no way round the authorising officer: within a day they say yes, or what came of it is destroyed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from edge.control_room import deploy
from edge.control_room.desk import Desk, Refused
from edge.domain.authorisation import Authorisation, Ratification
from edge.domain.authority import Signed
from edge.domain.condition import Condition, EndReason
from edge.domain.leaves.deployment import Ended, RatificationLapsed, Ratified
from edge.domain.leaves.hits import HitExpired
from edge.domain.orders import Ratify, Verb
from edge.safeguards import papers
from edge.safeguards.urgent import records, write
from edge.wire.signed import Kind, canonical, digest, sign
from hardware_sim.office import MemoryKey
from hardware_sim.site import Site


def urgent(site: Site, **fields: object) -> Authorisation:
    return site.authorisation(site.list_of(7), urgent=True, **fields)


def begin(site: Site, document: Authorisation) -> None:
    signed = sign(document, Kind.AUTHORISATION, site.office.urgent, site.office.second)
    deploy.start(site.desk, signed, site.office.operator)


def looking(site: Site) -> Authorisation:
    """An urgent deployment, looking."""
    site.run(1)
    sealed = site.list_of(7)
    document = site.authorisation(sealed, urgent=True)
    signed = sign(document, Kind.AUTHORISATION, site.office.urgent, site.office.second)
    said = deploy.start(site.desk, signed, site.office.operator)
    deploy.load(site.desk, said, sealed, site.topics, site.office.operator)
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(1)
    assert site.condition is Condition.ACTIVE
    return document


def decision(site: Site, document: Authorisation, *, ratified: bool) -> Ratification:
    return Ratification(
        authorisation=document.id,
        digest=digest(canonical(document)),
        ratified=ratified,
        decided=site.clock.now().wall,
    )


def decide(site: Site, document: Authorisation, *, ratified: bool, by: MemoryKey | None = None) -> Signed:
    signed = sign(decision(site, document, ratified=ratified), Kind.RATIFICATION, by or site.office.officer)
    site.desk.order(Verb.RATIFY, Ratify(ratification=signed), site.office.operator)
    return signed


def told(site: Site, *kinds: type) -> list[object]:
    return [event for event in site.journal() if isinstance(event, kinds)]


def test_a_yes_is_recorded_and_the_deployment_goes_on(site: Site) -> None:
    document = looking(site)
    signed = decide(site, document, ratified=True)
    site.run(1)
    assert site.condition is Condition.ACTIVE
    (event,) = told(site, Ratified)
    assert isinstance(event, Ratified)
    assert (event.authorisation, event.ratified) == (document.id, True)
    assert papers.find(site.device.store, event.digest) == signed


def test_a_no_ends_the_deployment_at_once_and_for_good(site: Site) -> None:
    document = looking(site)
    memory = site.device.host.buffers[-1]
    decide(site, document, ratified=False)
    assert not any(memory.view)
    assert not site.camera.is_open
    assert told(site, Ended) == [Ended(authorisation=document.id, why=EndReason.NOT_RATIFIED)]
    with pytest.raises(Refused, match="unratified|replayed"):
        begin(site, document)


def without_a_reader(site: Site) -> Desk:
    """A second desk, which opens no hits; the first one's connection is cut."""
    site.desk_link.cut()
    link = site.broker.link(Desk.subscriptions(site.topics, "second"), site.pass_time)
    link.connect()
    return Desk(link, site.topics, site.office.device_key.public, site.clock, name="second")


def test_a_no_destroys_the_hits_that_still_wait_and_says_so_leaf_by_leaf(site: Site) -> None:
    document = looking(site)
    desk = without_a_reader(site)
    site.officer_on_scene = False
    site.walk(7)
    site.run(6)
    (waiting,) = site.device.store.outbox(10)
    signed = sign(decision(site, document, ratified=False), Kind.RATIFICATION, site.office.officer)
    desk.order(Verb.RATIFY, Ratify(ratification=signed), site.office.operator)
    assert site.device.store.outbox(10) == []
    assert told(site, HitExpired) == [HitExpired(sequence=waiting.sequence)]


def test_a_yes_leaves_waiting_hits_alone_and_a_no_those_of_other_deployments(site: Site) -> None:
    first = looking(site)
    site.stop()
    site.deploy(7)
    site.confirm_presence()
    site.run(1)
    desk = without_a_reader(site)
    site.officer_on_scene = False
    site.walk(7)
    site.run(6)
    waiting = site.device.store.outbox(10)
    assert len(waiting) == 1
    signed = sign(decision(site, first, ratified=False), Kind.RATIFICATION, site.office.officer)
    desk.order(Verb.RATIFY, Ratify(ratification=signed), site.office.operator)
    assert site.device.store.outbox(10) == waiting


def test_only_an_authorising_officer_decides(site: Site) -> None:
    document = looking(site)
    for key, reason in (
        (site.office.urgent, "wrong-role"),
        (site.office.second, "wrong-role"),
        (site.office.operator, "wrong-role"),
        (MemoryKey(), "unknown-key"),
    ):
        with pytest.raises(Refused, match=reason):
            decide(site, document, ratified=False, by=key)
    assert told(site, Ratified) == []
    assert site.condition is Condition.ACTIVE


def test_a_decision_names_the_very_authorisation(site: Site) -> None:
    document = looking(site)
    for other in (replace(document, id="another"), replace(document, sequence=99)):
        with pytest.raises(Refused, match="other-authorisation"):
            decide(site, other, ratified=False)
    ordinary = site.authorisation(site.list_of(7))
    with pytest.raises(Refused, match="other-authorisation"):
        decide(site, ordinary, ratified=True)


def test_a_decision_stands_and_is_not_taken_twice(site: Site) -> None:
    document = looking(site)
    signed = decide(site, document, ratified=True)
    site.desk.order(Verb.RATIFY, Ratify(ratification=signed), site.office.operator)
    site.run(1)
    with pytest.raises(Refused, match="already-decided"):
        decide(site, document, ratified=False)
    assert len(told(site, Ratified)) == 1


def test_a_decision_from_the_future_is_not_taken(site: Site) -> None:
    document = looking(site)
    early = replace(decision(site, document, ratified=True), decided=site.clock.now().wall + timedelta(seconds=30))
    signed = sign(early, Kind.RATIFICATION, site.office.officer)
    with pytest.raises(Refused, match="not-yet-valid"):
        site.desk.order(Verb.RATIFY, Ratify(ratification=signed), site.office.operator)


def test_no_other_urgent_one_begins_before_the_officer_has_decided(site: Site) -> None:
    first = looking(site)
    site.stop()
    with pytest.raises(Refused, match="unratified"):
        begin(site, urgent(site))
    # An ordinary one may: the authorising officer signed it.
    site.deploy(7)
    site.stop()
    decide(site, first, ratified=True)
    begin(site, urgent(site))


def test_the_same_one_may_go_on_after_a_restart(site: Site) -> None:
    document = looking(site)
    site.power_cut()
    site.run(1)
    begin(site, document)
    assert len(told(site, RatificationLapsed)) == 0


@pytest.mark.parametrize("restarts", [False, True])
def test_undecided_for_a_day_it_lapses_across_restarts_too(site: Site, restarts: bool) -> None:
    document = looking(site)
    site.stop()
    site.officer_on_scene = False
    if restarts:
        site.power_cut()
    site.clock.advance(timedelta(hours=24) - (site.clock.now().wall - document.not_before) - timedelta(seconds=1))
    site.pass_time(timedelta(0))
    assert told(site, RatificationLapsed) == []
    site.pass_time(timedelta(seconds=1))
    assert told(site, RatificationLapsed) == [RatificationLapsed(authorisation=document.id)]
    site.run(120)
    assert len(told(site, RatificationLapsed)) == 1
    with pytest.raises(Refused, match="unratified"):
        begin(site, urgent(site))
    decide(site, document, ratified=True)
    begin(site, urgent(site))


def test_a_lapse_is_noticed_at_the_start_where_the_device_was_off(site: Site) -> None:
    document = looking(site)
    site.clock.advance(timedelta(hours=25))
    site.power_cut()
    site.run(1)
    assert told(site, RatificationLapsed) == [RatificationLapsed(authorisation=document.id)]


def test_what_a_no_condemned_before_an_unclean_end_is_destroyed_at_the_next_start(site: Site) -> None:
    """The decision is on disk, the power went before the hits were gone."""
    document = looking(site)
    without_a_reader(site)
    site.officer_on_scene = False
    site.walk(7)
    site.run(6)
    store, name = site.device.store, digest(canonical(document))
    assert len(store.outbox(10)) == 1
    site.power_cut()
    assert len(site.device.store.outbox(10)) == 1
    condemned = replace(records(site.device.store)[name], ratified=False)
    with site.device.store.transaction() as transaction:
        write(transaction, condemned)
    site.power_cut()
    assert site.device.store.outbox(10) == []
    assert len(told(site, HitExpired)) == 1


def test_a_no_that_was_said_while_nothing_ran_keeps_it_from_beginning_again(site: Site) -> None:
    document = looking(site)
    site.power_cut()
    site.run(1)
    decide(site, document, ratified=False)
    with pytest.raises(Refused, match="unratified"):
        begin(site, document)

"""A stop, an end or a restart destroys the list, on the device and in every copy of the ciphertext."""

from __future__ import annotations

import pytest

from edge.control_room import deploy
from edge.control_room.delivery import deliver
from edge.control_room.desk import Refused
from edge.domain.condition import Condition, EndReason
from edge.domain.leaves.deployment import Ended
from edge.domain.leaves.device import Booted
from edge.domain.orders import Load, Verb
from edge.domain.transfers import Content
from edge.wire.sealed import ListBinding, wrap
from edge.wire.signed import digest
from hardware_sim.site import Site


def test_after_a_restart_the_list_cannot_be_opened_with_what_was_sent_before(site: Site) -> None:
    site.run(1)
    sealed = site.list_of(7)
    signed = site.office.signed(site.authorisation(sealed))
    said = deploy.start(site.desk, signed, site.office.operator)
    binding = ListBinding(site="bench", device="post-1", authorisation=said.authorisation, digest=digest(sealed.file))
    old = Load(
        authorisation=said.authorisation,
        digest=digest(sealed.file),
        size=len(sealed.file),
        key=wrap(sealed.key, said.list_key, binding),
    )
    deploy.load(site.desk, said, sealed, site.topics, site.office.operator)
    site.power_cut()
    site.run(1)
    assert site.condition is Condition.IDLE
    with pytest.raises(Refused, match="no-authorisation"):
        site.desk.order(Verb.LOAD, old, site.office.operator)
    again = deploy.start(site.desk, signed, site.office.operator)
    assert again.list_key != said.list_key
    with pytest.raises(Refused, match="list-unreadable"):
        site.desk.order(Verb.LOAD, old, site.office.operator)
    deploy.load(site.desk, again, sealed, site.topics, site.office.operator)
    site.confirm_presence()
    site.run(1)
    assert site.condition is Condition.ACTIVE


def test_the_journal_says_that_a_deployment_was_cut_off(watching: Site) -> None:
    watching.officer_on_scene = False
    watching.power_cut()
    ends = [event for event in watching.journal() if isinstance(event, Ended)]
    assert [event.why for event in ends] == [EndReason.RESTART]


def test_searches_before_a_power_cut_show_as_an_upper_bound(watching: Site) -> None:
    watching.walk(9)
    watching.run(6)
    watching.officer_on_scene = False
    watching.power_cut()
    booted = [event for event in watching.journal() if isinstance(event, Booted)]
    assert booted[0].uncounted == 0
    assert booted[-1].uncounted >= 1


def test_after_an_orderly_end_no_search_is_uncounted(watching: Site) -> None:
    watching.walk(9)
    watching.run(6)
    watching.officer_on_scene = False
    watching.stop()
    watching.power_cut()
    assert [event.uncounted for event in watching.journal() if isinstance(event, Booted)] == [0, 0]


def test_stop_is_obeyed_from_one_key_and_at_once(watching: Site) -> None:
    watching.officer_on_scene = False
    watching.stop()
    assert watching.condition is Condition.IDLE
    watching.run(0.2)
    assert not watching.camera.is_open


def test_stop_is_obeyed_whatever_its_age(watching: Site) -> None:
    from datetime import timedelta

    from edge.domain.message import Outgoing
    from edge.domain.orders import Heading, Stop
    from edge.wire.events import enclose, order_document
    from edge.wire.signed import Kind

    now = watching.clock.now().wall
    heading = Heading(
        id="old",
        verb=Verb.STOP,
        site="bench",
        device="post-1",
        epoch="another",
        issued=now - timedelta(days=2),
        expires=now - timedelta(days=1),
        counter=0,
    )
    signed = order_document(heading, Stop(authorisation="test-1"), watching.office.presence)
    payload = enclose(signed, Kind.ORDER, id="old", source="/replayed", time=now)
    watching.officer_on_scene = False
    watching.broker.forge(Outgoing(watching.topics.order(Verb.STOP), payload, retain=True))
    watching.run(0.2)
    assert watching.condition is Condition.IDLE


def test_a_stop_for_another_authorisation_does_nothing(watching: Site) -> None:
    with pytest.raises(Refused, match="other-authorisation"):
        deploy.stop(watching.desk, "test-99", watching.office.operator)
    assert watching.condition is Condition.ACTIVE


def test_a_list_that_was_not_authorised_is_refused_whole(site: Site) -> None:
    site.run(1)
    authorised, other = site.list_of(7), site.list_of(7, 8)
    said = deploy.start(site.desk, site.office.signed(site.authorisation(authorised)), site.office.operator)
    with pytest.raises(Refused, match="wrong-list"):
        deploy.load(site.desk, said, other, site.topics, site.office.operator)
    assert site.device.host.buffers == []


def test_a_list_key_wrapped_for_another_device_does_not_open(site: Site) -> None:
    site.run(1)
    sealed = site.list_of(7)
    said = deploy.start(site.desk, site.office.signed(site.authorisation(sealed)), site.office.operator)
    for name in ("post-2", "post-1"):
        binding = ListBinding(site="bench", device=name, authorisation=said.authorisation, digest=digest(sealed.file))
        order = Load(
            authorisation=said.authorisation,
            digest=digest(sealed.file),
            size=len(sealed.file),
            key=wrap(sealed.key, said.list_key, binding),
        )
        deliver(site.desk, Content.WATCHLIST, sealed.file, site.office.operator)
        if name == "post-2":
            with pytest.raises(Refused, match="list-unreadable"):
                site.desk.order(Verb.LOAD, order, site.office.operator)
        else:
            site.desk.order(Verb.LOAD, order, site.office.operator)
    assert any(site.device.host.buffers[-1].view)

"""Every hit is a lead that arrives exactly once, or is known not to have arrived."""

from __future__ import annotations

from dataclasses import replace

from edge.domain.leaves.hits import HitAcknowledged, HitCommitted, HitExpired
from edge.safeguards.hits import commitment
from edge.wire.signed import from_base64url
from hardware_sim.site import Site


def test_a_hit_is_recorded_sent_and_signed_for(watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    (hit,) = watching.hits
    events = watching.journal()
    committed = next(event for event in events if isinstance(event, HitCommitted))
    acknowledged = next(event for event in events if isinstance(event, HitAcknowledged))
    assert committed.sequence == acknowledged.sequence == hit.sealed.sequence == 1
    assert watching.device.store.outbox(10) == []


def test_the_recipient_can_open_the_journals_commitment(watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    (hit,) = watching.hits
    committed = next(event for event in watching.journal() if isinstance(event, HitCommitted))
    salt = from_base64url(hit.content.salt)
    assert commitment(salt, hit.content) == committed.commitment
    other = replace(hit.content, entry="v-0008")
    assert commitment(salt, other) != committed.commitment


def test_a_hit_waits_while_the_broker_is_away(watching: Site) -> None:
    watching.device.link.cut()
    watching.walk(7)
    watching.run(6)
    assert watching.hits == []
    assert len(watching.device.store.outbox(10)) == 1
    watching.device.link.connect()
    watching.run(2)
    assert len(watching.hits) == 1
    assert watching.device.store.outbox(10) == []


def test_a_hit_that_was_published_but_not_signed_for_is_sent_again(watching: Site) -> None:
    watching.device.link.eats_publishes = True
    watching.walk(7)
    watching.run(6)
    assert watching.hits == []
    watching.device.link.eats_publishes = False
    watching.run(15)
    assert len(watching.hits) == 1


def test_a_repeated_delivery_is_one_hit(watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    message = next(heard for heard in watching.broker.heard if heard.topic == watching.topics.hit)
    from edge.domain.message import Outgoing

    watching.broker.forge(Outgoing(message.topic, message.payload))
    watching.run(1)
    assert len(watching.hits) == 1
    assert watching.desk.seen.repeated == 1


def test_a_hit_survives_a_power_cut(watching: Site) -> None:
    watching.device.link.eats_publishes = True
    watching.walk(7)
    watching.run(6)
    assert watching.hits == []
    watching.officer_on_scene = False
    watching.power_cut()
    watching.run(3)
    assert [hit.content.entry for hit in watching.hits] == ["v-0007"]
    assert watching.device.store.outbox(10) == []


def test_a_hit_past_its_usefulness_is_a_journal_entry_not_an_alert(watching: Site) -> None:
    watching.device.link.cut()
    watching.walk(7)
    watching.run(6)
    watching.officer_on_scene = False
    watching.run(601)
    watching.device.link.connect()
    watching.run(5)
    assert watching.hits == []
    assert [event.sequence for event in watching.journal() if isinstance(event, HitExpired)] == [1]
    assert watching.device.store.outbox(10) == []


def test_hits_are_never_retained_on_the_broker(watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    assert [heard.retain for heard in watching.broker.heard if heard.topic == watching.topics.hit] == [False]


def test_two_passages_of_one_person_are_two_hits(watching: Site) -> None:
    watching.walk(7, lasts=3)
    watching.walk(7, after=6, lasts=3)
    watching.run(14)
    assert [hit.sealed.sequence for hit in watching.hits] == [1, 2]


def test_standing_in_view_is_one_passage(watching: Site) -> None:
    watching.walk(7, lasts=25)
    watching.run(28)
    assert len(watching.hits) == 1

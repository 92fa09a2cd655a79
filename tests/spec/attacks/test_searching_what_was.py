"""Somebody wants to know who went by an hour ago, or to watch: there is nothing to ask, and nothing that answers."""

from __future__ import annotations

from edge.domain.leaves.hits import HitCommitted
from hardware_sim.site import Site

JPEG = b"\xff\xd8\xff"


def test_a_person_who_is_listed_after_going_by_gives_no_hit_until_seen_again(watching: Site) -> None:
    watching.walk(8)
    watching.run(6)
    watching.officer_on_scene = False
    watching.stop()
    watching.deploy(7, 8)
    watching.confirm_presence()
    watching.officer_on_scene = True
    watching.run(60)
    assert watching.hits == []
    assert not [event for event in watching.journal() if isinstance(event, HitCommitted)]
    watching.walk(8)
    watching.run(6)
    assert [hit.content.entry for hit in watching.hits] == ["v-0008"]


def test_a_person_who_goes_by_while_the_camera_is_shut_was_never_there(watching: Site) -> None:
    watching.officer_on_scene = False
    watching.run(190)
    watching.walk(7)
    watching.run(6)
    watching.confirm_presence()
    watching.officer_on_scene = True
    watching.run(30)
    assert watching.hits == []


def test_no_picture_leaves_the_device_but_sealed_in_a_hit(watching: Site) -> None:
    watching.walk(7)
    for person in range(30, 40):
        watching.walk(person, after=person - 29)
    watching.run(30)
    assert len(watching.hits) == 1
    for heard in watching.broker.heard:
        assert JPEG not in heard.payload
        # Nothing but a hit and the watchlist is long enough to hold a face.
        if heard.topic != watching.topics.hit and "/blob/" not in heard.topic:
            assert len(heard.payload) < 8192, heard.topic

"""Somebody lays what two devices say side by side, to follow a person from one to the other."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.wire.log import decode_leaf
from edge.wire.signed import canonical, key_id
from hardware_sim.office import Office
from hardware_sim.site import Site

PERSON = 30
LISTED = 7


@pytest.fixture
def posts(tmp_path: Path) -> tuple[Site, Site]:
    """Two devices of one force, deployed at the same time with lists of their own."""
    made: list[Site] = []
    office = Office()
    for name in ("post-1", "post-2"):
        (tmp_path / name).mkdir()
        site = Site(tmp_path / name, office=replace(office, device=name, sequence=len(made)))
        site.run(1 + len(made))
        site.deploy(LISTED)
        site.confirm_presence()
        site.officer_on_scene = True
        site.run(2)
        made.append(site)
    return made[0], made[1]


def values(noun: object) -> Iterator[str]:
    """Every value of a document, at any depth; what is signed or enveloped is opened."""
    if isinstance(noun, dict):
        for name, value in noun.items():
            if name == "payload":
                yield from values(json.loads(base64.urlsafe_b64decode(value + "==")))
            elif name == "protected":
                continue
            else:
                yield from values(value)
    elif isinstance(noun, list):
        for value in noun:
            yield from values(value)
    else:
        yield json.dumps(noun)


def said(site: Site, since: int) -> list[str]:
    """Everything that a device said and recorded about what happened, value by value."""
    leaves = [decode_leaf(raw) for raw in site.device.store.leaves(since, site.device.store.size())]
    found = [value for leaf in leaves for value in values(json.loads(canonical(leaf.event)))]
    for heard in site.broker.heard:
        if heard.topic == site.topics.hit:
            found += values(json.loads(heard.payload))
    return found


def test_a_passer_by_is_a_number_at_either(posts: tuple[Site, Site]) -> None:
    sizes = [site.device.store.size() for site in posts]
    for site in posts:
        site.walk(PERSON)
        site.run(70)
        site.stop()
    for site, size in zip(posts, sizes, strict=True):
        kinds = {decode_leaf(raw).event.kind for raw in site.device.store.leaves(size, site.device.store.size())}
        assert kinds <= {"searched", "presence-confirmed", "capture-closed", "list-destroyed", "ended"}
        assert not [heard for heard in site.broker.heard if heard.topic == site.topics.hit]


def test_the_hits_of_one_listed_person_have_nothing_in_common_but_their_kind(posts: tuple[Site, Site]) -> None:
    sizes = [site.device.store.size() for site in posts]
    for site in posts:
        site.walk(LISTED)
        site.run(6)
        assert len(site.hits) == 1
    first, second = (set(said(site, size)) for site, size in zip(posts, sizes, strict=True))
    shared = {json.loads(value) for value in first & second}
    office = posts[0].office
    force = {office.recipient().seal, key_id(office.reader.signer.public), key_id(office.presence.public)}
    form = {"1.0", "io.lamppost.hit.v1", "application/jose+json", "bench", "epoch-1", "hit-committed", None}
    # What is left are small whole numbers: the first hit is the first hit at both.
    left = {value for value in shared - form - force if not (isinstance(value, int) and value < 10)}
    assert left == set()

"""Somebody wants to know whether a person is on the list, without being one of those who made it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from edge.control_room import deploy
from edge.domain.orders import BODIES, Verb
from edge.wire.signed import from_base64url
from hardware_sim.scripted import features_of
from hardware_sim.site import Site

ONE_TIME = {
    "at", "boot", "nonce", "nonce_until", "list_key", "list_digest", "authorisation_digest", "digest", "device_key",
    "trust_root", "key", "time", "until", "presence_until", "not_after", "not_before", "order",
    "disk-free-bytes", "disk_free_bytes", "jobs",
}  # fmt: skip
"""What differs between any two deployments: random, a digest, an instant, or what the rest of the machine does."""


def deployed(folder: Path, person: int) -> Site:
    site = Site(folder)
    site.run(1)
    site.deploy(person)
    site.confirm_presence()
    site.run(1)
    return site


def without(value: object) -> object:
    """The same document without what is random, a digest or an instant."""
    if isinstance(value, dict):
        return {name: without(inner) for name, inner in value.items() if name not in ONE_TIME}
    return [without(inner) for inner in value] if isinstance(value, list) else value


def said(site: Site) -> list[object]:
    """Everything that the device says in signed messages, and everything that its journal says."""
    spoken = []
    for heard in site.broker.heard:
        if "/cmd/" in heard.topic or "/blob/" in heard.topic or heard.topic.endswith("/checkpoint"):
            continue
        document = json.loads(from_base64url(json.loads(heard.payload)["data"]["payload"]))
        topic = heard.topic.partition("/reply/")[0]
        spoken.append([topic, without(document)])
    store = site.device.store
    return [*spoken, *(without(json.loads(raw)) for raw in store.leaves(0, store.size()))]


def test_two_devices_with_different_people_listed_say_the_same(tmp_path: Path) -> None:
    """State, health, deployment and journal: before anybody walks by, and while somebody unlisted does."""
    told = []
    for name, person in (("one", 7), ("other", 8)):
        (tmp_path / name).mkdir()
        site = deployed(tmp_path / name, person)
        site.walk(9)
        site.run(7)
        status = without(deploy.status(site.desk, site.office.operator))
        told.append([said(site), status])
        site.device.store.close()
    differing = [pair for pair in zip(*(one[0] for one in told), strict=True) if pair[0] != pair[1]]
    assert differing == []
    assert told[0] == told[1]


def test_nobody_without_the_keys_sees_an_entry_in_anything_that_is_sent_or_stored(watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    assert len(watching.hits) == 1
    kept = b"".join(path.read_bytes() for path in watching.folder.rglob("*") if path.is_file())
    sent = b"".join(heard.payload for heard in watching.broker.heard)
    opened = b""
    for token in set(re.findall(rb"[A-Za-z0-9_-]{24,}", kept + sent)):
        try:
            opened += from_base64url(token.decode())
        except Exception:  # noqa: BLE001
            continue
    for secret in (b"v-0007", features_of(7).tobytes()[:32]):
        assert secret not in kept
        assert secret not in sent
        assert secret not in opened


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb is not Verb.WITHDRAW_ENTRY])
def test_no_order_carries_a_picture_features_or_an_entry_to_ask_about(verb: Verb) -> None:
    fields = json.dumps(msgspec.json.schema(BODIES[verb]))
    for word in ("sample", "feature", "picture", "image", "template", "entry", "name"):
        assert f'"{word}"' not in fields.replace('"entry-', "")


def test_walking_by_gives_one_alert_that_is_recorded_and_tells_the_walker_nothing(watching: Site) -> None:
    before = len(watching.broker.heard)
    watching.walk(7, lasts=20)
    watching.run(24)
    assert [event.kind for event in watching.journal()].count("hit-committed") == 1
    hits = [heard for heard in watching.broker.heard[before:] if heard.topic == watching.topics.hit]
    assert len(hits) == 1


def test_a_hits_leaf_cannot_be_tried_against_guesses(watching: Site) -> None:
    """It is salted, and the salt lies under the hit's own key alone."""
    watching.walk(7)
    watching.run(6)
    (hit,) = watching.hits
    salt = from_base64url(hit.content.salt)
    assert len(salt) == 32
    stored = b"".join(path.read_bytes() for path in watching.folder.rglob("*") if path.is_file())
    sent = b"".join(heard.payload for heard in watching.broker.heard)
    assert salt not in stored + sent
    assert hit.content.salt.encode() not in stored + sent


def test_sealed_hits_are_all_of_a_length_that_says_little(watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    (hit,) = watching.hits
    tag = 16
    assert (len(from_base64url(hit.sealed.box.content)) - tag) % 4096 == 0

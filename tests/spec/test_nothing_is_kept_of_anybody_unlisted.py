"""Not on the list: nothing is kept."""

from __future__ import annotations

import json
from pathlib import Path

from edge.domain.leaves.deployment import Searched
from edge.domain.leaves.hits import HitCommitted
from hardware_sim.scripted import features_of
from hardware_sim.site import Site


def _everything_outside_memory(site: Site, folder: Path) -> bytes:
    on_disk = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    on_the_wire = [heard.topic.encode() + heard.payload for heard in site.broker.heard]
    return b"\0".join(on_disk + on_the_wire)


def test_an_unlisted_person_leaves_a_count_and_nothing_else(watching: Site, tmp_path: Path) -> None:
    strangers = range(100, 140)
    for number, person in enumerate(strangers):
        watching.walk(person, after=2 * number, lasts=3)
    watching.run(90)
    watching.stop()
    watching.run(1)
    counted = sum(event.searches for event in watching.journal() if isinstance(event, Searched))
    assert counted == len(strangers)
    assert watching.hits == []
    assert not [event for event in watching.journal() if isinstance(event, HitCommitted)]
    assert not [heard for heard in watching.broker.heard if heard.topic == watching.topics.hit]
    kept = _everything_outside_memory(watching, tmp_path)
    for person in strangers:
        assert features_of(person).tobytes()[:16] not in kept


def test_people_are_counted_not_listed_one_by_one(watching: Site) -> None:
    before = len(watching.journal())
    for number in range(30):
        watching.walk(200 + number, after=number * 0.5, lasts=3, row=60 + number % 3 * 90)
    watching.run(59)
    during = [event.kind for event in watching.journal()[before:]]
    assert during.count("searched") <= 1
    assert set(during) <= {"searched", "presence-confirmed"}


def test_a_listed_person_is_readable_by_the_recipient_alone(watching: Site, tmp_path: Path) -> None:
    watching.walk(7)
    watching.run(6)
    (hit,) = watching.hits
    message = next(heard.payload for heard in watching.broker.heard if heard.topic == watching.topics.hit)
    for secret in (hit.content.entry, hit.content.band.value, hit.content.category.value, hit.content.face[:40]):
        assert secret.encode() not in message
    assert hit.content.entry.encode() not in _everything_outside_memory(watching, tmp_path)


def test_no_score_and_no_features_leave_the_device_even_in_a_hit(watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    (hit,) = watching.hits
    assert not [name for name in hit.content.__dataclass_fields__ if "score" in name or "feature" in name]
    heard = [heard for heard in watching.broker.heard if heard.topic == watching.topics.state]
    state = json.loads(heard[-1].payload)
    assert state["specversion"] == "1.0"


def test_after_the_end_the_opened_list_is_overwritten(watching: Site) -> None:
    memory = watching.device.host.buffers[-1]
    assert features_of(7).tobytes() in bytes(memory.view)
    watching.stop()
    assert not any(memory.view)


def test_scores_do_not_linger_in_memory(watching: Site) -> None:
    watching.walk(9)
    watching.run(6)
    entries = 21
    scores = bytes(watching.device.host.buffers[-1].view)[-entries * 4 :]
    assert scores == bytes(entries * 4)

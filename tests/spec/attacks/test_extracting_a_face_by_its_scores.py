"""From some dozens of comparison scores a face's template can be rebuilt. Scores stay where they are computed."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from edge.domain.comparison import Finding, ScoreBand
from edge.domain.face import Probe
from edge.wire.signed import from_base64url
from hardware_sim.scripted import features_of
from hardware_sim.site import Site

CLOSED = {"max_fpir", "threshold"}
"""Numbers that an authorisation and the calibration fix, the same for everybody."""


def numbers(value: object, name: str = "") -> list[tuple[str, float]]:
    """Every number that is not whole, with the name of its field; also where it is spelt as text."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in numbers(inner, key)]
    if isinstance(value, list):
        return [found for inner in value for found in numbers(inner, name)]
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return []
    return [(name, value)] if isinstance(value, float) and math.isfinite(value) and value % 1 else []


@pytest.fixture
def busy(watching: Site) -> Site:
    """Listed and unlisted people have gone by."""
    for person, after in ((7, 0), (9, 4), (7, 8), (11, 12)):
        watching.walk(person, after=after, lasts=3)
    watching.run(18)
    assert len(watching.hits) == 2
    return watching


def test_no_number_that_could_be_a_score_is_sent(busy: Site) -> None:
    found = []
    for heard in busy.broker.heard:
        if "/blob/" in heard.topic or heard.topic.endswith("/checkpoint"):
            continue
        found += numbers(json.loads(from_base64url(json.loads(heard.payload)["data"]["payload"])))
    assert {name for name, _ in found} <= CLOSED
    assert len({value for name, value in found if name == "max_fpir"}) == 1


def test_nor_is_one_recorded(busy: Site) -> None:
    store = busy.device.store
    found = [number for raw in store.leaves(0, store.size()) for number in numbers(json.loads(raw))]
    assert {name for name, _ in found} <= CLOSED


def test_a_recipient_reads_one_of_three_words(busy: Site) -> None:
    for hit in busy.hits:
        inside = json.loads(json.dumps({"band": hit.content.band.value, "box": hit.content.box}))
        assert numbers(inside) == []
        assert hit.content.band in ScoreBand


def test_within_a_band_better_and_worse_look_the_same(watching: Site) -> None:
    """Whoever wears a mask that is a little more or less like somebody cannot climb towards them."""
    gallery, rng = watching.device.daemon.watch._gallery, np.random.default_rng(3)
    said = set()
    for _ in range(40):
        mixed = features_of(7) + rng.uniform(0, 0.5) * features_of(int(rng.integers(20, 4000)))
        now = watching.clock.now()
        found = gallery.search(Probe((mixed / np.linalg.norm(mixed)).astype(np.float32), 1, now), now)
        assert isinstance(found, Finding)
        assert set(Finding.__dataclass_fields__) == {"searched", "permit", "candidate"}
        said.add(None if found.candidate is None else found.candidate.band)
    assert said == {ScoreBand.WELL_ABOVE}


def test_whoever_is_not_found_gets_no_number_at_all(watching: Site) -> None:
    now = watching.clock.now()
    finding = watching.device.daemon.watch._gallery.search(Probe(features_of(9).copy(), 1, now), now)
    assert isinstance(finding, Finding)
    assert finding.candidate is None
    assert numbers(deploy_status(watching)) == []


def deploy_status(site: Site) -> object:
    from edge.control_room import deploy

    return deploy.status(site.desk, site.office.operator)

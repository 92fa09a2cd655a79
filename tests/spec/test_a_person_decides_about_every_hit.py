"""A hit is a lead for a person. Nothing acts on it, and it is not closed without somebody's signed decision."""

from __future__ import annotations

import msgspec
import pytest

from edge.control_room import decisions
from edge.control_room.desk import Refused
from edge.domain.comparison import ScoreBand
from edge.domain.leaves.hits import HitReviewed
from edge.domain.orders import BODIES, Reply, Verb, Verdict
from edge.wire.events import Deployment, HitContent, SealedHit, State
from edge.wire.health import Health
from edge.wire.signed import key_id
from hardware_sim.site import Site

SAYS = (SealedHit, HitContent, State, Health, Deployment, Reply)


@pytest.fixture
def told(watching: Site) -> Site:
    """A hit was told."""
    watching.walk(7)
    watching.run(6)
    assert len(watching.hits) == 1
    return watching


def test_it_says_that_it_is_no_identification(told: Site) -> None:
    assert told.hits[0].content.statement == "possible match, not an identification"


def test_its_score_is_one_of_three_words(told: Site) -> None:
    assert told.hits[0].content.band in set(ScoreBand)
    assert len(ScoreBand) == 3


@pytest.mark.parametrize("noun", SAYS, ids=lambda noun: noun.__name__)
def test_nothing_that_a_device_says_has_room_for_a_score(noun: type) -> None:
    """No field of any message can hold a number that is not whole, save the authorised rate."""
    schema = msgspec.json.encode(msgspec.json.schema(noun)).decode()
    assert '"type":"number"' not in schema
    if noun is not Deployment:
        assert '"format":"decimal"' not in schema


def test_there_is_nothing_that_a_hit_could_set_in_motion() -> None:
    """The orders there are: none of them opens, locks, calls, follows or searches anything."""
    assert {verb.value for verb in Verb} == {
        "start", "load", "stop", "presence", "ack", "status", "trust", "ratify", "review", "hold", "withdraw-entry",
        "accuracy", "reset-clock", "replay", "announce", "self-test", "support", "export",
    }  # fmt: skip
    assert set(BODIES) == set(Verb)


def test_taking_a_hit_over_is_no_decision_on_it(told: Site) -> None:
    kinds = [event.kind for event in told.journal()]
    assert "hit-acknowledged" in kinds
    assert "hit-reviewed" not in kinds


def test_a_decision_bears_the_reviewers_name_and_how_long_it_took(told: Site) -> None:
    told.review(1, Verdict.FALSE, seconds=41)
    (leaf,) = [event for event in told.journal() if isinstance(event, HitReviewed)]
    assert (leaf.key, leaf.seconds, leaf.verdict) == (key_id(told.office.reviewer.public), 41, Verdict.FALSE)


def test_nobody_but_a_reviewer_decides(told: Site) -> None:
    hit = told.hits[0].sealed.id
    for key in (told.office.operator, told.office.officer, told.office.presence):
        with pytest.raises(Refused, match="wrong-role"):
            decisions.review(told.desk, hit, 1, Verdict.CONFIRMED, 5, key)


def test_nobody_decides_twice(told: Site) -> None:
    told.review(1, Verdict.FALSE)
    with pytest.raises(Refused, match="already-decided"):
        told.review(1, Verdict.CONFIRMED)


def test_a_hit_is_held_as_evidence_by_an_officer_who_names_it(told: Site) -> None:
    hit, until = told.hits[0].sealed.id, told.clock.now().wall.replace(year=2027, month=1)
    with pytest.raises(Refused, match="wrong-role"):
        decisions.hold(told.desk, hit, 1, until, "case-1", told.office.operator)
    decisions.hold(told.desk, hit, 1, until, "case-1", told.office.second)
    with pytest.raises(Refused, match="unknown-hit"):
        decisions.hold(told.desk, hit, 2, until, "case-1", told.office.officer)
    assert [event.kind for event in told.journal()].count("hit-held") == 1

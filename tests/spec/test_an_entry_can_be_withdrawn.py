"""Somebody was found, or should never have been listed: one key stops the alerts, and nothing is loosened by it."""

from __future__ import annotations

import pytest

from edge.control_room import decisions, deploy
from edge.control_room.desk import Refused
from edge.domain.condition import Condition
from edge.domain.leaves.deployment import EntryWithdrawn
from hardware_sim.scripted import features_of
from hardware_sim.site import Site


@pytest.fixture
def two(site: Site) -> Site:
    """Looking, with the volunteers 7 and 8 on the list."""
    site.run(1)
    site.deploy(7, 8)
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(1)
    return site


def pass_by(site: Site, person: int) -> list[str]:
    before = len(site.hits)
    site.walk(person)
    site.run(7)
    return [hit.content.entry for hit in site.hits[before:]]


def threshold(site: Site) -> float:
    found = site.device.daemon.watch._gallery.threshold
    assert found is not None
    return found.score


def test_a_withdrawn_entry_gives_no_hit_any_more_and_the_others_do(two: Site) -> None:
    assert pass_by(two, 7) == ["v-0007"]
    assert two.withdraw(7) == 21
    assert pass_by(two, 7) == []
    assert pass_by(two, 8) == ["v-0008"]
    assert two.condition is Condition.ACTIVE


def test_the_threshold_stays_as_it_was_for_all_of_them(two: Site) -> None:
    before = threshold(two)
    for person in (7, 8):
        two.withdraw(person)
    assert threshold(two) == before


def test_its_references_are_overwritten_at_once(two: Site) -> None:
    memory = two.device.host.buffers[-1].view
    needle = features_of(7).tobytes()
    assert needle in bytes(memory)
    two.withdraw(7)
    assert needle not in bytes(memory)
    assert b"v-0007" not in bytes(memory)
    assert features_of(8).tobytes() in bytes(memory)


def test_the_journal_says_how_many_are_left_and_not_who_it_was(two: Site) -> None:
    two.withdraw(7)
    (leaf,) = [event for event in two.journal() if isinstance(event, EntryWithdrawn)]
    assert (leaf.authorisation, leaf.left) == ("test-1", 21)
    everything = b"".join(path.read_bytes() for path in two.folder.rglob("*") if path.is_file())
    everything += b"".join(heard.payload for heard in two.broker.heard)
    assert b"v-0007" not in everything


def test_what_was_found_for_it_and_not_told_yet_is_dropped(two: Site) -> None:
    two.walk(7)
    two.run(0.8)
    two.withdraw(7)
    two.run(7)
    assert two.hits == []


def test_it_stays_withdrawn_after_a_restart(two: Site) -> None:
    two.officer_on_scene = False
    two.stop()
    sealed = two.list_of(7, 8)
    signed = two.office.signed(two.authorisation(sealed))

    def begin() -> None:
        said = deploy.start(two.desk, signed, two.office.operator)
        deploy.load(two.desk, said, sealed, two.topics, two.office.operator)
        two.confirm_presence()
        two.run(1)

    begin()
    two.withdraw(7)
    two.power_cut()
    two.run(1)
    begin()
    assert pass_by(two, 7) == []
    assert pass_by(two, 8) == ["v-0008"]
    with pytest.raises(Refused, match="already-decided"):
        two.withdraw(7)


def test_in_the_next_deployment_it_may_be_listed_again(two: Site) -> None:
    two.withdraw(7)
    two.officer_on_scene = False
    two.stop()
    with two.device.store.transaction() as transaction:
        assert transaction.names("deployment/withdrawn/") == []
    two.deploy(7)
    two.confirm_presence()
    two.run(1)
    assert pass_by(two, 7) == ["v-0007"]


def test_an_officer_who_signed_the_authorisation_may_do_it_too(two: Site) -> None:
    said = two.desk.seen.deployment
    assert said is not None
    assert decisions.withdraw(two.desk, said, "v-0007", two.office.officer) == 21
    assert decisions.withdraw(two.desk, said, "v-0008", two.office.second) == 20


def test_whoever_has_no_part_in_the_deployment_learns_nothing_by_asking(two: Site) -> None:
    """The answer is the same for an entry that is listed and one that is not."""
    said = two.desk.seen.deployment
    assert said is not None
    answers = set()
    for entry in ("v-0007", "v-0999"):
        for key in (two.office.presence, two.office.reviewer, two.office.evaluator):
            with pytest.raises(Refused) as no:
                decisions.withdraw(two.desk, said, entry, key)
            answers.add(str(no.value).partition("(")[0])
    assert answers == {"withdraw-entry was refused: wrong-role "}


def test_an_entry_that_is_not_listed_is_said_to_be_unknown_to_those_who_hold_the_list(two: Site) -> None:
    with pytest.raises(Refused, match="unknown-entry"):
        two.withdraw(999)


def test_without_a_list_there_is_nothing_to_withdraw(site: Site) -> None:
    site.run(1)
    said = deploy.start(site.desk, site.office.signed(site.authorisation(site.list_of(7))), site.office.operator)
    with pytest.raises(Refused, match="list-not-open"):
        decisions.withdraw(site.desk, said, "v-0007", site.office.operator)
    site.stop()
    with pytest.raises(Refused, match="no-authorisation"):
        decisions.withdraw(site.desk, said, "v-0007", site.office.operator)

"""The journal has witnesses: it cannot be cut, forked or held back without the device being stopped for it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.control_room.desk import Refused
from edge.domain.condition import Condition, EndReason
from edge.domain.leaves.deployment import Began, CaptureClosed, Ended
from edge.domain.leaves.hits import HitCommitted
from edge.measure.people import POLICY
from edge.wire.checkpoints import Verdict, read_add_checkpoint, read_checkpoint
from edge.wire.notes import read_note
from hardware_sim.office import Office
from hardware_sim.site import Site

TWO = replace(POLICY, witnesses=2, cosigned_within=timedelta(minutes=30))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A device with three witnesses, of which its policy asks for two."""
    made = Site(tmp_path, office=Office(policy=TWO), witnesses=3, frame=timedelta(milliseconds=500))
    yield made
    made.device.store.close()


def cut_off(site: Site, *numbers: int) -> None:
    for number in numbers:
        site.witnesses[number].link.cut()


def back(site: Site, *numbers: int) -> None:
    for number in numbers:
        site.witnesses[number].link.connect()


def watching(site: Site) -> None:
    site.run(3)
    site.deploy(7)
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(3)
    assert site.condition is Condition.ACTIVE


def heads(site: Site) -> list[int]:
    """Sizes of the heads that a witness was asked to cosign, in order."""
    asked = site.topics.add_checkpoint(site.witnesses[0].id)
    heard = [heard.payload for heard in site.broker.heard if heard.topic == asked]
    return [read_checkpoint(read_add_checkpoint(payload).note.text).size for payload in heard]


def test_with_as_many_witnesses_as_the_policy_asks_for_a_deployment_begins(site: Site) -> None:
    cut_off(site, 2)
    watching(site)


def test_without_a_recent_cosignature_no_deployment_begins(site: Site) -> None:
    cut_off(site, 0, 1)
    site.power_cut()
    site.run(3)
    with pytest.raises(Refused, match="not-cosigned"):
        site.deploy(7)
    assert not [event for event in site.journal() if isinstance(event, Began)]
    back(site, 0)
    site.run(3)
    site.deploy(7)


def test_cosignatures_from_before_a_restart_count_as_long_as_they_are_recent(site: Site) -> None:
    site.run(3)
    cut_off(site, 0, 1, 2)
    site.power_cut()
    site.run(600)
    site.deploy(7)
    site.stop()
    site.run(1900)
    with pytest.raises(Refused, match="not-cosigned"):
        site.deploy(7)


def test_when_the_witnesses_are_gone_for_too_long_the_camera_is_shut_and_the_deployment_ends(site: Site) -> None:
    watching(site)
    cut_off(site, 0, 1)
    site.run(1790)
    assert site.condition is Condition.ACTIVE
    site.run(20)
    assert site.condition is Condition.PAUSED
    assert site.reasons[0] == "not-cosigned"
    assert not site.camera.is_open
    closed = [event for event in site.journal() if isinstance(event, CaptureClosed)]
    assert closed[-1].why == "not-cosigned"
    site.run(601)
    ended = [event for event in site.journal() if isinstance(event, Ended)]
    assert ended[-1].why is EndReason.PAUSED_TOO_LONG


def test_a_pause_for_want_of_witnesses_is_over_when_they_are_back(site: Site) -> None:
    watching(site)
    cut_off(site, 0, 1)
    site.run(1810)
    assert site.condition is Condition.PAUSED
    back(site, 1)
    site.run(310)
    assert site.condition is Condition.ACTIVE


def test_a_hit_never_waits_for_a_witness(site: Site) -> None:
    watching(site)
    cut_off(site, 0, 1, 2)
    site.walk(7)
    site.run(8)
    assert len(site.hits) == 1


def test_the_head_is_signed_at_once_after_a_beginning_a_hit_and_an_end(site: Site) -> None:
    site.run(30)
    for act, leaf in ((lambda: site.deploy(7), Began), (lambda: site.walk(7), HitCommitted), (site.stop, Ended)):
        before = len(heads(site))
        act()
        if leaf is Began:
            site.confirm_presence()
            site.officer_on_scene = True
        site.run(10)
        size = next(i for i, event in enumerate(site.journal()) if isinstance(event, leaf)) + 1
        assert heads(site)[-1] >= size
        assert 1 <= len(heads(site)) - before <= 3
        assert all(witness.memory.seen("lamppost/bench/post-1/epoch-1") for witness in site.witnesses)


def test_the_head_is_signed_every_five_minutes_in_a_deployment_and_every_fifteen_besides(site: Site) -> None:
    site.run(3)
    before = len(heads(site))
    site.run(3600)
    assert len(heads(site)) - before == 4
    watching(site)
    before = len(heads(site))
    site.run(1500)
    assert len(heads(site)) - before == 5


def test_a_policy_that_asks_for_fresher_cosignatures_is_met_by_signing_more_often(tmp_path: Path) -> None:
    policy = replace(POLICY, witnesses=1, cosigned_within=timedelta(minutes=2))
    site = Site(tmp_path, office=Office(policy=policy), witnesses=1, frame=timedelta(milliseconds=500))
    watching(site)
    site.run(600)
    assert site.condition is Condition.ACTIVE
    assert [event.kind for event in site.journal()].count("capture-opened") == 1
    site.device.store.close()


def test_a_log_whose_tail_was_deleted_with_the_device_off_breaks_its_seal(site: Site) -> None:
    watching(site)
    site.run(40)
    site.power_off()
    with sqlite3.connect(site.folder / "journal.sqlite") as connection:
        connection.execute("DELETE FROM leaf WHERE number >= 3")
    site.boot()
    site.run(3)
    assert site.condition is Condition.UNSAFE
    with pytest.raises(Refused, match="unsafe"):
        site.deploy(7)


def test_an_old_copy_of_the_journal_is_refused_by_every_witness_and_nothing_begins(site: Site) -> None:
    """Delete log tail: the copy is whole, so that its own seal holds; the witnesses remember more."""
    site.run(3)
    site.power_off()
    copy = site.folder / "copy.sqlite"
    shutil.copy(site.folder / "journal.sqlite", copy)
    site.boot()
    site.run(3)
    site.deploy(7)
    site.stop()
    site.run(5)
    site.power_off()
    shutil.copy(copy, site.folder / "journal.sqlite")
    site.boot()
    site.run(1801)
    assert site.witnesses[0].answers[-1].verdict is Verdict.CONFLICT
    with pytest.raises(Refused, match="not-cosigned"):
        site.deploy(7)


def test_a_log_that_was_forked_finds_nobody_to_cosign_it_and_its_own_signature_proves_it(site: Site) -> None:
    """Fork log: an old copy goes on and outgrows what the witnesses saw, under the device's own key."""
    site.run(3)
    site.power_off()
    copy = site.folder / "copy.sqlite"
    shutil.copy(site.folder / "journal.sqlite", copy)
    site.boot()
    site.run(3)
    site.deploy(7)
    site.run(3)
    site.power_off()
    shutil.copy(copy, site.folder / "journal.sqlite")
    for _ in range(20):
        site.boot()
        site.power_off()
    site.boot()
    site.run(3)
    witness = site.witnesses[0]
    assert witness.answers[-1].verdict is Verdict.INCONSISTENT
    kept = next((witness.memory.folder / "refused").iterdir())
    refused, seen = read_add_checkpoint(kept.read_bytes()), witness.memory.seen("lamppost/bench/post-1/epoch-1")
    assert seen is not None
    # Two heads, both signed by the device, of which the later does not continue the earlier.
    assert refused.note.signatures[0].id == read_note(seen.note.encode()).signatures[0].id
    site.run(1801)
    with pytest.raises(Refused, match="not-cosigned"):
        site.deploy(7)

"""A broken seal is followed by a new epoch that two custodians open, and by nothing else; the old journal is kept."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge import machine
from edge.adapters.store import SqliteStore
from edge.control_room import custody, deploy
from edge.control_room.desk import Refused
from edge.domain.authority import Signed
from edge.domain.condition import Condition
from edge.domain.custody import NewEpoch
from edge.domain.errors import Misconfigured
from edge.domain.leaves.device import EpochOpened
from edge.domain.record import Checkpoint
from edge.wire.checkpoints import read_checkpoint
from edge.wire.notes import read_note
from edge.wire.signed import digest, payload_of
from hardware_sim.office import MemoryKey
from hardware_sim.site import Site

OLD, NEW = "lamppost/bench/post-1/epoch-1", "epoch-2"


@pytest.fixture
def broken(site: Site) -> Site:
    """A device whose log was cut while it had no power. It had run a deployment before."""
    site.run(1)
    site.deploy(7)
    site.stop()
    site.run(40)
    site.power_off()
    with sqlite3.connect(site.folder / "journal.sqlite") as connection:
        connection.execute("DELETE FROM leaf WHERE number >= 2")
    site.boot()
    site.run(1)
    return site


def last_head(site: Site) -> Checkpoint:
    """As the broker and the witnesses have it."""
    heard = [heard for heard in site.broker.heard if heard.topic == site.topics.checkpoint]
    return read_checkpoint(read_note(heard[-1].payload).text)


def decision(site: Site, /, *keys: MemoryKey, **fields: object) -> Signed:
    head = last_head(site)
    document = NewEpoch(
        site="bench", device="post-1", epoch=NEW, previous_origin=head.origin, previous_size=head.size,
        previous_root=head.root, reason="examination-17", decided=site.clock.now().wall,
    )  # fmt: skip
    first, *others = keys or site.office.custodians
    signed = custody.signed_once(replace(document, **fields), first)  # type: ignore[arg-type]
    for key in others:
        signed, _ = custody.agreed(signed, key)
    return signed


def open_epoch(site: Site, signed: Signed) -> Path:
    return machine.open_epoch(site.folder, signed, site.office.signed_root(), site="bench", device="post-1", epoch=NEW)


def test_a_device_with_a_broken_seal_stays_up_looks_at_nobody_and_says_so(broken: Site) -> None:
    assert broken.condition is Condition.UNSAFE
    with pytest.raises(
        Refused, match=r"unsafe \(The journal on disk has 2 leaves, but a head of \d+ leaves was signed"
    ):
        broken.deploy(7)
    before = last_head(broken)
    broken.run(1000)
    assert last_head(broken) == before


def test_two_custodians_open_a_new_epoch_whose_first_leaf_binds_the_old_head(broken: Site) -> None:
    signed = decision(broken)
    head = last_head(broken)
    broken.power_off()
    kept = open_epoch(broken, signed)
    broken.epoch = NEW
    broken.boot()
    broken.run(3)
    first, second = broken.journal()[:2]
    assert first == EpochOpened(
        digest=digest(payload_of(signed)), previous_origin=OLD, previous_size=head.size, previous_root=head.root
    )
    assert second.kind == "booted"
    assert last_head(broken).origin == f"lamppost/bench/post-1/{NEW}"
    old = SqliteStore(kept)
    assert kept.name == "journal-epoch-1.sqlite"
    assert old.size() == 2
    old.close()
    broken.deploy(7)
    assert broken.condition is Condition.WAITING


def test_the_new_epoch_goes_on_after_a_restart_though_the_custodians_have_changed(broken: Site) -> None:
    signed = decision(broken)
    broken.power_off()
    open_epoch(broken, signed)
    broken.epoch = NEW
    broken.boot()
    broken.run(40)
    broken.power_off()
    broken.office.custodians = (MemoryKey(), MemoryKey())
    broken.boot()
    broken.run(1)
    assert broken.condition is Condition.IDLE
    assert [event.kind for event in broken.journal()].count("epoch-opened") == 1


def test_authorisations_and_the_clocks_mark_are_not_forgotten_with_the_old_journal(broken: Site) -> None:
    signed, old_authorisation = (
        decision(broken),
        broken.office.signed(broken.authorisation(broken.list_of(7), sequence=1)),
    )
    broken.run(70)
    broken.power_off()
    open_epoch(broken, signed)
    broken.epoch = NEW
    broken.clock.step_wall(timedelta(hours=-1))
    broken.boot()
    broken.run(1)
    assert broken.condition is Condition.UNSAFE
    broken.clock.step_wall(timedelta(hours=1))
    broken.run(1)
    with pytest.raises(Refused, match="replayed"):
        deploy.start(broken.desk, old_authorisation, broken.office.operator)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"device": "post-2"}, "wrong-device"),
        ({"site": "bank"}, "wrong-device"),
        ({"epoch": "epoch-3"}, "wrong-device"),
        ({"previous_origin": "lamppost/bench/post-1/epoch-0"}, "wrong-device"),
        ({"previous_origin": "lamppost/bench/post-1/epoch-2"}, "malformed"),
        ({"previous_origin": "lamppost/bench/post-2/epoch-1"}, "malformed"),
        ({"previous_size": 3}, "malformed"),
        ({"previous_root": "0" * 64}, "malformed"),
    ],
)
def test_a_decision_about_anything_else_opens_nothing(broken: Site, fields: dict[str, object], says: str) -> None:
    signed = decision(broken, **fields)
    broken.power_off()
    with pytest.raises(Misconfigured, match=says):
        open_epoch(broken, signed)
    assert not (broken.folder / "journal-epoch-1.sqlite").exists()
    broken.boot()


def test_one_custodian_or_other_people_open_nothing(broken: Site) -> None:
    one, _ = broken.office.custodians
    for keys, says in (
        ((one,), "not-signed"),
        ((one, one), "same-role-twice"),
        ((one, broken.office.officer), "unknown-key"),
        ((one, MemoryKey()), "unknown-key"),
    ):
        with pytest.raises(Misconfigured, match=says):
            open_epoch(broken, decision(broken, *keys))
    forged = decision(broken)
    forged = replace(forged, signatures=(forged.signatures[0], replace(forged.signatures[1], signature="A" * 86)))
    with pytest.raises(Misconfigured, match="bad-signature"):
        open_epoch(broken, forged)


def test_an_epoch_is_opened_once_and_the_kept_journal_is_never_overwritten(broken: Site) -> None:
    signed = decision(broken)
    broken.power_off()
    kept = open_epoch(broken, signed)
    content = kept.read_bytes()
    with pytest.raises(Misconfigured, match="is there already"):
        open_epoch(broken, signed)
    assert kept.read_bytes() == content
    broken.epoch = NEW
    broken.boot()


def test_a_head_that_the_witnesses_know_and_the_device_has_lost_may_be_bound(broken: Site) -> None:
    signed = decision(broken, previous_size=last_head(broken).size + 5, previous_root="f" * 64)
    broken.power_off()
    open_epoch(broken, signed)
    broken.epoch = NEW
    broken.boot()
    assert broken.condition is Condition.IDLE


def test_a_journal_that_is_damaged_beyond_reading_is_kept_as_well(broken: Site) -> None:
    signed = decision(broken)
    broken.power_off()
    path = broken.folder / "journal.sqlite"
    path.write_bytes(b"this is no database" * 1000)
    kept = open_epoch(broken, signed)
    assert kept.read_bytes() == b"this is no database" * 1000
    broken.epoch = NEW
    broken.boot()
    assert broken.condition is Condition.IDLE


def test_naming_another_epoch_without_a_decision_opens_nothing(broken: Site) -> None:
    broken.power_off()
    broken.epoch = NEW
    broken.boot()
    broken.run(1)
    assert broken.condition is Condition.UNSAFE


def test_a_new_journal_is_not_taken_for_another_epochs(broken: Site) -> None:
    signed = decision(broken)
    broken.power_off()
    open_epoch(broken, signed)
    with pytest.raises(Misconfigured, match="not believed"):
        broken.boot()
    broken.epoch = NEW
    broken.boot()


def test_a_journal_that_is_gone_is_followed_by_a_new_epoch_too(broken: Site) -> None:
    """What says that there was one is the reserve's file."""
    signed = decision(broken)
    broken.power_off()
    for path in broken.folder.glob("journal.sqlite*"):
        if not path.name.endswith("-reserve"):
            path.unlink()
    broken.boot()
    assert broken.reasons[:2] == ("unsafe", "seal-broken")
    broken.power_off()
    open_epoch(broken, signed)
    broken.epoch = NEW
    broken.boot()
    broken.run(1)
    assert broken.condition is Condition.IDLE
    assert sorted(path.name for path in broken.folder.glob("*-reserve")) == ["journal.sqlite-reserve"]


def test_hits_are_numbered_anew(site: Site) -> None:
    """As an outsider expects of a journal, and as no hit of the old one is spoken of in it."""
    site.run(1)
    for number, epoch in enumerate(("epoch-1", NEW)):
        if number:
            head = last_head(site)
            signed = decision(site, previous_size=head.size + 9, previous_root="f" * 64)
            site.power_off()
            open_epoch(site, signed)
            site.epoch = epoch
            site.boot()
            site.run(1)
        site.deploy(7)
        site.confirm_presence()
        site.run(1)
        site.walk(7)
        site.run(6)
        assert [event.sequence for event in site.journal() if event.kind == "hit-committed"] == [1]  # type: ignore[union-attr]
        site.stop()
        site.run(40)
    assert [(hit.sealed.epoch, hit.sealed.sequence) for hit in site.hits] == [("epoch-1", 1), (NEW, 1)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can open it for a service that has another user")
def test_the_new_journal_belongs_to_whoever_the_state_belongs_to(broken: Site) -> None:
    signed = decision(broken)
    broken.power_off()
    os.chown(broken.folder, 65534, 65534)
    open_epoch(broken, signed)
    owners = {path.name: path.stat().st_uid for path in broken.folder.glob("journal*")}
    assert set(owners.values()) == {65534}, owners

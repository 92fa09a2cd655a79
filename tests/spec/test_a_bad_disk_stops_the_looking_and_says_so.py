"""A device whose disk is damaged, gone, slow or hanging looks at nobody rather than at somebody unrecorded."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from edge.domain.condition import Condition
from edge.domain.errors import REMEDIES, Reason
from edge.ports import Store
from hardware_sim.disk import SlowStore
from hardware_sim.site import Site
from tests.doors.test_outbox import tell

SECOND = timedelta(seconds=1)


def test_a_damaged_disk_brings_up_a_device_that_knows_the_truth_or_says_why_not(watching: Site, tmp_path: Path) -> None:
    """Bits flip all over the state of a device that lost power while hits waited."""
    watching.device.link.eats_publishes = True
    tell(watching, 3)
    watching.run(1)
    before = watching.journal()
    origin = tmp_path / "origin"
    origin.mkdir()
    for path in watching.folder.glob("journal.sqlite*"):
        if not path.name.endswith("-shm"):
            shutil.copy(path, origin)
    watching.officer_on_scene = False
    outcomes = set()
    for seed in range(60):
        random = Random(seed)
        watching.power_off()
        for path in watching.folder.glob("journal.sqlite*"):
            path.unlink()
        for path in origin.iterdir():
            shutil.copy(path, watching.folder)
        victim = watching.folder / random.choice(["journal.sqlite", "journal.sqlite", "journal.sqlite-wal"])
        raw = bytearray(victim.read_bytes())
        for _ in range(random.choice([1, 4])):
            raw[random.randrange(len(raw))] ^= 1 << random.randrange(8)
        victim.write_bytes(raw)
        watching.boot()
        watching.run(0.3)
        if watching.condition is Condition.UNSAFE:
            assert watching.reasons[:2] == ("unsafe", "seal-broken"), seed
        else:
            # A torn log may have lost what no head was signed of, and nothing else.
            lived = watching.journal()
            kept = next(index for index, event in enumerate(lived) if index and event.kind == "booted")
            assert lived[:kept] == before[:kept], seed
        outcomes.add(watching.condition)
    assert outcomes == {Condition.UNSAFE, Condition.IDLE}


def test_a_journal_that_vanishes_under_way_ends_the_looking_within_seconds(watching: Site) -> None:
    (watching.folder / "journal.sqlite").rename(watching.folder / "elsewhere")
    watching.run(1.5)
    assert watching.condition is Condition.UNSAFE
    assert "journal-unwritable" in watching.reasons
    assert not watching.camera.is_open
    watching.officer_on_scene = False
    for path in watching.folder.glob("journal.sqlite-[ws]*"):
        path.unlink()
    watching.power_cut()
    assert watching.reasons[:2] == ("unsafe", "seal-broken")


def test_every_reason_of_a_disk_has_a_remedy_that_a_person_can_carry_out() -> None:
    for reason in (Reason.DISK_LOW, Reason.DISK_FULL, Reason.JOURNAL_UNWRITABLE, Reason.SEAL_BROKEN):
        assert REMEDIES[reason]


class Hanging:
    """A disk that can be made to hang, for other threads than the test's own."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.free.set()
        self.hung = threading.Event()

    def wait(self) -> None:
        if not self.free.is_set():
            self.hung.set()
            assert self.free.wait(60)


@pytest.fixture
def disk() -> Iterator[Hanging]:
    hanging = Hanging()
    yield hanging
    hanging.free.set()


@pytest.fixture
def hanging(tmp_path: Path, disk: Hanging) -> Iterator[Site]:
    site = Site(tmp_path, disk=lambda store: SlowStore(store, disk.wait))
    site.run(1)
    site.deploy(7)
    site.confirm_presence()
    site.run(1)
    yield site
    disk.free.set()
    site.device.store.close()


def test_frames_never_wait_for_a_disk_that_hangs_and_hits_come_when_it_answers(hanging: Site, disk: Hanging) -> None:
    daemon = hanging.device.daemon
    disk.free.clear()
    writer = threading.Thread(target=daemon.tell.step, args=(timedelta(0),))
    tell(hanging)
    writer.start()
    assert disk.hung.wait(10)
    seen = daemon.gate.frames.counts.frames
    hanging.walk(7)
    for _ in range(25):
        hanging.clock.advance(timedelta(milliseconds=100))
        frame = daemon.gate.frames.poll(timedelta(0))
        if frame is not None:
            daemon.watch.see(frame)
    assert daemon.gate.frames.counts.frames - seen >= 20
    assert hanging.hits == []
    disk.free.set()
    writer.join(10)
    hanging.run(4)
    assert len(hanging.hits) == 2


def test_more_hits_than_can_be_held_in_memory_end_the_looking(hanging: Site, disk: Hanging) -> None:
    disk.free.clear()
    writer = threading.Thread(target=hanging.device.daemon.tell.step, args=(timedelta(0),))
    tell(hanging)
    writer.start()
    assert disk.hung.wait(10)
    tell(hanging, 63)
    assert hanging.device.daemon.gate.reasons(hanging.clock.now()) == ()
    tell(hanging, 2)
    assert Reason.UNSAFE in hanging.device.daemon.gate.reasons(hanging.clock.now())
    disk.free.set()
    writer.join(10)


def test_on_a_slow_disk_every_hit_comes_though_later(tmp_path: Path) -> None:
    takes = [timedelta(0)]
    site: list[Site] = []

    def slow(store: Store) -> Store:
        return SlowStore(store, lambda: site[0].clock.advance(takes[0]) if site else None)

    made = Site(tmp_path, disk=slow)
    site.append(made)
    made.run(1)
    made.deploy(7)
    made.confirm_presence()
    made.officer_on_scene = True
    made.run(1)
    takes[0] = timedelta(milliseconds=20)
    for passage in range(3):
        made.walk(7, after=passage * 8)
    made.run(30)
    assert [hit.sealed.sequence for hit in made.hits] == [1, 2, 3]
    assert made.condition in (Condition.ACTIVE, Condition.PAUSED)
    made.device.store.close()

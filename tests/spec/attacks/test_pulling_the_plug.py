"""Somebody pulls the plug, so that nothing can be destroyed in order, and takes the disk."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

from edge.domain.condition import Condition, EndReason
from edge.domain.leaves.deployment import Ended
from edge.domain.message import Outgoing
from hardware_sim.scripted import features_of
from hardware_sim.site import Site


def remains(site: Site) -> list[Path]:
    return [path for path in (site.folder / "blobs").rglob("*") if path.is_file()]


def test_the_list_is_gone_with_the_key_that_was_in_memory(watching: Site, tmp_path: Path) -> None:
    """The thief has the disk as it was, and everything that was ever sent. The key was in memory only."""
    watching.officer_on_scene = False
    copy = tmp_path / "copy"
    shutil.copytree(watching.folder / "blobs", copy)
    assert any(copy.rglob("*"))
    watching.power_cut()
    assert features_of(7).tobytes() not in b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    orders = [heard for heard in watching.broker.heard if "/cmd/load" in heard.topic or "/blob/" in heard.topic]
    for heard in orders:
        watching.broker.forge(Outgoing(heard.topic, heard.payload))
    watching.run(2)
    assert watching.condition is Condition.IDLE
    assert watching.device.host.buffers == []


def test_what_lies_sealed_on_the_disk_waits_a_day_at_most_for_a_key_that_is_there_no_more(watching: Site) -> None:
    """It saves the control room from sending it again, wrapped to another key, while its authorisation stands."""
    watching.officer_on_scene = False
    sealed = remains(watching)
    watching.power_cut()
    assert remains(watching) == sealed
    watching.run(10)
    watching.clock.advance(timedelta(hours=24))
    watching.run(10)
    assert remains(watching) == []


def test_the_next_start_says_that_it_was_cut_off_before_anything_else(watching: Site) -> None:
    watching.officer_on_scene = False
    before = len(watching.journal())
    watching.power_cut()
    kinds = [event.kind for event in watching.journal()[before:]]
    assert kinds[:2] == ["booted", "ended"]
    assert [event.why for event in watching.journal() if isinstance(event, Ended)] == [EndReason.RESTART]

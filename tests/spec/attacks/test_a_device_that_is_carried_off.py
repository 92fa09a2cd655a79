"""Somebody takes the whole post away in the middle of a deployment, and reads the disk at leisure."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from edge.control_room.desk import Refused
from edge.domain.message import Outgoing
from edge.domain.orders import Presence, Verb
from edge.domain.record import EVENTS
from edge.wire.log import decode_leaf
from hardware_sim.office import MemoryKey
from hardware_sim.scripted import features_of
from hardware_sim.site import Site


@pytest.fixture
def disk(watching: Site, tmp_path: Path) -> bytes:
    """Everything on it, a minute into a deployment with a hit that nobody has signed for yet."""
    watching.desk_link.cut()
    watching.walk(7)
    for person in range(30, 40):
        watching.walk(person, after=person - 29)
    watching.run(30)
    return b"\0".join(path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file())


def test_the_disk_names_nobody_and_shows_nobody(watching: Site, disk: bytes) -> None:
    assert len(watching.device.store.outbox(10)) == 1
    for person in (7, *range(30, 40)):
        assert features_of(person).tobytes()[:16] not in disk
    for secret in (b"v-0007", b"decoy-0000", b"\xff\xd8\xff"):
        assert secret not in disk


def test_nothing_lies_there_in_clear_but_the_journal_of_what_happened(watching: Site, disk: bytes) -> None:
    assert disk
    store = watching.device.store
    kinds = {decode_leaf(raw).event.kind for raw in store.leaves(0, store.size())}
    assert kinds <= set(EVENTS)
    with sqlite3.connect(watching.folder / "journal.sqlite") as opened:
        tables = {name for (name,) in opened.execute("select name from sqlite_master where type = 'table'")}
    assert not {name for name in tables if any(word in name for word in ("face", "frame", "template", "person"))}


def test_switched_on_elsewhere_it_knows_no_list_and_looks_at_nobody(watching: Site, disk: bytes) -> None:
    assert disk
    watching.officer_on_scene = False
    watching.desk_link.connect()
    orders = [heard for heard in watching.broker.heard if "/cmd/" in heard.topic or "/blob/" in heard.topic]
    watching.power_cut()
    watching.run(60)
    for heard in orders:
        watching.broker.forge(Outgoing(heard.topic, heard.payload))
        watching.run(0.1)
    assert watching.camera.opens == 0
    assert watching.device.host.buffers == []
    with pytest.raises(Refused, match="no-authorisation"):
        watching.desk.order(*_presence(watching))


def _presence(site: Site) -> tuple[Verb, Presence, MemoryKey]:
    state = site.desk.seen.state
    assert state is not None
    body = Presence(authorisation="test-1", boot=state.boot, nonce=state.nonce)
    return Verb.PRESENCE, body, site.office.presence

"""The way out, used directly: sealing and committing with the frame path left out."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from edge.domain.capture import Instant
from edge.domain.comparison import Finding, Hit
from edge.domain.errors import JournalUnwritable, Refusal
from edge.domain.face import Box, Probe
from edge.domain.leaves.hits import HitCommitted, HitWithheld
from edge.domain.orders import Ack, Heading, Order, Verb
from edge.measure.people import UNSIGNED
from edge.safeguards.hits import Hits, Sealed
from hardware_sim.office import MemoryKey
from hardware_sim.scripted import features_of
from hardware_sim.site import Site


def hits_of(site: Site) -> Hits:
    return site.device.daemon.tell._hits


def found(site: Site) -> Hit:
    now = site.clock.now()
    finding = site.device.daemon.watch._gallery.search(Probe(features_of(7).copy(), 1, now), now)
    assert isinstance(finding, Finding)
    assert finding.candidate is not None
    face = np.full((60, 60, 3), 128, np.uint8)
    return Hit(
        "hit-1", finding.permit, finding.candidate, now, now, 1, timedelta(seconds=1), Box(1, 2, 61, 62), face, ()
    )


def sealed(site: Site) -> Sealed:
    made = hits_of(site).seal(found(site))
    assert isinstance(made, Sealed)
    return made


def test_a_hit_whose_permit_holds_is_recorded_and_queued_together(watching: Site) -> None:
    assert hits_of(watching).commit(sealed(watching), watching.clock.now())
    (row,) = watching.device.store.outbox(10)
    committed = [event for event in watching.journal() if isinstance(event, HitCommitted)]
    assert [event.sequence for event in committed] == [row.sequence] == [1]


def test_a_hit_whose_permit_lapsed_before_the_commit_is_not_told(watching: Site) -> None:
    waiting = sealed(watching)
    watching.clock.advance(timedelta(seconds=181))
    assert not hits_of(watching).commit(waiting, watching.clock.now())
    assert watching.device.store.outbox(10) == []
    assert [event.kind for event in watching.journal()][-1] == HitWithheld.kind


def test_a_hit_of_an_earlier_generation_is_not_told_though_looking_resumed(watching: Site) -> None:
    waiting = sealed(watching)
    watching.device.daemon.gate.lapse(watching.clock.now())
    assert not hits_of(watching).commit(waiting, watching.clock.now())
    assert watching.device.store.outbox(10) == []


def test_a_hit_after_the_end_is_not_even_sealed(watching: Site) -> None:
    hit = found(watching)
    watching.stop()
    assert isinstance(hits_of(watching).seal(hit), Refusal)


def test_what_cannot_be_recorded_is_not_told(watching: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from edge.adapters.store import SqliteTransaction

    waiting = sealed(watching)

    def full(*_: object) -> int:
        import sqlite3

        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(SqliteTransaction, "append", full)
    with pytest.raises(JournalUnwritable):
        hits_of(watching).commit(waiting, watching.clock.now())
    assert watching.device.store.outbox(10) == []


def acknowledgement(site: Site, key: str, *, number: int = 0, **fields: object) -> Order:
    """Of a waiting hit: the oldest, if no other is named."""
    row = site.device.store.outbox(10)[number]
    body: dict[str, object] = {"hit": row.hit, "sequence": row.sequence, "digest": row.digest}
    now = site.clock.now().wall
    heading = Heading(
        id="a", verb=Verb.ACK, site="bench", device="post-1", epoch="e", issued=now, expires=now, counter=1
    )
    return Order(heading=heading, body=Ack(**(body | fields)), key=key, signed=UNSIGNED)  # type: ignore[arg-type]


def test_only_a_recipient_of_this_very_hit_can_acknowledge_it(watching: Site) -> None:
    hits_of(watching).commit(sealed(watching), watching.clock.now())
    now: Instant = watching.clock.now()
    recipient = watching.office.reader.signer.public
    assert isinstance(hits_of(watching).acknowledge(acknowledgement(watching, MemoryKey().public), now), Refusal)
    wrong = acknowledgement(watching, recipient, digest="0" * 64)
    assert isinstance(hits_of(watching).acknowledge(wrong, now), Refusal)
    assert len(watching.device.store.outbox(10)) == 1
    right = acknowledgement(watching, recipient)
    assert hits_of(watching).acknowledge(right, now) is None
    assert watching.device.store.outbox(10) == []
    assert hits_of(watching).acknowledge(right, now) is None
    assert [event.kind for event in watching.journal()].count("hit-acknowledged") == 1

"""What the cosignatures' door keeps: the newest of each witness, and those around beginnings and ends, for auditors."""

from __future__ import annotations

from decimal import Decimal

import pytest

from edge.domain.condition import EndReason
from edge.domain.leaves.deployment import Began, Ended
from edge.safeguards import witnessed as door
from edge.wire.checkpoints import read_add_checkpoint, read_checkpoint
from edge.wire.notes import Algorithm, Verifier, read_note, verified
from tests.doors.test_witnessed import MINUTE, ORIGIN, Bench
from tests.doors.test_witnessed import bench as bench


def test_what_was_cosigned_outlives_a_restart_as_an_outsider_verifies_it(bench: Bench) -> None:
    bench.grow()
    note = bench.ask()
    bench.answer(0, note)
    bench.answer(1, note)
    bench.restart()
    assert bench.recent
    stored = bench.store.get(f"{door.LATEST}{bench.verifiers[0].id.hex()}")
    assert stored is not None
    log = Verifier(ORIGIN, bench.device.public, Algorithm.NOTE)
    assert [one for one, _ in verified(read_note(stored), [log, bench.verifiers[0]])] == [log, bench.verifiers[0]]
    bench.grow()
    bench.ask()
    assert read_add_checkpoint(bench.requests[bench.verifiers[0].id.hex()]).old_size == 4
    bench.clock.advance(31 * MINUTE)
    assert not bench.recent


@pytest.mark.parametrize("content", [b"", b"anything", b"x\n1\nAAAA\n\n"])
def test_a_stored_cosignature_that_was_changed_is_none(bench: Bench, content: bytes) -> None:
    note = bench.ask()
    bench.answer(0, note)
    bench.answer(1, note)
    with bench.store.transaction() as transaction:
        transaction.put(f"{door.LATEST}{bench.verifiers[0].id.hex()}", content)
    bench.restart()
    assert not bench.recent


def test_the_heads_around_each_beginning_and_end_are_kept_and_no_others(bench: Bench) -> None:
    name = bench.verifiers[0].id.hex()

    def cosigned() -> int:
        bench.clock.advance(MINUTE)
        note = bench.ask()
        bench.answer(0, note)
        return read_checkpoint(note.text).size

    sizes = [cosigned()]
    for _ in range(3):
        bench.grow()
        sizes.append(cosigned())
    assert bench.kept() == []
    bench.journal.record(
        Began(authorisation="a", digest="0" * 64, list_key="A" * 43, threshold=Decimal("0.5")), bench.clock.now()
    )
    sizes.append(cosigned())
    assert bench.kept() == [(sizes[-2], name), (sizes[-1], name)]
    for _ in range(3):
        bench.grow(300)
        sizes.append(cosigned())
    assert len(bench.kept()) == 2
    bench.grow(300)
    bench.journal.record(Ended(authorisation="a", why=EndReason.STOPPED), bench.clock.now())
    sizes.append(cosigned())
    assert bench.kept()[2:] == [(sizes[-2], name), (sizes[-1], name)]
    for size, _ in bench.kept():
        stored = bench.store.get(f"{door.KEPT}{size:016d}/{name}")
        assert stored is not None
        assert read_checkpoint(read_note(stored).text).size == size


def test_no_more_heads_are_kept_than_there_is_room_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "MOST_KEPT", 3)
    for _ in range(4):
        bench.clock.advance(MINUTE)
        bench.journal.record(Ended(authorisation="a", why=EndReason.STOPPED), bench.clock.now())
        bench.answer(0, bench.ask())
    assert [size for size, _ in bench.kept()] == [3, 4, 5]


def test_health_says_how_many_witnesses_were_heard_and_how_lately(bench: Bench) -> None:
    assert bench.door.counters(bench.clock.now())["witnesses-heard"] == 0
    bench.answer(0, bench.ask())
    bench.clock.advance(MINUTE)
    said = bench.door.counters(bench.clock.now())
    assert said == {"witnesses-pinned": 3, "witnesses-heard": 1, "witness-age-seconds": 60}

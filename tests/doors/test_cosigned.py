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
    began(bench)
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


def began(bench: Bench) -> None:
    event = Began(authorisation="a", digest="0" * 64, list_key="A" * 43, threshold=Decimal("0.5"))
    bench.journal.record(event, bench.clock.now())


def test_the_head_before_a_beginning_is_kept_though_the_device_was_restarted_in_between(bench: Bench) -> None:
    before = bench.ask()
    bench.answer(0, before)
    bench.restart()
    began(bench)
    bench.clock.advance(MINUTE)
    after = bench.ask()
    bench.answer(0, after)
    name = bench.verifiers[0].id.hex()
    assert bench.kept() == [(read_checkpoint(head.text).size, name) for head in (before, after)]


def test_what_begins_while_an_answer_is_under_way_lies_between_the_next_two_heads(bench: Bench) -> None:
    bench.answer(0, bench.ask())
    bench.grow()
    bench.clock.advance(MINUTE)
    asked = bench.ask()
    began(bench)
    bench.answer(0, asked)
    assert bench.kept() == []
    bench.clock.advance(MINUTE)
    last = bench.ask()
    bench.answer(0, last)
    assert [size for size, _ in bench.kept()] == [read_checkpoint(head.text).size for head in (asked, last)]


def test_no_more_heads_are_kept_than_there_is_room_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "MOST_KEPT", 3)
    for _ in range(4):
        bench.clock.advance(MINUTE)
        bench.journal.record(Ended(authorisation="a", why=EndReason.STOPPED), bench.clock.now())
        bench.answer(0, bench.ask())
    assert [size for size, _ in bench.kept()] == [3, 4, 5]


def test_health_says_how_many_witnesses_were_heard_and_how_lately(bench: Bench) -> None:
    said = bench.door.counters(bench.clock.now())
    assert said == {"witnesses-pinned": 3, "witnesses-heard": 0, "witness-age-seconds": 0}
    bench.answer(0, bench.ask())
    bench.clock.advance(MINUTE)
    said = bench.door.counters(bench.clock.now())
    assert said == {"witnesses-pinned": 3, "witnesses-heard": 1, "witness-age-seconds": 60}

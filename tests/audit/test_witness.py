"""A witness cosigns what continues, refuses what was cut or forked, and never forgets."""

from __future__ import annotations

import dataclasses
import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.audit.memory import MOST_LOGS, MOST_REFUSED, Memory
from edge.audit.witness import Witness
from edge.domain.errors import Misconfigured
from edge.domain.record import Checkpoint
from edge.wire.checkpoints import AddCheckpoint, Answer, Verdict, read_add_checkpoint, signed_checkpoint
from edge.wire.notes import Note, cosigned_at, read_note, verified
from hardware_sim.clock import SteppedClock
from hardware_sim.office import MemoryKey
from tests.audit.logs import ORIGIN, Log


class Bench:
    """A witness, its folder and its clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "witness"
        self.clock = SteppedClock()
        self.key = MemoryKey()
        self.log = Log(self.key)
        self.memory = Memory(self.folder, new=True)
        self.witness = self._witness()

    def _witness(self) -> Witness:
        return Witness("w.example", self.memory, self.clock, log_key=self.key.public, origins="lamppost/bench/post-1/")

    def restart(self) -> None:
        self.memory.close()
        self.memory = Memory(self.folder)
        self.witness = self._witness()

    def ask(self, request: AddCheckpoint) -> Answer:
        return self.witness.answer(request.encode())

    def refused(self) -> list[Path]:
        folder = self.folder / "refused"
        return list(folder.iterdir()) if folder.is_dir() else []


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_log_that_grows_is_cosigned_with_the_witnesss_own_time(bench: Bench) -> None:
    old = 0
    for count in (1, 0, 7, 300):
        bench.log.grow(count)
        bench.clock.advance(timedelta(seconds=60))
        request = bench.log.request(old)
        answer = bench.ask(request)
        assert answer.verdict is Verdict.COSIGNED
        cosigned = Note(request.note.text, answer.signatures)
        ((verifier, line),) = verified(cosigned, [bench.witness.verifier])
        assert verifier.name == "w.example"
        assert cosigned_at(line) == bench.clock.now().wall
        old = len(bench.log.leaves)


def test_what_was_cosigned_is_remembered_over_a_restart(bench: Bench) -> None:
    bench.log.grow(5)
    assert bench.ask(bench.log.request(0)).verdict is Verdict.COSIGNED
    bench.restart()
    seen = bench.memory.seen(ORIGIN)
    assert seen is not None
    assert seen.head == bench.log.head()
    bench.log.grow(1)
    assert bench.ask(bench.log.request(0)) == Answer(Verdict.CONFLICT, size=5)
    assert bench.ask(bench.log.request(5)).verdict is Verdict.COSIGNED


def test_a_log_whose_tail_was_deleted_is_not_cosigned(bench: Bench) -> None:
    bench.log.grow(9)
    bench.ask(bench.log.request(0))
    del bench.log.leaves[6:]
    for old in range(7):
        answer = bench.ask(bench.log.request(old))
        assert answer == Answer(Verdict.CONFLICT, size=9)
    # From the size that the witness names there is no proof; one that claims it is malformed.
    request = dataclasses.replace(bench.log.request(6), old_size=9)
    assert bench.ask(request).verdict is Verdict.MALFORMED


def test_a_log_that_was_cut_and_has_grown_again_is_not_cosigned_and_the_proof_of_it_is_kept(bench: Bench) -> None:
    bench.log.grow(9)
    bench.ask(bench.log.request(0))
    fork = Log(bench.key, *bench.log.leaves[:6], b"other")
    fork.grow(8)
    request = fork.request(9)
    assert bench.ask(request) == Answer(Verdict.INCONSISTENT)
    seen = bench.memory.seen(ORIGIN)
    assert seen is not None
    assert seen.head == bench.log.head()
    (kept,) = bench.refused()
    assert read_add_checkpoint(kept.read_bytes()) == request


def test_another_root_of_the_same_size_is_not_cosigned_and_the_proof_of_it_is_kept(bench: Bench) -> None:
    bench.log.grow(9)
    bench.ask(bench.log.request(0))
    fork = Log(bench.key, b"other")
    fork.grow(8)
    assert bench.ask(fork.request(9)) == Answer(Verdict.INCONSISTENT)
    assert bench.ask(fork.request(0)) == Answer(Verdict.CONFLICT, size=9)
    assert len(bench.refused()) == 2


def test_a_smaller_or_stale_head_is_a_conflict_and_no_proof_of_anything(bench: Bench) -> None:
    bench.log.grow(9)
    bench.ask(bench.log.request(0))
    honest = Log(bench.key, *bench.log.leaves[:5])
    assert bench.ask(honest.request(0)) == Answer(Verdict.CONFLICT, size=9)
    assert bench.refused() == []


def test_only_heads_that_the_pinned_key_signed_are_looked_at(bench: Bench) -> None:
    bench.log.grow(3)
    stranger = Log(MemoryKey(), *bench.log.leaves)
    assert bench.ask(stranger.request(0)) == Answer(Verdict.NOT_SIGNED_BY_LOG)
    request = bench.log.request(0)
    forged = dataclasses.replace(request.note.signatures[0], signature=bytes(64))
    assert bench.ask(dataclasses.replace(request, note=Note(request.note.text, (forged,)))) == Answer(
        Verdict.NOT_SIGNED_BY_LOG
    )
    # Another's line beside the log's does no harm, and is not remembered.
    line = stranger.request(0).note.signatures[0]
    beside = dataclasses.replace(request, note=Note(request.note.text, (line, *request.note.signatures)))
    assert bench.ask(beside).verdict is Verdict.COSIGNED
    seen = bench.memory.seen(ORIGIN)
    assert seen is not None
    assert read_note(seen.note.encode()).signatures == request.note.signatures


def test_another_devices_log_is_unknown_and_another_epoch_is_a_log_of_its_own(bench: Bench) -> None:
    other = Log(bench.key, b"leaf", origin="lamppost/bench/post-2/epoch-1")
    assert bench.ask(other.request(0)) == Answer(Verdict.UNKNOWN_LOG)
    epoch = Log(bench.key, b"leaf", origin="lamppost/bench/post-1/epoch-2")
    bench.log.grow(4)
    assert bench.ask(bench.log.request(0)).verdict is Verdict.COSIGNED
    assert bench.ask(epoch.request(0)).verdict is Verdict.COSIGNED
    bench.log.grow(1)
    assert bench.ask(bench.log.request(4)).verdict is Verdict.COSIGNED


def test_more_logs_than_are_remembered_are_not_begun(bench: Bench) -> None:
    for number in range(MOST_LOGS):
        log = Log(bench.key, b"leaf", origin=f"lamppost/bench/post-1/epoch-{number}")
        assert bench.ask(log.request(0)).verdict is Verdict.COSIGNED
    one_more = Log(bench.key, b"leaf", origin="lamppost/bench/post-1/one-more")
    assert bench.ask(one_more.request(0)) == Answer(Verdict.UNKNOWN_LOG)
    log.grow(1)
    assert bench.ask(log.request(1)).verdict is Verdict.COSIGNED


def test_an_empty_log_has_one_root(bench: Bench) -> None:
    assert bench.ask(bench.log.request(0)).verdict is Verdict.COSIGNED
    head = Checkpoint(origin=ORIGIN, size=0, root="00" * 32)
    request = AddCheckpoint(0, (), read_note(signed_checkpoint(head, bench.key).encode()))
    assert bench.ask(request) == Answer(Verdict.INCONSISTENT)


def test_a_witness_whose_clock_cannot_be_trusted_does_not_say_what_time_it_is(bench: Bench) -> None:
    bench.log.grow(2)
    bench.clock.trusted = False
    assert bench.ask(bench.log.request(0)) == Answer(Verdict.UNAVAILABLE)
    assert bench.memory.seen(ORIGIN) is None
    bench.clock.trusted = True
    assert bench.ask(bench.log.request(0)).verdict is Verdict.COSIGNED
    bench.clock.step_wall(timedelta(seconds=-1))
    assert bench.ask(bench.log.request(2)) == Answer(Verdict.UNAVAILABLE)
    bench.clock.advance(timedelta(seconds=1))
    assert bench.ask(bench.log.request(2)).verdict is Verdict.COSIGNED


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_head_that_cannot_be_remembered_is_not_cosigned(bench: Bench) -> None:
    bench.log.grow(2)
    bench.folder.chmod(0o500)
    assert bench.ask(bench.log.request(0)) == Answer(Verdict.UNAVAILABLE)
    bench.folder.chmod(0o700)
    assert bench.ask(bench.log.request(0)).verdict is Verdict.COSIGNED


def test_a_head_whose_place_in_the_memory_is_taken_is_not_cosigned(bench: Bench) -> None:
    bench.log.grow(2)
    blocked = bench.folder / ".memory.json.part"
    blocked.mkdir()
    assert bench.ask(bench.log.request(0)) == Answer(Verdict.UNAVAILABLE)
    blocked.rmdir()
    assert bench.ask(bench.log.request(0)).verdict is Verdict.COSIGNED


def test_no_more_than_a_few_refused_requests_are_kept(bench: Bench) -> None:
    bench.log.grow(3)
    bench.ask(bench.log.request(0))
    for number in range(MOST_REFUSED + 3):
        assert bench.ask(Log(bench.key, f"{number}".encode(), b"", b"").request(3)) == Answer(Verdict.INCONSISTENT)
    assert len(bench.refused()) == MOST_REFUSED


def test_one_folder_has_one_witness_at_a_time_and_is_made_once(bench: Bench) -> None:
    with pytest.raises(Misconfigured, match="Another witness works"):
        Memory(bench.folder)
    with pytest.raises(Misconfigured, match="already"):
        Memory(bench.folder, new=True)


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"logs":{"x":{}}}', b"\xff"])
def test_a_witness_that_lost_its_memory_does_not_go_on(bench: Bench, content: bytes | None) -> None:
    bench.memory.close()
    path = bench.folder / "memory.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Misconfigured, match="begin anew, with a new key"):
        Memory(bench.folder)


def test_a_memory_of_another_log_is_not_taken_for_this_ones(bench: Bench) -> None:
    bench.log.grow(1)
    bench.ask(bench.log.request(0))
    bench.memory.close()
    path = bench.folder / "memory.json"
    path.write_bytes(
        path.read_bytes().replace(b'{"lamppost/bench/post-1/epoch-1"', b'{"lamppost/bench/post-1/epoch-2"')
    )
    with pytest.raises(Misconfigured, match="cannot be used"):
        Memory(bench.folder)


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_whatever_comes_is_answered(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    bench = Bench(tmp_path_factory.mktemp("w"))
    assert bench.witness.answer(raw) == Answer(Verdict.MALFORMED)
    bench.memory.close()

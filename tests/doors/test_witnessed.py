"""The cosignatures' door: what is believed of a witness's answer, and what is kept of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.adapters.store import SqliteStore
from edge.domain.authority import PinnedWitness, Role, TrustRoot
from edge.domain.errors import Reason, Refusal, Undecodable
from edge.domain.leaves.hits import HitExpired
from edge.measure.people import POLICY, UNSIGNED, trust_root
from edge.safeguards import witnessed as door
from edge.safeguards.clock import Timekeeper
from edge.safeguards.journal import Journal
from edge.safeguards.verify import Believed
from edge.safeguards.witnessed import Witnessed
from edge.wire.checkpoints import Answer, Verdict, read_add_checkpoint, read_checkpoint
from edge.wire.merkle import extends
from edge.wire.notes import Algorithm, Note, Verifier, cosign, read_note
from hardware_sim.clock import BEGIN, SteppedClock
from hardware_sim.office import MemoryKey
from tests.doors.test_journal import BOOTED

ORIGIN = "lamppost/bench/post-1/epoch-1"
MINUTE = timedelta(minutes=1)
BELIEVED = Believed(None, "0" * 64, UNSIGNED)  # type: ignore[arg-type]


class Bench:
    """A journal, its door, and witnesses of which two of three are asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SteppedClock()
        self.device = MemoryKey()
        self.keys = [MemoryKey() for _ in range(3)]
        self.verifiers = [Verifier(f"w/{n}", key.public, Algorithm.COSIGNATURE) for n, key in enumerate(self.keys)]
        custodians = [(Role.CUSTODIAN, MemoryKey().public) for _ in range(2)]
        self.root: TrustRoot = trust_root(
            [(Role.DEVICE, self.device.public), *custodians], BEGIN,
            policy=replace(POLICY, witnesses=2, cosigned_within=30 * MINUTE),
            witnesses=tuple(PinnedWitness(name=one.name, key=one.key) for one in self.verifiers),
        )  # fmt: skip
        self.boot()

    def boot(self) -> None:
        self.store = SqliteStore(self.folder / "journal.sqlite")
        self.journal = Journal(self.store, self.device, origin=ORIGIN, boot="boot-1")
        self.journal.open(self.clock.now(), BOOTED)
        self.time = Timekeeper(self.clock, self.journal, self.store, lambda: self.root)
        self.time.open(self.clock.now())
        self.door = Witnessed(self.journal, self.store, self.time, lambda: self.root)
        self.door.remember()

    def restart(self) -> None:
        self.store.close()
        self.clock.reboot()
        self.boot()

    def grow(self, leaves: int = 3) -> None:
        for number in range(leaves):
            self.journal.record(HitExpired(sequence=number), self.clock.now())

    def ask(self) -> Note:
        """Have the head put before every witness; returns it."""
        note = read_note(self.journal.checkpoint(self.clock.now()).encode())
        self.requests = self.door.requests(note, self.clock.now())
        return note

    def answer(self, number: int, note: Note, *, ahead: timedelta = timedelta(0)) -> Verdict | None:
        made = cosign(note.text, f"w/{number}", self.keys[number], self.clock.now().wall + ahead)
        return self.take(number, Answer(Verdict.COSIGNED, (made,)))

    def take(self, number: int, answer: Answer) -> Verdict | None:
        return self.door.take(self.verifiers[number].id.hex(), answer.encode(), self.clock.now())

    @property
    def recent(self) -> bool:
        return self.door.recent(self.clock.now())

    def names(self, prefix: str) -> list[str]:
        with self.store.transaction() as transaction:
            return transaction.names(prefix)

    def kept(self) -> list[tuple[int, str]]:
        return [(int(name.split("/")[2]), name.split("/")[3]) for name in sorted(self.names(door.KEPT))]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_it_takes_as_many_distinct_witnesses_as_the_policy_asks_for(bench: Bench) -> None:
    note = bench.ask()
    assert not bench.recent
    assert bench.answer(0, note) is Verdict.COSIGNED
    bench.clock.advance(timedelta(seconds=5))
    assert bench.answer(0, note) is Verdict.COSIGNED
    assert not bench.recent
    assert bench.answer(1, note) is Verdict.COSIGNED
    assert bench.recent


def test_the_demand_says_why_and_never_that_it_is_over(bench: Bench) -> None:
    now = bench.clock.now()
    assert bench.door.refuses(BELIEVED, now) == Refusal(Reason.NOT_COSIGNED)
    assert bench.door.missing(BELIEVED, now) is Reason.NOT_COSIGNED
    note = bench.ask()
    bench.answer(0, note)
    bench.answer(1, note)
    assert bench.door.refuses(BELIEVED, now) is None
    assert bench.door.missing(BELIEVED, now) is None
    assert bench.door.over(BELIEVED, now) is None


def test_a_policy_that_asks_for_none_is_always_met(bench: Bench) -> None:
    bench.root = replace(bench.root, policy=POLICY)
    assert bench.recent


def test_cosignatures_grow_old_by_the_wall_clock_and_by_the_boot_clock(bench: Bench) -> None:
    note = bench.ask()
    bench.answer(0, note)
    bench.answer(1, note)
    bench.clock.advance(30 * MINUTE)
    assert bench.recent
    bench.clock.advance(timedelta(seconds=1))
    assert not bench.recent
    bench.clock.step_wall(-20 * MINUTE)
    assert not bench.recent


def test_a_cosignature_counts_from_when_it_was_asked_for_however_late_it_came(bench: Bench) -> None:
    note = bench.ask()
    bench.clock.advance(25 * MINUTE)
    bench.answer(0, note)
    bench.answer(1, note)
    assert bench.recent
    bench.clock.advance(6 * MINUTE)
    assert not bench.recent


@pytest.mark.parametrize(("seconds", "recent"), [(60, True), (61, False)])
def test_a_cosignature_from_the_future_is_not_recent(bench: Bench, seconds: int, recent: bool) -> None:
    note = bench.ask()
    bench.answer(0, note)
    bench.answer(1, note, ahead=timedelta(seconds=seconds))
    assert bench.recent is recent


def test_only_the_head_that_was_asked_about_counts(bench: Bench) -> None:
    bench.ask()
    other = read_note(bench.journal.checkpoint(bench.clock.now()).encode())
    foreign = Note(other.text.replace("\n1\n", "\n2\n"), other.signatures)
    assert bench.answer(0, foreign) is None
    assert bench.names("cosigned/") == []


def test_a_late_answer_about_one_of_the_last_few_heads_counts(bench: Bench) -> None:
    notes = []
    for _ in range(5):
        bench.grow()
        notes.append(bench.ask())
    assert bench.answer(0, notes[0]) is None
    assert bench.answer(1, notes[1]) is Verdict.COSIGNED


def test_an_older_answer_that_is_delivered_again_changes_nothing(bench: Bench) -> None:
    first = bench.ask()
    old = Answer(Verdict.COSIGNED, (cosign(first.text, "w/0", bench.keys[0], bench.clock.now().wall),))
    bench.grow()
    bench.clock.advance(MINUTE)
    second = bench.ask()
    bench.answer(0, second)
    stored = bench.store.get(f"{door.LATEST}{bench.verifiers[0].id.hex()}")
    assert bench.take(0, old) is Verdict.COSIGNED
    assert bench.store.get(f"{door.LATEST}{bench.verifiers[0].id.hex()}") == stored


def test_nobody_who_is_not_pinned_is_heard(bench: Bench) -> None:
    note = bench.ask()
    stranger = MemoryKey()
    made = Answer(Verdict.COSIGNED, (cosign(note.text, "w/0", stranger, bench.clock.now().wall),))
    assert bench.take(0, made) is None
    verifier = Verifier("w/0", stranger.public, Algorithm.COSIGNATURE)
    assert bench.door.take(verifier.id.hex(), made.encode(), bench.clock.now()) is None
    # One witness's line on another's topic says nothing about the other.
    made = Answer(Verdict.COSIGNED, (cosign(note.text, "w/1", bench.keys[1], bench.clock.now().wall),))
    assert bench.take(0, made) is None
    with pytest.raises(Undecodable):
        bench.door.take(bench.verifiers[0].id.hex(), b"anything", bench.clock.now())


def test_a_witness_that_is_no_longer_pinned_does_not_count_and_a_new_one_does(bench: Bench) -> None:
    note = bench.ask()
    bench.answer(0, note)
    bench.answer(1, note)
    assert bench.recent
    bench.root = replace(bench.root, witnesses=bench.root.witnesses[1:])
    assert not bench.recent
    note = bench.ask()
    assert set(bench.requests) == {verifier.id.hex() for verifier in bench.verifiers[1:]}
    bench.answer(2, note)
    assert bench.recent


def test_the_next_request_begins_where_the_witness_stopped(bench: Bench) -> None:
    bench.grow()
    first = bench.ask()
    bench.answer(0, first)
    bench.grow()
    bench.ask()
    requests = [read_add_checkpoint(bench.requests[one.id.hex()]) for one in bench.verifiers]
    assert [request.old_size for request in requests] == [4, 0, 0]
    old, new = read_checkpoint(first.text), read_checkpoint(requests[0].note.text)
    assert new.size == 7
    assert extends(4, bytes.fromhex(old.root), 7, bytes.fromhex(new.root), requests[0].proof)


def test_a_witness_that_answers_what_queued_up_is_asked_again_at_once(bench: Bench) -> None:
    first = bench.ask()
    bench.grow()
    bench.ask()
    bench.grow()
    bench.ask()
    assert bench.answer(0, first) is Verdict.COSIGNED
    size = read_checkpoint(first.text).size
    assert bench.take(0, Answer(Verdict.CONFLICT, size=size)) is Verdict.CONFLICT
    assert bench.take(0, Answer(Verdict.CONFLICT, size=size)) is Verdict.INCONSISTENT  # the other one: asked already


def test_a_conflict_is_followed_by_a_request_from_the_witnesss_size(bench: Bench) -> None:
    bench.grow(9)
    bench.ask()
    assert bench.take(0, Answer(Verdict.CONFLICT, size=6)) is Verdict.CONFLICT
    assert bench.take(0, Answer(Verdict.CONFLICT, size=6)) is Verdict.INCONSISTENT  # nothing new: no use asking again
    bench.ask()
    request = read_add_checkpoint(bench.requests[bench.verifiers[0].id.hex()])
    assert (request.old_size, len(request.proof)) == (6, len(bench.journal.consistency(6, 10)))


def test_a_witness_that_has_seen_all_that_there_is_is_asked_from_there(bench: Bench) -> None:
    bench.grow(9)
    bench.ask()
    assert bench.take(0, Answer(Verdict.CONFLICT, size=10)) is Verdict.CONFLICT
    bench.ask()
    request = read_add_checkpoint(bench.requests[bench.verifiers[0].id.hex()])
    assert (request.old_size, request.proof) == (10, ())


def test_two_heads_that_were_cosigned_within_one_second_are_both_taken_in(bench: Bench) -> None:
    bench.answer(0, bench.ask())
    bench.grow()
    bench.answer(0, bench.ask())
    stored = bench.store.get(f"{door.LATEST}{bench.verifiers[0].id.hex()}")
    assert stored is not None
    assert read_checkpoint(read_note(stored).text).size == 4


def test_a_witness_that_has_seen_more_than_there_is_shows_that_leaves_are_gone(bench: Bench) -> None:
    bench.ask()
    assert bench.take(0, Answer(Verdict.CONFLICT, size=2)) is Verdict.INCONSISTENT
    assert bench.take(0, Answer(Verdict.INCONSISTENT)) is Verdict.INCONSISTENT
    assert bench.take(0, Answer(Verdict.UNAVAILABLE)) is Verdict.UNAVAILABLE
    assert not bench.recent

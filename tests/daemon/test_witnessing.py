"""When the head is signed, published, and put before the witnesses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.daemon.pulse import Pulse
from edge.daemon.witnessing import Witnessing
from edge.domain.condition import EndReason
from edge.domain.errors import Unsafe
from edge.domain.leaves.deployment import Ended
from edge.domain.message import Incoming
from edge.measure.people import POLICY
from edge.wire.checkpoints import Answer, Verdict
from edge.wire.topics import Topics
from hardware_sim.wire import MemoryBroker, MemoryLink
from tests.doors.test_witnessed import Bench as Door

POST = Topics("bench", "post-1")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Congested(MemoryLink):
    """A link that takes nothing for a while."""

    full = False

    def publish(self, message: object) -> bool:
        return False if self.full else super().publish(message)  # type: ignore[arg-type]


class Bench(Door):
    """The door's bench with a link, and three witnesses that answer nothing by themselves."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.broker = MemoryBroker()
        self.link = Congested(self.broker, (), None)
        self.in_force: str | None = None
        self.pulse = Pulse()
        self.witnessing = Witnessing(
            self.journal, self.door, self.time, self.link, self.pulse, POST, lambda: self.in_force,
            lambda: self.root.policy,
        )  # fmt: skip
        self.link.connect()

    def step(self, after: timedelta = timedelta(0)) -> tuple[int, int]:
        """What was published at this instant: heads, and requests to the first witness."""
        self.clock.advance(after)
        before = len(self.broker.heard)
        self.witnessing.step(self.clock.now())
        topics = [heard.topic for heard in self.broker.heard[before:]]
        return topics.count(POST.checkpoint), topics.count(POST.add_checkpoint(self.verifiers[0].id.hex()))

    def hear(self, answer: Answer) -> None:
        topic = POST.cosignature(self.verifiers[0].id.hex())
        self.witnessing.hear(Incoming(topic, answer.encode(), False), self.clock.now())

    def milestone(self) -> None:
        self.journal.record(Ended(authorisation="a", why=EndReason.STOPPED), self.clock.now())


BOTH, HEAD, NOTHING = (1, 1), (1, 0), (0, 0)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.store.close()


def test_at_the_start_and_on_every_connection(bench: Bench) -> None:
    assert bench.step() == BOTH
    assert bench.step() == NOTHING
    bench.link.cut()
    assert bench.step(SECOND) == NOTHING
    bench.link.connect()
    assert bench.step() == BOTH
    assert bench.step() == NOTHING


@pytest.mark.parametrize(("in_force", "every"), [(None, 15 * MINUTE), ("a", 5 * MINUTE)])
def test_on_time_though_nothing_happens(bench: Bench, in_force: str | None, every: timedelta) -> None:
    bench.step()
    bench.in_force = in_force
    assert bench.step(every - SECOND) == NOTHING
    assert bench.step(SECOND) == BOTH
    assert bench.step() == NOTHING


def test_twice_as_often_as_the_policy_asks_for(bench: Bench) -> None:
    bench.root = replace(bench.root, policy=replace(POLICY, witnesses=1, cosigned_within=2 * MINUTE))
    bench.step()
    assert bench.step(59 * SECOND) == NOTHING
    assert bench.step(SECOND) == BOTH
    bench.root = replace(bench.root, policy=replace(POLICY, witnesses=0, cosigned_within=2 * MINUTE))
    assert bench.step(MINUTE) == NOTHING


def test_two_seconds_after_a_milestone_at_the_earliest(bench: Bench) -> None:
    bench.step()
    bench.milestone()
    assert bench.step(1.9 * SECOND) == NOTHING
    bench.milestone()
    assert bench.step(0.1 * SECOND) == BOTH
    assert bench.step(2 * SECOND) == NOTHING


def test_other_leaves_are_under_a_signed_head_within_half_a_minute_and_bother_no_witness(bench: Bench) -> None:
    bench.step()
    bench.grow()
    assert bench.step(29 * SECOND) == NOTHING
    assert bench.step(SECOND) == HEAD
    assert bench.step(30 * SECOND) == NOTHING


def test_again_where_a_witness_names_its_size(bench: Bench) -> None:
    bench.grow(9)
    bench.step()
    bench.hear(Answer(Verdict.CONFLICT, size=4))
    assert bench.step(SECOND) == NOTHING
    assert bench.step(SECOND) == BOTH
    bench.hear(Answer(Verdict.INCONSISTENT))
    assert bench.step(10 * SECOND) == NOTHING
    assert bench.pulse.counters()["witness-conflict"] == 1
    assert bench.pulse.counters()["witness-inconsistent"] == 1


def test_again_where_the_link_was_full(bench: Bench) -> None:
    bench.link.full = True
    assert bench.step() == NOTHING
    bench.link.full = False
    assert bench.step(2 * SECOND) == BOTH
    assert bench.step(2 * SECOND) == NOTHING


def test_what_nobody_asked_for_is_counted(bench: Bench) -> None:
    bench.witnessing.hear(Incoming(POST.cosignature("00000000"), Answer(Verdict.INCONSISTENT).encode(), False),
                          bench.clock.now())  # fmt: skip
    assert bench.pulse.counters()["cosignatures-unasked"] == 1


def test_an_unsafe_journal_signs_nothing(bench: Bench) -> None:
    bench.journal.fail(Unsafe("The disk is full.", "Free some."))
    assert bench.step() == NOTHING
    assert bench.step(20 * MINUTE) == NOTHING
    assert "unsafe" not in bench.pulse.counters()


def test_a_head_that_cannot_be_remembered_is_not_published_and_is_counted(bench: Bench) -> None:
    bench.time.step(bench.clock.now())
    bench.store._connection.execute("PRAGMA query_only=ON")
    assert bench.step() == NOTHING
    assert bench.pulse.counters()["unsafe"] == 1
    assert bench.journal.unsafe is not None

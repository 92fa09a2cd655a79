"""When a waiting hit is sent: fresh before old, few at once, again after ever longer, and at once when asked."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.adapters.store import SqliteStore
from edge.daemon.pulse import Pulse
from edge.daemon.sending import WINDOW, Sending
from edge.domain.capture import Instant
from edge.domain.link import Leave
from edge.domain.message import Incoming, Outgoing
from edge.domain.record import Deadline, OutboxRow
from edge.safeguards.breaker import Breaker
from edge.safeguards.journal import Journal
from edge.safeguards.outbox import Outbox
from edge.safeguards.retention import Retention
from edge.safeguards.reviews import Reviews
from hardware_sim.office import MemoryKey

NOW = Instant(datetime(2026, 6, 1, tzinfo=UTC), timedelta(hours=1))


class Wire:
    """A link that writes down what it is given."""

    def __init__(self) -> None:
        self.connected = True
        self.connections = 1
        self.room = 1000
        self.sent: list[Outgoing] = []
        self.alive = True
        self.may_publish = self.may_hear = Leave.GRANTED
        self.certificate_ends = None

    def publish(self, message: Outgoing) -> bool:
        if len(self.sent) >= self.room:
            return False
        self.sent.append(message)
        return True

    def connect(self) -> None:
        self.connections += 1

    def counters(self) -> dict[str, int]:
        return {}

    def receive(self, timeout: timedelta) -> Incoming | None:
        raise AssertionError

    def close(self) -> None:
        raise AssertionError

    def taken(self) -> list[int]:
        """The numbers that were sent since the last time."""
        numbers = [int(message.payload) for message in self.sent]
        self.sent.clear()
        return numbers


class Post:
    """An outbox, and the way out of it."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteStore(folder / "journal.sqlite")
        self.wire, self.pulse, self.now = Wire(), Pulse(), NOW
        journal = Journal(self.store, MemoryKey(), origin="lamppost/a/b/c", boot="boot-1")
        reviews = Reviews(None, Breaker(), journal, "boot-1")  # type: ignore[arg-type]
        self.outbox = Outbox(self.store, "boot-1")
        retention = Retention(journal, self.store, reviews, self.outbox)
        self.sending = Sending(retention, self.store, self.wire, self.pulse, "hit")

    def queue(self, *numbers: int, lasts: timedelta = timedelta(minutes=10)) -> None:
        with self.store.transaction() as transaction:
            for number in numbers:
                end = Deadline.after(self.now, lasts, "boot-1")
                transaction.enqueue(OutboxRow(number, f"hit-{number}", str(number).encode(), "0" * 64, (), end))

    def signed_for(self, *numbers: int) -> None:
        with self.store.transaction() as transaction:
            for number in numbers:
                assert transaction.dequeue(number)

    def after(self, seconds: float = 0) -> list[int]:
        """What goes out so much later."""
        self.now = self.now.later(timedelta(seconds=seconds))
        self.outbox.look(self.now)
        self.sending.step(self.now)
        return self.wire.taken()


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path)


def test_the_newest_goes_first(post: Post) -> None:
    post.queue(1, 2, 3)
    assert post.after() == [3, 2, 1]


def test_so_few_are_in_flight_at_once(post: Post) -> None:
    post.queue(*range(1, 41))
    assert post.after() == list(range(40, 40 - WINDOW, -1))
    assert post.after(1) == []
    post.signed_for(40, 33)
    assert post.after(1) == [24, 23]
    post.queue(41)
    assert post.after(1) == []
    post.signed_for(39)
    assert post.after(1) == [41]


def test_what_was_never_sent_goes_before_what_is_sent_again(post: Post) -> None:
    post.queue(*range(1, 41))
    post.after()
    assert post.after(5) == list(range(24, 24 - WINDOW, -1))
    assert post.after(5) == [*range(8, 0, -1), *range(40, 32, -1)]


def test_it_is_sent_again_after_ever_longer_times(post: Post) -> None:
    post.queue(1, lasts=timedelta(hours=1))
    assert post.after() == [1]
    for wait in (5, 10, 20, 40, 60, 60, 60):
        assert post.after(wait - 0.001) == []
        assert post.after(0.001) == [1]


def test_a_new_connection_begins_anew(post: Post) -> None:
    post.queue(1, 2)
    assert post.after() == [2, 1]
    post.wire.connected = False
    assert post.after(1) == []
    post.wire.connected = True
    post.wire.connect()
    assert post.after() == [2, 1]
    assert post.after(4.999) == []
    assert post.after(0.001) == [2, 1]


def test_what_is_asked_for_is_sent_at_once_and_nothing_else_is(post: Post) -> None:
    post.queue(1, 2, 3, 4)
    post.after()
    post.sending.again(range(2, 4))
    assert post.after(1) == [3, 2]
    assert post.after(1) == []


def test_what_is_asked_for_and_gone_is_not_sent(post: Post) -> None:
    post.queue(1, 2)
    post.after()
    post.signed_for(2)
    post.sending.again(range(1, 3))
    post.sending.again(range(2, 9))
    assert post.after(1) == [1]


def test_a_congested_link_loses_none_of_its_turn(post: Post) -> None:
    post.queue(1, 2, 3)
    post.wire.room = 1
    assert post.after() == [3]
    post.wire.room = 9
    assert post.after(0.05) == [2, 1]
    assert post.pulse.counters()["hits-published"] == 3


def test_what_is_of_no_use_any_more_is_not_sent(post: Post) -> None:
    post.queue(1, lasts=timedelta(seconds=3))
    post.queue(2)
    assert post.after(3) == [2]


def test_the_broker_may_not_keep_it_for_longer_than_it_is_of_use(post: Post) -> None:
    post.queue(1)
    post.now = post.now.later(timedelta(minutes=4))
    post.outbox.look(post.now)
    post.sending.step(post.now)
    assert [message.expires for message in post.wire.sent] == [timedelta(minutes=6)]


def test_asking_from_another_thread_loses_nothing(post: Post) -> None:
    post.queue(*range(1, 9))
    post.after()
    threads = [threading.Thread(target=post.sending.again, args=(range(n, n + 1),)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(post.after(1)) == list(range(1, 9))

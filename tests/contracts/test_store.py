"""What every store keeps to: the real one, and the real one behind the simulator's slow disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.adapters.store import SqliteStore
from edge.domain.record import Deadline, OutboxRow, Waiting
from edge.ports import Store
from hardware_sim.disk import SlowStore

Opens = Callable[[], Store]
END = Deadline(wall=datetime(2026, 6, 1, tzinfo=UTC), boot="boot-1", since_boot=timedelta(hours=1, microseconds=1))


def row(number: int, message: bytes = b"sealed") -> OutboxRow:
    return OutboxRow(number, f"hit-{number}", message, "d" * 64, ("A" * 43, "B" * 43), END)


@pytest.fixture(params=["sqlite", "slow"])
def opens(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opens]:
    """Open the same store, now and after a restart."""
    opened: list[SqliteStore] = []

    def again() -> Store:
        for earlier in opened:
            earlier.close()
        opened.append(SqliteStore(tmp_path / "journal.sqlite"))
        return opened[-1] if request.param == "sqlite" else SlowStore(opened[-1], lambda: None)

    yield again
    for one in opened:
        one.close()


def test_an_empty_store_has_nothing(opens: Opens) -> None:
    store = opens()
    assert (store.size(), store.leaves(0, 9), store.waits(), store.outbox(9)) == (0, [], [], [])
    assert (store.get("a"), store.waiting("hit-1")) == (None, None)


def test_leaves_are_numbered_in_their_order(opens: Opens) -> None:
    store = opens()
    with store.transaction() as transaction:
        assert [transaction.append(leaf) for leaf in (b"a", b"b", b"")] == [0, 1, 2]
    with store.transaction() as transaction:
        assert transaction.append(b"d") == 3
    assert store.leaves(1, 3) == [b"b", b""]
    assert store.size() == 4


def test_a_block_that_fails_leaves_nothing(opens: Opens) -> None:
    store = opens()
    with store.transaction() as transaction:
        transaction.put("a", b"before")
        transaction.enqueue(row(1))
    with pytest.raises(KeyError), store.transaction() as transaction:
        transaction.append(b"leaf")
        transaction.put("a", b"after")
        transaction.put("b", b"new")
        assert transaction.dequeue(1)
        transaction.enqueue(row(2))
        raise KeyError
    assert (store.size(), store.get("a"), store.get("b")) == (0, b"before", None)
    assert store.outbox(9) == [row(1)]


def test_a_block_sees_what_it_wrote(opens: Opens) -> None:
    store = opens()
    with store.transaction() as transaction:
        transaction.put("a/1", b"1")
        transaction.put("a/1", b"2")
        transaction.put("b/1", b"3")
        assert (transaction.get("a/1"), transaction.names("a/")) == (b"2", ["a/1"])
        transaction.delete("a/1")
        assert (transaction.get("a/1"), transaction.names("")) == (None, ["b/1"])
        transaction.enqueue(row(1))
        assert [one.sequence for one in store.waits()] == [1]


def test_hits_wait_in_the_order_of_their_numbers_until_they_are_taken_out(opens: Opens) -> None:
    store = opens()
    with store.transaction() as transaction:
        for number in (3, 1, 2):
            transaction.enqueue(row(number, b"x" * number))
    assert store.outbox(2) == [row(1, b"x"), row(2, b"xx")]
    assert store.waiting("hit-3") == row(3, b"xxx")
    waiting = [Waiting(number, f"hit-{number}", "d" * 64, ("A" * 43, "B" * 43), END, number) for number in (1, 2, 3)]
    assert store.waits() == waiting
    with store.transaction() as transaction:
        assert transaction.dequeue(2)
        assert not transaction.dequeue(2)
    assert [one.sequence for one in store.waits()] == [1, 3]


def test_the_recipients_are_those_of_all_that_waits(opens: Opens) -> None:
    store = opens()
    assert store.recipients() == frozenset()
    with store.transaction() as transaction:
        transaction.enqueue(row(1))
        transaction.enqueue(row(2))
        transaction.enqueue(replace(row(3), recipients=("C" * 43, "B" * 43)))
    assert store.recipients() == {"A" * 43, "B" * 43, "C" * 43}
    with store.transaction() as transaction:
        transaction.dequeue(3)
    assert store.recipients() == {"A" * 43, "B" * 43}


def test_names_are_found_by_how_they_begin_and_by_nothing_else(opens: Opens) -> None:
    store, names = opens(), ["a", "a/", "a/0", "a/b/c", "a/\u00ff\uffff", "a0", "A/1", "b/a/"]
    with store.transaction() as transaction:
        for name in names:
            transaction.put(name, b"")
        assert set(transaction.names("a/")) == {"a/", "a/0", "a/b/c", "a/\u00ff\uffff"}
        assert set(transaction.names("a")) == {name for name in names if name.startswith("a")}
        assert set(transaction.names("")) == set(names)


def test_what_was_committed_is_there_after_a_restart(opens: Opens) -> None:
    store = opens()
    with store.transaction() as transaction:
        transaction.append(b"leaf")
        transaction.put("a", b"\0\xff")
        transaction.enqueue(row(1))
    again = opens()
    assert (again.leaves(0, 9), again.get("a"), again.outbox(9)) == ([b"leaf"], b"\0\xff", [row(1)])


def test_what_was_deleted_is_nowhere_once_it_is_compacted(opens: Opens, tmp_path: Path) -> None:
    store, secret = opens(), b"needle-" * 600
    with store.transaction() as transaction:
        transaction.enqueue(row(1, secret))
    with store.transaction() as transaction:
        transaction.dequeue(1)
    store.compact()
    assert not any(secret[:70] in path.read_bytes() for path in tmp_path.iterdir())


def test_it_knows_how_much_room_is_left_and_has_some_to_give_once(opens: Opens) -> None:
    store = opens()
    assert store.survey() > 0
    assert store.give_way()
    assert not store.give_way()
    store.survey()
    assert store.give_way()

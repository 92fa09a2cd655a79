"""The door of orders, asked directly: who signed, for whom, how lately, and whether it was ever given before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.adapters.store import SqliteStore, SqliteTransaction
from edge.domain.authority import Signed
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal, Unsafe
from edge.domain.orders import Ack, Answer, Body, Heading, Order, Reply, Status, Stop, Verb
from edge.domain.record import Deadline, OutboxRow
from edge.safeguards.orders import Orders
from edge.safeguards.verify import Keys
from edge.wire.events import order_document
from edge.wire.signed import Kind, add_signature, key_id
from hardware_sim.office import MemoryKey, Office

NOW = Instant(datetime(2026, 6, 1, 12, tzinfo=UTC), timedelta(hours=1))
A_MOMENT = timedelta(microseconds=1)
OFFICE = Office()


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "journal.sqlite")


def door(store: SqliteStore, epoch: str = "epoch-1") -> Orders:
    return Orders(Keys(OFFICE.trust_root()), store, site="bench", device="post-1", epoch=epoch)


def heading(**fields: object) -> Heading:
    usual = Heading(
        id="order-1",
        verb=Verb.STATUS,
        site="bench",
        device="post-1",
        epoch="epoch-1",
        issued=NOW.wall,
        expires=NOW.wall + timedelta(seconds=30),
        counter=7,
    )
    return replace(usual, **fields)  # type: ignore[arg-type]


def order(head: Heading, body: Body | None = None, key: MemoryKey = OFFICE.operator) -> Signed:
    return order_document(head, body or Status(), key)


def told(
    orders: Orders, signed: Signed, verb: Verb = Verb.STATUS, now: Instant = NOW, *, retained: bool = False
) -> object:
    """The reason of a no; the order or the stored reply otherwise."""
    said = orders.verify(signed, verb, now, retained=retained)
    return said.reason if isinstance(said, Refusal) else said


def test_an_order_is_what_was_signed_and_by_whom(store: SqliteStore) -> None:
    head = heading()
    signed = order(head)
    found = told(door(store), signed)
    assert isinstance(found, Order)
    assert (found.heading, found.body, found.key) == (head, Status(), OFFICE.operator.public)


def test_a_counter_is_used_before_the_order_is_executed_and_for_good(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    store = SqliteStore(path)
    assert isinstance(told(door(store), order(heading(counter=7))), Order)
    store.close()
    orders = door(SqliteStore(path))
    for again in (0, 6, 7):
        assert told(orders, order(heading(id=f"order-{again}-again", counter=again))) is Reason.REPLAYED
    assert isinstance(told(orders, order(heading(id="order-8", counter=8))), Order)


def test_the_first_counter_may_be_nought_and_every_key_and_epoch_counts_alone(store: SqliteStore) -> None:
    assert isinstance(told(door(store), order(heading(counter=0))), Order)
    assert isinstance(told(door(store), order(heading(id="order-2", counter=0), key=OFFICE.presence)), Order)
    other = door(store, "epoch-2")
    assert isinstance(told(other, order(heading(id="order-3", counter=0, epoch="epoch-2"))), Order)
    assert told(other, order(heading(id="order-4", counter=0, epoch="epoch-2"))) is Reason.REPLAYED


def remembered(orders: Orders, head: Heading, now: Instant = NOW) -> Reply:
    signed = order(head)
    found = orders.verify(signed, Verb.STATUS, now, retained=False)
    assert isinstance(found, Order)
    reply = Reply(order=head.id, answer=Answer.DONE, facts={"condition": head.id})
    orders.remember(found, signed, reply, now)
    return reply


class Counting(SqliteStore):
    """Counts what is read of the results that are stored."""

    read = 0

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        with super().transaction() as transaction:
            get = transaction.get

            def counted(name: str) -> bytes | None:
                self.read += name.startswith("orders/result/")
                return get(name)

            transaction.get = counted  # type: ignore[method-assign]
            yield transaction


def test_to_remember_one_no_other_is_read_but_once_after_a_start(tmp_path: Path) -> None:
    store = Counting(tmp_path / "journal.sqlite")
    orders = door(store)
    for number in range(1, 30):
        remembered(orders, heading(id=f"order-{number}", counter=number))
    assert store.read == 0
    later = door(store)
    for number in range(30, 60):
        remembered(later, heading(id=f"order-{number}", counter=number))
    assert store.read == 29


def test_what_an_earlier_life_remembered_is_forgotten_in_its_time_too(store: SqliteStore) -> None:
    remembered(door(store), heading())
    after = NOW.later(timedelta(minutes=5))
    head = heading(id="order-2", counter=8, issued=after.wall, expires=after.wall + timedelta(seconds=9))
    remembered(door(store), head, after)
    assert store_names(store) == ["orders/result/order-2"]


def test_what_could_not_be_written_down_is_tried_again(store: SqliteStore) -> None:
    orders = door(store)
    remembered(orders, heading())
    after = NOW.later(timedelta(minutes=5))
    head = heading(id="order-2", counter=8, issued=after.wall, expires=after.wall + timedelta(seconds=9))
    store._connection.execute("CREATE TEMP TRIGGER full BEFORE DELETE ON value BEGIN SELECT raise(ABORT, 'disk'); END")
    with pytest.raises(Unsafe):
        remembered(orders, head, after)
    store._connection.execute("DROP TRIGGER full")
    remembered(orders, replace(head, id="order-3", counter=9), after)
    assert store_names(store) == ["orders/result/order-3"]


def test_delivered_again_it_gets_its_answer_again_and_is_not_executed(store: SqliteStore) -> None:
    orders, head = door(store), heading()
    reply = remembered(orders, head)
    assert told(orders, order(head)) == reply
    assert told(orders, order(replace(head, counter=8))) is Reason.ID_REUSED


def test_an_answer_is_kept_for_five_minutes_and_then_forgotten(store: SqliteStore) -> None:
    orders = door(store)
    remembered(orders, heading())
    before = NOW.later(timedelta(minutes=5) - A_MOMENT)
    remembered(
        orders, heading(id="order-2", counter=8, issued=before.wall, expires=before.wall + timedelta(seconds=9)), before
    )
    assert set(store_names(store)) == {"orders/result/order-1", "orders/result/order-2"}
    after = NOW.later(timedelta(minutes=5))
    remembered(
        orders, heading(id="order-3", counter=9, issued=after.wall, expires=after.wall + timedelta(seconds=9)), after
    )
    assert set(store_names(store)) == {"orders/result/order-2", "orders/result/order-3"}


def store_names(store: SqliteStore) -> list[str]:
    with store.transaction() as transaction:
        return transaction.names("orders/result/")


@pytest.mark.parametrize(
    ("fields", "after", "reason"),
    [
        ({"expires": NOW.wall + timedelta(seconds=60)}, timedelta(0), None),
        ({"expires": NOW.wall + timedelta(seconds=60) + A_MOMENT}, timedelta(0), Reason.LIVES_TOO_LONG),
        ({"issued": NOW.wall + timedelta(seconds=5)}, timedelta(0), None),
        ({"issued": NOW.wall + timedelta(seconds=5) + A_MOMENT}, timedelta(0), Reason.NOT_YET_VALID),
        ({}, timedelta(seconds=30) - A_MOMENT, None),
        ({}, timedelta(seconds=30), Reason.EXPIRED),
        ({"site": "other"}, timedelta(0), Reason.WRONG_DEVICE),
        ({"device": "post-2"}, timedelta(0), Reason.WRONG_DEVICE),
        ({"epoch": "epoch-0"}, timedelta(0), Reason.WRONG_DEVICE),
    ],
)
def test_an_order_is_for_this_device_and_for_now(
    store: SqliteStore, fields: dict[str, object], after: timedelta, reason: Reason | None
) -> None:
    found = told(door(store), order(heading(**fields)), now=NOW.later(after))
    assert found is reason if reason else isinstance(found, Order)


def test_a_retained_order_is_none(store: SqliteStore) -> None:
    assert told(door(store), order(heading()), retained=True) is Reason.RETAINED


def test_an_order_on_anothers_topic_is_none(store: SqliteStore) -> None:
    stop = order(heading(verb=Verb.STOP), Stop(authorisation="test-1"))
    assert told(door(store), stop, Verb.STATUS) is Reason.MALFORMED


def test_a_stop_is_believed_whatever_its_age_counter_epoch_or_retain_flag(store: SqliteStore) -> None:
    orders = door(store)
    stop = order(heading(verb=Verb.STOP, epoch="epoch-0", counter=0), Stop(authorisation="test-1"))
    for _ in range(2):
        assert isinstance(told(orders, stop, Verb.STOP, NOW.later(timedelta(days=9)), retained=True), Order)
    elsewhere = order(heading(verb=Verb.STOP, device="post-2"), Stop(authorisation="test-1"))
    assert told(orders, elsewhere, Verb.STOP) is Reason.WRONG_DEVICE
    stranger = order(heading(verb=Verb.STOP), Stop(authorisation="test-1"), MemoryKey())
    assert told(orders, stranger, Verb.STOP) is Reason.UNKNOWN_KEY


def test_who_may_not_give_it_is_told_why(store: SqliteStore) -> None:
    orders = door(store)
    assert told(orders, order(heading(), key=MemoryKey())) is Reason.UNKNOWN_KEY
    assert told(orders, order(heading(), key=OFFICE.device_key)) is Reason.WRONG_ROLE
    impostor = MemoryKey()
    impostor.public = OFFICE.operator.public
    assert told(orders, order(heading(), key=impostor)) is Reason.BAD_SIGNATURE
    twice = add_signature(order(heading()), Kind.ORDER, OFFICE.presence)
    assert told(orders, twice) is Reason.MALFORMED
    assert told(orders, replace(order(heading()), payload="e30")) is Reason.MALFORMED


class TestAcknowledgements:
    @pytest.fixture
    def waiting(self, store: SqliteStore) -> MemoryKey:
        """A hit that waits for this recipient, and one for another."""
        mine = MemoryKey()
        with store.transaction() as transaction:
            for number, key in enumerate((MemoryKey(), mine), 1):
                transaction.enqueue(row(number, key))
        return mine

    def ack(self, key: MemoryKey, **fields: object) -> Signed:
        body = Ack(hit="hit-2", sequence=2, digest="0" * 64)
        return order(heading(verb=Verb.ACK, **fields), body, key)

    def test_a_recipient_of_a_hit_that_waits_may_acknowledge_it_twice(
        self, store: SqliteStore, waiting: MemoryKey
    ) -> None:
        orders = door(store)
        for _ in range(2):
            found = told(orders, self.ack(waiting), Verb.ACK)
            assert isinstance(found, Order)
            assert found.key == waiting.public

    def test_nobody_else_may(self, store: SqliteStore, waiting: MemoryKey) -> None:
        orders = door(store)
        assert told(orders, self.ack(MemoryKey()), Verb.ACK) is Reason.UNKNOWN_KEY
        assert told(orders, self.ack(OFFICE.operator), Verb.ACK) is Reason.UNKNOWN_KEY
        impostor = MemoryKey()
        impostor.public = waiting.public
        assert told(orders, self.ack(impostor), Verb.ACK) is Reason.BAD_SIGNATURE

    def test_it_is_as_fresh_as_any_order(self, store: SqliteStore, waiting: MemoryKey) -> None:
        orders = door(store)
        assert told(orders, self.ack(waiting), Verb.ACK, NOW.later(timedelta(seconds=30))) is Reason.EXPIRED
        assert told(orders, self.ack(waiting), Verb.ACK, retained=True) is Reason.RETAINED
        assert told(orders, self.ack(waiting, epoch="epoch-0"), Verb.ACK) is Reason.WRONG_DEVICE


def row(number: int, key: MemoryKey) -> OutboxRow:
    over = Deadline.after(NOW, timedelta(minutes=9), "boot-1")
    return OutboxRow(number, f"hit-{number}", b"sealed", "0" * 64, (key.public,), over)


def test_the_signer_of_a_refused_order_is_known_only_where_a_pinned_key_did_sign(store: SqliteStore) -> None:
    orders = door(store)
    assert orders.signer_of(order(heading())) == key_id(OFFICE.operator.public)
    both = add_signature(order(heading(), key=MemoryKey()), Kind.ORDER, OFFICE.operator)
    assert orders.signer_of(both) == key_id(OFFICE.operator.public)
    impostor = MemoryKey()
    impostor.public = OFFICE.operator.public
    for signed in (order(heading(), key=MemoryKey()), order(heading(), key=impostor)):
        assert orders.signer_of(signed) is None
    unread = order(heading())
    assert orders.signer_of(replace(unread, signatures=(replace(unread.signatures[0], protected="e30"),))) is None

"""The door of transfers, asked directly: what is kept of what is sent, how much of it, and for how long."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.adapters.files import ChunkedFiles
from edge.adapters.store import SqliteStore
from edge.control_room.delivery import announcement
from edge.domain.capture import Instant
from edge.domain.errors import Undecodable
from edge.domain.orders import Heading, Order, Verb
from edge.domain.transfers import (
    CHUNK_BYTES,
    LEAST_CHUNK_BYTES,
    MAX_BLOB_BYTES,
    MAX_DOCUMENT,
    MOST_CHUNKS,
    QUOTA,
    TRANSFER_LIFE,
    Announce,
    Content,
    from_ranges,
    in_ranges,
)
from edge.safeguards.transfers import Transfers
from edge.wire.events import order_document
from edge.wire.signed import digest, parse, payload_of
from hardware_sim.office import MemoryKey

NOW = Instant(datetime(2026, 6, 1, 12, tzinfo=UTC), timedelta(hours=1))
OPERATOR = MemoryKey()
SMALL = LEAST_CHUNK_BYTES


class Disk:
    """A device's disk, and the door on it. Made again, it has been restarted."""

    def __init__(self, folder: Path) -> None:
        self.blobs = folder / "blobs"
        self.store = SqliteStore(folder / "journal.sqlite")
        self.door = Transfers(self.store, ChunkedFiles(self.blobs))
        self.door.recall()

    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.blobs.rglob("*") if path.is_file())


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def order(plan: Announce, name: str = "order-1", at: Instant = NOW) -> Order:
    heading = Heading(
        id=name, verb=Verb.ANNOUNCE, site="bench", device="post-1", epoch="epoch-1", issued=at.wall,
        expires=at.wall + timedelta(seconds=60), counter=1,
    )  # fmt: skip
    return Order(
        heading=heading, body=plan, key=OPERATOR.public, signed=order_document(heading, plan, OPERATOR)
    )  # fmt: skip


def sent(raw: bytes, content: Content = Content.MODEL, size: int = SMALL) -> tuple[Announce, list[bytes]]:
    return announcement(content, raw, size), [raw[start : start + size] for start in range(0, len(raw), size)]


@given(size=st.integers(1, 4 * SMALL), data=st.data())
@settings(max_examples=25, deadline=None)
def test_chunks_in_any_order_and_more_than_once_make_the_whole(
    tmp_path_factory: pytest.TempPathFactory, size: int, data: st.DataObject
) -> None:
    raw = os.urandom(size)
    plan, chunks = sent(raw)
    disk = Disk(tmp_path_factory.mktemp("disk"))
    disk.door.announce(order(plan), NOW)
    numbered = list(enumerate(chunks))
    missing = set(range(len(chunks)))
    for index, chunk in data.draw(st.permutations(numbered + numbered[:1])):
        assert disk.door.missing(plan.digest) == sorted(missing)
        assert (disk.door.whole(plan.digest) is None) is bool(missing)
        assert disk.door.take(plan.digest, index, chunk) is True
        missing.discard(index)
    assert disk.door.whole(plan.digest) == raw


def test_nothing_is_kept_that_was_not_announced(disk: Disk) -> None:
    raw = b"a" * (3 * SMALL)
    plan, chunks = sent(raw)
    assert disk.door.take(plan.digest, 0, chunks[0]) is False
    disk.door.announce(order(plan), NOW)
    other = announcement(Content.MODEL, b"b" * SMALL, SMALL)
    assert disk.door.take(other.digest, 0, b"b" * SMALL) is False
    assert disk.door.take(plan.digest, 3, chunks[0]) is False
    assert disk.door.take(plan.digest, 3, b"") is False
    assert disk.door.take(plan.digest, -1, chunks[0]) is False
    assert disk.bytes() == 0


@pytest.mark.parametrize("spoilt", [b"", b"b" * SMALL, b"a" * (SMALL - 1), b"a" * (SMALL + 1)])
def test_a_spoilt_chunk_is_refused_on_its_own(disk: Disk, spoilt: bytes) -> None:
    plan, chunks = sent(b"a" * (2 * SMALL) + b"c")
    disk.door.announce(order(plan), NOW)
    assert disk.door.take(plan.digest, 0, chunks[0]) is True
    assert disk.door.take(plan.digest, 1, spoilt) is False
    assert disk.door.missing(plan.digest) == [1, 2]
    assert disk.door.take(plan.digest, 1, chunks[1]) is True
    assert disk.door.take(plan.digest, 2, chunks[2]) is True
    assert disk.door.whole(plan.digest) == b"a" * (2 * SMALL) + b"c"


def test_what_has_come_survives_a_restart_and_what_the_disk_spoilt_does_not(tmp_path: Path) -> None:
    raw = os.urandom(4 * SMALL)
    plan, chunks = sent(raw)
    disk = Disk(tmp_path)
    disk.door.announce(order(plan), NOW)
    for index in (0, 1, 3):
        disk.door.take(plan.digest, index, chunks[index])
    (disk.blobs / plan.digest / "1").write_bytes(chunks[1][:-1])
    disk.store.close()
    again = Disk(tmp_path)
    assert again.door.missing(plan.digest) == [1, 2]
    for index in (1, 2):
        again.door.take(plan.digest, index, chunks[index])
    assert again.door.whole(plan.digest) == raw


def test_what_the_disk_spoils_once_it_was_whole_is_missing_again(disk: Disk) -> None:
    plan, chunks = sent(os.urandom(2 * SMALL))
    disk.door.announce(order(plan), NOW)
    for index, chunk in enumerate(chunks):
        disk.door.take(plan.digest, index, chunk)
    (disk.blobs / plan.digest / "0").write_bytes(chunks[1])
    assert disk.door.whole(plan.digest) is None
    assert disk.door.missing(plan.digest) == [0]
    assert not disk.door.complete(plan.digest)


def test_strays_on_the_disk_go_at_the_start(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    plan, chunks = sent(os.urandom(SMALL))
    disk.door.announce(order(plan), NOW)
    disk.door.take(plan.digest, 0, chunks[0])
    with disk.store.transaction() as transaction:
        transaction.put("transfer/" + "0" * 64, b"{}")
    (disk.blobs / ("1" * 64)).mkdir()
    disk.store.close()
    again = Disk(tmp_path)
    assert [path.name for path in again.blobs.iterdir()] == [plan.digest]
    assert [one.plan for one in again.door.all] == [plan]


def test_the_oldest_unfinished_gives_way_where_the_quota_is_full_and_finished_ones_last(disk: Disk) -> None:
    assert QUOTA == 3 * MAX_BLOB_BYTES
    plans = [announcement(Content.MODEL, bytes([number]) * MAX_BLOB_BYTES) for number in range(5)]
    at = [NOW.later(timedelta(seconds=number)) for number in range(5)]
    for number in range(3):
        assert disk.door.announce(order(plans[number], f"order-{number}"), at[number]) == []
    for index in range(len(plans[0].chunks)):
        disk.door.take(plans[0].digest, index, bytes([0]) * CHUNK_BYTES)
    assert disk.door.complete(plans[0].digest)
    dropped = disk.door.announce(order(plans[3], "order-3"), at[3])
    assert [one.order for one in dropped] == ["order-1"]
    dropped = disk.door.announce(order(plans[4], "order-4"), at[4])
    assert [one.order for one in dropped] == ["order-2"]
    assert sum(one.plan.size for one in disk.door.all) == QUOTA
    assert disk.bytes() == MAX_BLOB_BYTES
    assert disk.door.take(plans[1].digest, 0, bytes([1]) * CHUNK_BYTES) is False


def test_as_many_give_way_as_there_must_and_no_more(disk: Disk) -> None:
    sizes = [SMALL, MAX_BLOB_BYTES, MAX_BLOB_BYTES, MAX_BLOB_BYTES - SMALL]
    for number, size in enumerate(sizes):
        plan = announcement(Content.MODEL, bytes([number]) * size)
        at = NOW.later(timedelta(seconds=number))
        assert disk.door.announce(order(plan, f"order-{number}", at), at) == []
    assert disk.door.counters()["transfers-bytes"] == QUOTA
    later = NOW.later(timedelta(seconds=9))
    new = announcement(Content.MODEL, b"n" * MAX_BLOB_BYTES)
    dropped = disk.door.announce(order(new, "order-9", later), later)
    assert [one.order for one in dropped] == ["order-0", "order-1"]
    assert disk.door.counters()["transfers-bytes"] == QUOTA - SMALL


def test_announced_again_it_goes_on_from_what_is_here_and_its_day_goes_on(disk: Disk) -> None:
    plan, chunks = sent(os.urandom(2 * SMALL))
    disk.door.announce(order(plan, "order-1"), NOW)
    disk.door.take(plan.digest, 0, chunks[0])
    later = NOW.later(TRANSFER_LIFE / 2)
    former = disk.door.announce(order(plan, "order-2", later), later)
    assert [one.order for one in former] == ["order-1"]
    assert disk.door.missing(plan.digest) == [1]
    assert disk.door.orders() == {"order-2"}
    assert disk.door.overdue(NOW.later(TRANSFER_LIFE - timedelta(microseconds=1))) == []
    assert [one.order for one in disk.door.overdue(NOW.later(TRANSFER_LIFE))] == ["order-2"]


def test_announced_again_in_other_chunks_it_begins_anew(disk: Disk) -> None:
    raw = os.urandom(2 * SMALL)
    plan, chunks = sent(raw)
    disk.door.announce(order(plan), NOW)
    disk.door.take(plan.digest, 0, chunks[0])
    other = announcement(Content.MODEL, raw, 2 * SMALL)
    later = NOW.later(TRANSFER_LIFE / 2)
    disk.door.announce(order(other, "order-2", later), later)
    assert disk.door.overdue(NOW.later(TRANSFER_LIFE)) == []
    assert [one.order for one in disk.door.overdue(later.later(TRANSFER_LIFE))] == ["order-2"]
    assert (disk.door.missing(plan.digest), disk.bytes()) == ([0], 0)
    assert disk.door.take(other.digest, 0, raw) is True
    assert disk.door.whole(other.digest) == raw


def test_dropped_it_is_gone_and_known_no_more(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    plan, chunks = sent(os.urandom(SMALL), Content.WATCHLIST)
    disk.door.announce(order(plan), NOW)
    disk.door.take(plan.digest, 0, chunks[0])
    assert disk.door.counters() == {"transfers": 1, "transfers-bytes": SMALL, "transfers-chunks-missing": 0}
    assert [one.plan for one in disk.door.lists()] == [plan]
    disk.door.drop(plan.digest)
    assert disk.bytes() == 0
    disk.door.drop(plan.digest)
    assert (disk.bytes(), disk.door.all, disk.door.missing(plan.digest)) == (0, (), [])
    assert disk.door.whole(plan.digest) is None
    disk.store.close()
    assert Disk(tmp_path).door.all == ()


def test_a_disk_that_will_not_keep_a_right_chunk_is_told_from_a_wrong_one(disk: Disk) -> None:
    plan, chunks = sent(os.urandom(SMALL))
    disk.door.announce(order(plan), NOW)
    disk.blobs.rmdir()
    disk.blobs.write_bytes(b"in the way")
    assert disk.door.take(plan.digest, 0, chunks[0]) is None
    assert disk.door.missing(plan.digest) == [0]


@pytest.mark.parametrize(
    ("size", "chunk_bytes", "chunks"),
    [
        (0, SMALL, 1),
        (MAX_BLOB_BYTES + 1, CHUNK_BYTES, 129),
        (SMALL, SMALL - 1, 2),
        (SMALL, CHUNK_BYTES + 1, 1),
        (SMALL + 1, SMALL, 1),
        (SMALL, SMALL, 2),
        ((MOST_CHUNKS + 1) * SMALL, SMALL, MOST_CHUNKS + 1),
    ],
)
def test_an_announcement_out_of_bounds_is_none(size: int, chunk_bytes: int, chunks: int) -> None:
    fields = {
        "chunk_bytes": chunk_bytes, "chunks": ["0" * 64] * chunks, "content": "model", "digest": "0" * 64, "size": size,
    }  # fmt: skip
    import msgspec

    with pytest.raises(Undecodable):
        parse(msgspec.json.encode(fields, order="sorted"), Announce)


def test_a_document_is_smaller_than_a_model() -> None:
    announcement(Content.MODEL, bytes(MAX_DOCUMENT + 1))
    announcement(Content.CALIBRATION, bytes(MAX_DOCUMENT))
    for content in (Content.CALIBRATION, Content.MODELS, Content.TRUST_ROOT):
        with pytest.raises(ValueError, match="at most"):
            announcement(content, bytes(MAX_DOCUMENT + 1))


def test_an_announcement_of_the_most_chunks_fits_in_an_order() -> None:
    plan = announcement(Content.WATCHLIST, bytes(MOST_CHUNKS * SMALL), SMALL)
    assert len(payload_of(order(plan).signed)) < 64 * 1024
    assert digest(bytes(SMALL)) == plan.chunks[-1]


@given(st.sets(st.integers(0, MOST_CHUNKS - 1)))
def test_ranges_say_which_chunks(indexes: set[int]) -> None:
    assert from_ranges(in_ranges(indexes)) == sorted(indexes)


@pytest.mark.parametrize(
    "text", ["1-0", "0,1", "1,0", "0-", "-1", "a", "0-512", "512", "0,,2", "٣", "0-99999999", " 1"]
)
def test_ranges_have_one_spelling(text: str) -> None:
    with pytest.raises(Undecodable):
        from_ranges(text)


@given(st.text(alphabet="0123456789,-", max_size=40))
def test_what_is_read_as_ranges_is_written_so(text: str) -> None:
    try:
        found = from_ranges(text)
    except Undecodable:
        return
    assert in_ranges(found) == text

"""The way out of the journal, asked directly: what of the store may leave, in which order, how much at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.adapters.store import SqliteStore
from edge.domain.errors import Undecodable
from edge.domain.leaves.hits import HitExpired
from edge.domain.orders import Heading, Status, Verb
from edge.safeguards import papers
from edge.safeguards.handing import AT_ONCE, pieces
from edge.safeguards.journal import Journal
from edge.wire.checkpoints import read_checkpoint
from edge.wire.events import order_document
from edge.wire.notes import read_note
from edge.wire.parcels import COSIGNED, HEAD, PAPER, Piece, leaf_name
from edge.wire.signed import Kind, sign
from hardware_sim.office import MemoryKey, Office
from hardware_sim.site import CALIBRATION
from tests.doors.test_journal import NOW, opened

COSIGNATURES = [f"{COSIGNED}kept/1", f"{COSIGNED}kept/2", f"{COSIGNED}latest/3"]


class Shelf:
    """A journal and what is kept beside it: cosigned heads, two papers that may leave and two that may not."""

    def __init__(self, folder: Path, leaves: int = 3) -> None:
        self.journal: Journal
        self.journal, self.store = opened(folder / "journal.sqlite", MemoryKey())
        for number in range(1, leaves):
            self.journal.record(HitExpired(sequence=number), NOW)
        office = Office()
        heading = Heading(
            id="order-1", verb=Verb.STATUS, site="bench", device="post-1", epoch="epoch-1", issued=NOW.wall,
            expires=NOW.wall, counter=1,
        )  # fmt: skip
        with self.store.transaction() as transaction:
            for name in COSIGNATURES:
                transaction.put(name, name.encode())
            self.papers = sorted(
                PAPER + papers.keep(transaction, signed)
                for signed in (
                    sign(CALIBRATION, Kind.CALIBRATION, office.evaluator),
                    sign(office.trust_root(), Kind.TRUST_ROOT, office.custodians[0]),
                )
            )
            papers.keep(transaction, order_document(heading, Status(), office.operator))
            transaction.put(f"{PAPER}{'0' * 64}", b"cannot be read")
            transaction.put("hits/1", b"of somebody")
            transaction.put("withdrawn/1", b"of somebody")

    def after(self, name: str) -> tuple[list[Piece], bool]:
        return pieces(self.journal, self.store, name, NOW)


def names(found: tuple[list[Piece], bool]) -> list[str]:
    assert found[1] is False
    return [one.name for one in found[0]]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_leaves_come_first_then_the_head_that_covers_them_then_cosigned_heads_and_the_papers_that_may_leave(
    shelf: Shelf,
) -> None:
    leaves = [leaf_name(index) for index in range(3)]
    assert names(shelf.after("")) == [*leaves, HEAD, *COSIGNATURES, *shelf.papers]
    found, _ = shelf.after("")
    assert [one.raw for one in found[:3]] == shelf.store.leaves(0, 3)
    assert read_checkpoint(read_note(found[3].raw).text).size == 3
    assert [one.raw.decode() for one in found[4:7]] == COSIGNATURES


def test_whoever_names_the_last_piece_that_came_gets_what_follows_it(shelf: Shelf) -> None:
    everything = names(shelf.after(""))
    for place, name in enumerate(everything):
        assert names(shelf.after(name)) == everything[place + 1 :]


def test_after_the_last_leaf_comes_a_head_and_all_that_is_kept_beside_it_once_more(shelf: Shelf) -> None:
    shelf.journal.record(HitExpired(sequence=9), NOW)
    assert names(shelf.after(leaf_name(2)))[:3] == [leaf_name(3), HEAD, COSIGNATURES[0]]


def test_after_one_that_has_gone_meanwhile_it_goes_on_with_the_next(shelf: Shelf) -> None:
    with shelf.store.transaction() as transaction:
        transaction.delete(COSIGNATURES[1])
    assert names(shelf.after(COSIGNATURES[1])) == [COSIGNATURES[2], *shelf.papers]


@pytest.mark.parametrize("name", ["leaf/", "leaf/1", "leaf/x", "leaf/00000000000\u0663", "leaf/0000000000001"])
def test_what_no_leaf_is_called_is_no_place_to_go_on_from(shelf: Shelf, name: str) -> None:
    with pytest.raises(Undecodable, match="no such leaf"):
        shelf.after(name)


@pytest.mark.parametrize("leaves", [63, 64, 65, 129])
def test_every_leaf_comes_once_and_in_order_however_many_there_are(tmp_path: Path, leaves: int) -> None:
    shelf = Shelf(tmp_path, leaves)
    found, _ = shelf.after("")
    assert [one.name for one in found[: leaves + 1]] == [*(leaf_name(index) for index in range(leaves)), HEAD]
    assert [one.raw for one in found[:leaves]] == shelf.store.leaves(0, leaves)
    assert names(shelf.after(leaf_name(leaves - 2)))[:2] == [leaf_name(leaves - 1), HEAD]


@pytest.mark.parametrize(
    ("sizes", "many", "more"),
    [
        ((AT_ONCE // 4 * 3, 0, 0), 1, True),
        ((AT_ONCE // 4 * 3 - 1, 0, 0), 3, False),
        ((AT_ONCE // 8 * 3, AT_ONCE // 8 * 3, 0), 2, True),
    ],
)
def test_an_order_is_answered_with_so_much_and_one_piece_more_at_most(
    tmp_path: Path, *, sizes: tuple[int, ...], many: int, more: bool
) -> None:
    store = SqliteStore(tmp_path / "journal.sqlite")
    journal = Journal(store, MemoryKey(), origin="lamppost/bench/post-1/epoch-1", boot="boot-1")
    with store.transaction() as transaction:
        for name, size in zip(COSIGNATURES, sizes, strict=True):
            transaction.put(name, bytes(size))
    found, goes_on = pieces(journal, store, HEAD, NOW)
    assert ([one.name for one in found], goes_on) == (COSIGNATURES[:many], more)

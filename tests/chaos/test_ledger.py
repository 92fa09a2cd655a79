"""The judge finds nothing in an honest run, and finds whatever is damaged in it: each kind, by name."""

from __future__ import annotations

import copy
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hardware_sim.chaos import evidence, ledger
from hardware_sim.chaos.console import Answered, Record, Taken
from hardware_sim.chaos.evidence import Mark
from hardware_sim.chaos.examine import Left, findings, left
from hardware_sim.chaos.ledger import Account, Promise
from hardware_sim.chaos.permits import unpermitted
from hardware_sim.chaos.rig import rig
from hardware_sim.chaos.street import BUSY
from hardware_sim.chaos.weather import BLACKOUT


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    """Two lives, both killed; old orders sent again in between; at the end some hits wait."""
    with rig(tmp_path_factory.mktemp("chaos") / "rig", 1, pace=BUSY) as bench:
        bench.looks()
        bench.hits(4)
        bench.kill()
        bench.up()
        bench.console.replay(3)
        bench.deploy()
        bench.hits(3)
        bench.listen(1)
        bench.proxy.set(BLACKOUT)
        bench.listen(1.5)
        bench.kill()
        yield left(bench)


def account(honest: Left, folder: Path, damage: Callable[[sqlite3.Connection], object] = lambda _: None) -> Account:
    """The account of a copy, after something was done to its store."""
    shutil.copytree(honest.folder / "state", folder / "state")
    with closing(sqlite3.connect(folder / "state" / evidence.STORE)) as store:
        damage(store)
        store.commit()
    mine = replace(honest, folder=folder)
    return Account(
        evidence.journal(folder / "state"), copy.deepcopy(honest.record), evidence.marks(honest.marks),
        honest.device_key, findings(mine),
    )  # fmt: skip


def broken(account: Account) -> set[Promise]:
    return {one.promise for one in ledger.judge(account)}


def test_an_honest_run_breaks_no_promise_and_its_numbers_agree(honest: Left, tmp_path: Path) -> None:
    mine = account(honest, tmp_path)
    assert ledger.judge(mine) == []
    totals = ledger.totals(mine)
    assert totals.waiting > 0
    assert totals.committed == totals.acknowledged + totals.waiting + totals.expired
    assert totals.told >= totals.acknowledged >= 5
    assert totals.resent == 3


def _number(store: sqlite3.Connection, kind: str, which: int = 0) -> int:
    rows = store.execute("SELECT number FROM leaf WHERE instr(raw, ?) ORDER BY number", (f'"kind":"{kind}"'.encode(),))
    return [int(number) for (number,) in rows][which]


def _drop(kind: str, which: int = 0) -> Callable[[sqlite3.Connection], object]:
    return lambda store: store.execute("DELETE FROM leaf WHERE number = ?", (_number(store, kind, which),))


def _double(kind: str, which: int = -1) -> Callable[[sqlite3.Connection], object]:
    return lambda store: store.execute(
        "INSERT INTO leaf SELECT (SELECT max(number) + 1 FROM leaf), raw FROM leaf WHERE number = ?",
        (_number(store, kind, which),),
    )


def _flip(store: sqlite3.Connection) -> None:
    (raw,) = store.execute("SELECT raw FROM leaf WHERE number = 0").fetchone()
    store.execute("UPDATE leaf SET raw = ? WHERE number = 0", (raw.replace(b'"uncounted":0', b'"uncounted":1'),))


DAMAGES: dict[str, tuple[Callable[[sqlite3.Connection], object], Promise]] = {
    "a waiting hit is gone": (lambda s: s.execute("DELETE FROM outbox WHERE sequence = "
                                                  "(SELECT max(sequence) FROM outbox)"), Promise.KEPT),
    "a committed hit's leaf is gone": (_drop("hit-committed"), Promise.KEPT),
    "an acknowledgement's leaf is gone": (_drop("hit-acknowledged"), Promise.KEPT),
    "a hit is acknowledged twice": (_double("hit-acknowledged"), Promise.KEPT),
    "a hit is committed twice": (_double("hit-committed"), Promise.KEPT),
    "a review is executed twice": (_double("hit-reviewed"), Promise.OBEYED_ONCE),
    "an old start is executed by a later life": (_double("began"), Promise.OBEYED_ONCE),
    "an old presence is executed by a later life": (_double("presence-confirmed"), Promise.OBEYED_ONCE),
    "the journal is shorter than what was signed": (_drop("booted"), Promise.VERIFIES),
    "a leaf was changed": (_flip, Promise.VERIFIES),
    "presence was never confirmed": (_drop("presence-confirmed", -1), Promise.PERMITTED),
    "the list was never opened": (_drop("list-opened", -1), Promise.PERMITTED),
    "the opening of the camera has no leaf": (_drop("capture-opened", -1), Promise.PERMITTED),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_store_is_found_out(name: str, honest: Left, tmp_path: Path) -> None:
    damage, promise = DAMAGES[name]
    assert promise in broken(account(honest, tmp_path, damage))


def test_a_hit_that_was_committed_after_the_closing_is_found_out_by_the_leaves_alone(
    honest: Left, tmp_path: Path
) -> None:
    leaves = account(honest, tmp_path).journal.leaves
    assert list(unpermitted(leaves, ())) == []
    last = max(leaf.index for leaf in leaves if leaf.kind == "hit-committed")
    closed = replace(leaves[last], kind="capture-closed")
    (wrong,) = unpermitted([*leaves[:last], closed, *leaves[last:]], ())
    assert wrong.startswith(f"leaf {last}, hit-committed")


def _untold(record: Record) -> None:
    del record.taken[0]


def _told_again(record: Record) -> None:
    record.taken.append(record.taken[0])


def _another_id(record: Record) -> None:
    record.taken.append(Taken("f" * 32, record.taken[0].sequence, record.taken[0].commitment))


def _something_else(record: Record) -> None:
    record.taken[0] = replace(record.taken[0], commitment="0" * 64)


def _other_outcome(record: Record) -> None:
    start = next(sent.id for sent in record.sent if sent.verb == "start")
    record.answered.append(Answered(start, "done", json.dumps({"list_key": "x"})))


def _never_sent(record: Record) -> None:
    record.sent = [sent for sent in record.sent if sent.verb != "review"]


RECORDS: dict[str, tuple[Callable[[Record], None], Promise]] = {
    "an acknowledged hit was told to nobody": (_untold, Promise.KEPT),
    "a hit was told twice": (_told_again, Promise.ONCE),
    "two hits bear one sequence": (_another_id, Promise.ONCE),
    "what was told is not what was committed": (_something_else, Promise.KEPT),
    "an order was done with two outcomes": (_other_outcome, Promise.OBEYED_ONCE),
    "a review that nobody sent was executed": (_never_sent, Promise.OBEYED_ONCE),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_control_room_that_saw_something_else_is_found_out(name: str, honest: Left, tmp_path: Path) -> None:
    change, promise = RECORDS[name]
    mine = account(honest, tmp_path)
    change(mine.record)
    assert promise in broken(mine)


def test_a_hit_whose_commit_had_returned_and_that_is_nowhere_is_found_out(honest: Left, tmp_path: Path) -> None:
    mine = account(honest, tmp_path)
    ghost = Mark(mine.marks[-1].boot, "committed", 1.0, mine.marks[-1].at, "f" * 32)
    assert Promise.KEPT in broken(replace(mine, marks=[*mine.marks, ghost]))


def test_frames_after_the_lease_are_found_out(honest: Left, tmp_path: Path) -> None:
    mine = account(honest, tmp_path)
    last = [mark for mark in mine.marks if mark.what == "frame"][-1]
    late = replace(last, at=last.at + timedelta(minutes=4))
    assert Promise.PERMITTED in broken(replace(mine, marks=[*mine.marks, late]))


def test_a_camera_of_a_life_without_leaves_is_found_out(honest: Left, tmp_path: Path) -> None:
    mine = account(honest, tmp_path)
    stray = replace(mine.marks[0], boot="nobody", what="camera-open")
    assert Promise.PERMITTED in broken(replace(mine, marks=[*mine.marks, stray]))


def test_a_head_that_another_key_signed_is_found_out(honest: Left, tmp_path: Path) -> None:
    mine = account(honest, tmp_path)
    assert Promise.VERIFIES in broken(replace(mine, device_key=bytes(range(32))))


def test_hits_that_wait_though_there_was_time_are_lost(honest: Left, tmp_path: Path) -> None:
    mine = account(honest, tmp_path)
    assert broken(replace(mine, drained=True)) == {Promise.KEPT}


def test_what_an_outsider_finds_is_not_passed_over(honest: Left, tmp_path: Path) -> None:
    mine = replace(account(honest, tmp_path), findings=("root-expired: x",))
    assert broken(mine) == {Promise.VERIFIES}

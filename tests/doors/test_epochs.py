"""A new epoch's store, at the door that begins it."""

from __future__ import annotations

from pathlib import Path

from edge.adapters.store import SqliteStore
from edge.safeguards.epochs import LEFT_BEHIND, OPENING, begin, carry_over, remembered
from edge.wire.signed import canonical, digest, payload_of
from tests.vectors.people import DOCUMENT, signed


def test_what_must_not_be_forgotten_is_carried_over_byte_for_byte_and_the_old_journal_left_behind(
    tmp_path: Path,
) -> None:
    old, new = SqliteStore(tmp_path / "old"), SqliteStore(tmp_path / "new")
    kept = {"clock/mark": b"2026-06-01", "authorisation/accepted-sequence": b"42", "urgent/7": b""}
    with old.transaction() as transaction:
        for name, value in (kept | {f"{prefix}x": b"old" for prefix in LEFT_BEHIND}).items():
            transaction.put(name, value)
    carry_over(signed(DOCUMENT), old, new)
    with new.transaction() as transaction:
        names = [name for name in transaction.names("") if name != OPENING and not name.startswith("paper")]
        assert {name: transaction.get(name) for name in names} == kept
    old.close()
    new.close()


def test_a_device_that_is_wiped_remembers_how_late_it_was_and_what_was_authorised_and_nothing_else(
    tmp_path: Path,
) -> None:
    old, new = SqliteStore(tmp_path / "old"), SqliteStore(tmp_path / "new")
    kept = {"clock/mark": b"2026-06-01", "authorisation/accepted-sequence": b"42"}
    gone = dict.fromkeys(("urgent/7", "withdrawn/a", "paper/b", "transfer/c", "journal/head", OPENING), b"old")
    with old.transaction() as transaction:
        for name, value in (kept | gone).items():
            transaction.put(name, value)
    assert remembered(old) == kept
    begin(new, kept | gone, signed(DOCUMENT))
    stored = canonical(signed(DOCUMENT))
    paper = f"paper/{digest(payload_of(signed(DOCUMENT)))}"
    assert values(new) == kept | {OPENING: stored, paper: stored}
    old.close()
    new.close()


def test_the_first_journal_of_a_device_begins_without_a_decision_and_one_of_a_wiped_device_with_what_it_kept(
    tmp_path: Path,
) -> None:
    new = SqliteStore(tmp_path / "new")
    begin(new, {}, None)
    assert values(new) == {}
    begin(new, {"clock/mark": b"2026-06-01"}, None)
    assert values(new) == {"clock/mark": b"2026-06-01"}
    new.close()


def values(store: SqliteStore) -> dict[str, bytes | None]:
    with store.transaction() as transaction:
        return {name: transaction.get(name) for name in transaction.names("")}

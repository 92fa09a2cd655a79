"""A new epoch's store, at the door that begins it."""

from __future__ import annotations

from pathlib import Path

from edge.adapters.store import SqliteStore
from edge.safeguards.epochs import LEFT_BEHIND, OPENING, carry_over
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

"""What the machine tells of itself, for health."""

from __future__ import annotations

from pathlib import Path

from edge.adapters.host import SystemHost


def test_the_machine_tells_its_memory_its_store_and_its_clock(tmp_path: Path) -> None:
    store = tmp_path / "journal.sqlite"
    store.write_bytes(b"j" * 300)
    store.with_name("journal.sqlite-wal").write_bytes(b"w" * 20)
    vitals = SystemHost(store=store).vitals()
    assert vitals.store_bytes == 320
    assert vitals.memory_bytes is not None
    assert 1_000_000 < vitals.memory_bytes < 10_000_000_000
    assert vitals.clock_offset_us is not None
    assert vitals.clock_error_us is not None


def test_what_the_machine_does_not_tell_is_unknown(tmp_path: Path) -> None:
    vitals = SystemHost(store=tmp_path / "none" / "journal.sqlite").vitals()
    assert vitals.store_bytes == 0
    assert SystemHost().vitals().store_bytes is None

"""What the machine tells of itself, for health."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from edge.adapters.host import SystemHost
from edge.adapters.keys import certificate_ends
from edge.control_room.certificates import BenchAuthority


def test_the_machine_tells_its_memory_its_disk_and_its_clock(tmp_path: Path) -> None:
    store = tmp_path / "journal.sqlite"
    store.write_bytes(b"j" * 300)
    store.with_name("journal.sqlite-wal").write_bytes(b"w" * 20)
    vitals = SystemHost(store=store).vitals()
    assert vitals.store_bytes == 320
    assert vitals.disk_free_bytes is not None
    assert 0 < vitals.disk_free_bytes <= shutil.disk_usage(tmp_path).total
    assert vitals.memory_bytes is not None
    assert 1_000_000 < vitals.memory_bytes < 10_000_000_000
    assert vitals.clock_offset_us is not None
    assert vitals.clock_error_us is not None


def test_what_the_machine_does_not_tell_is_unknown(tmp_path: Path) -> None:
    vitals = SystemHost(store=tmp_path / "none" / "journal.sqlite").vitals()
    assert (vitals.disk_free_bytes, vitals.store_bytes) == (None, 0)
    assert SystemHost().vitals().disk_free_bytes is None


def test_a_certificate_tells_when_it_ends_or_nothing_at_all(tmp_path: Path) -> None:
    certificate, _ = BenchAuthority(tmp_path).issue("somebody")
    ends = certificate_ends(certificate)
    assert ends is not None
    assert ends > datetime.now(UTC)
    certificate.write_bytes(b"-----BEGIN CERTIFICATE-----")
    assert certificate_ends(certificate) is None
    assert certificate_ends(tmp_path / "none.pem") is None

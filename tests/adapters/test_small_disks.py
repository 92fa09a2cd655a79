"""A disk that runs low, full or read-only under a whole device: a real file system of the test's own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def on_a_small_disk(scenario: str, where: Path, size: str = "128m") -> dict[str, Any]:
    """A real file system of its own. Skips where none may be mounted."""
    enter = ["unshare", "--mount", "--map-root-user"]
    try:
        subprocess.run([*enter, "mount", "-t", "tmpfs", "none", where], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        why = getattr(error, "stderr", b"") or str(error).encode()
        pytest.skip(f"NOT TESTED on a real full disk: no file system may be mounted here ({why.decode().strip()})")
    command = [*enter, sys.executable, "-m", "tests.adapters.bad_disk", scenario, size, str(where)]
    ran = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    seen: dict[str, Any] = json.loads(ran.stdout)
    return seen


def test_a_disk_that_runs_low_begins_nothing_and_then_looks_at_nobody(tmp_path: Path) -> None:
    seen = on_a_small_disk("low", tmp_path)
    assert seen["before"]["condition"] == seen["48 MiB"]["condition"] == "active"
    assert "disk-low" in seen["start"]
    assert (seen["16 MiB"]["condition"], seen["16 MiB"]["reasons"]) == ("paused", ["disk-low"])
    assert (seen["after"]["condition"], seen["after"]["reasons"]) == ("active", [])


def test_on_a_full_disk_the_end_is_recorded_and_then_nothing_more_happens(tmp_path: Path) -> None:
    seen = on_a_small_disk("full", tmp_path)
    assert seen["kinds"] == ["list-destroyed", "ended"]
    assert seen["ended"]["reasons"] == ["no-authorisation"]
    assert seen["reserve"] == 0
    assert seen["written"] > 100
    assert seen["error"][0] == "DiskFull"
    assert seen["full"]["reasons"] == ["unsafe", "disk-full", "no-authorisation"]
    assert seen["restarted while full"]["condition"] == "unsafe"
    assert seen["restarted with room"]["condition"] == "idle"
    assert seen["restarted with room"]["leaves"] > seen["full"]["leaves"]
    assert seen["reserve again"] == 1024 * 1024


def test_a_disk_found_read_only_is_named_and_heals_by_a_restart(tmp_path: Path) -> None:
    seen = on_a_small_disk("read-only", tmp_path)
    assert (seen["read-only"]["condition"], seen["read-only"]["reasons"][:2]) == (
        "unsafe", ["unsafe", "journal-unwritable"],
    )  # fmt: skip
    assert seen["writable"]["condition"] == "idle"
    assert seen["kept"]

"""The real command is killed at any moment and run again: the list is the one that it would have been."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.control_room import deploy
from edge.domain.errors import Misconfigured
from edge.wire import watchlist
from tests.control_room.enrolling import bad
from tests.control_room.stills import portrait

Rows = dict[str, list[float]]


def enrolment(folder: Path) -> list[str]:
    return [
        sys.executable, "-m", "edge", "enrol", "--images", str(folder / "people"), "--category", "volunteer",
        "--source", "volunteer", "--out", str(folder / "list"), "--workers", "1", "--result",
    ]  # fmt: skip


def content(folder: Path) -> tuple[list[str], Rows]:
    """Ids in their order, and every template."""
    sealed = deploy.read_list(folder / "list")
    header = watchlist.header_of(sealed.file)
    opened = watchlist.open_into(memoryview(bytearray(header.content_bytes())), sealed.file, sealed.key)
    ids = [opened.entry(row).id for row in range(header.entries)]
    return ids, {name: opened.templates[row].tolist() for row, name in enumerate(ids)}


def finished(folder: Path) -> tuple[dict[str, Any], str]:
    ran = subprocess.run(enrolment(folder), capture_output=True, text=True, check=True)
    said: dict[str, Any] = json.loads(ran.stdout)
    return said, ran.stderr


def kept_in(work: Path) -> int:
    """Whole frames of a work file."""
    raw, place, count = work.read_bytes() if work.exists() else b"", 0, 0
    while place + 4 <= len(raw):
        place += 4 + int.from_bytes(raw[place : place + 4], "big")
        count += place <= len(raw)
    return count


def killed(folder: Path, after: int) -> int:
    """Killed once so many pictures are in the work file. Returns how many were."""
    work = folder / "list.work"
    with subprocess.Popen(enrolment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        while child.poll() is None and (not work.exists() or kept_in(work) < after):
            time.sleep(0.002)
        workers = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
        child.send_signal(signal.SIGKILL)
        child.wait()
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{worker}").exists() for worker in workers):  # they notice when they have seen their picture
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return kept_in(work)


@pytest.fixture
def folder(tmp_path: Path, models: Path) -> Path:
    """Two people; of one there are a dozen pictures."""
    astronaut, hopper = portrait("astronaut.png"), portrait("grace_hopper.jpg")
    bad.write(tmp_path / "people" / "v-00", {"1.png": bad.encoded(astronaut, ".png")})
    for number in range(11):
        crop = np.ascontiguousarray(hopper[number:, 2 * number :])
        bad.write(tmp_path / "people" / "v-01", {f"{number:02}.png": bad.encoded(crop, ".png")})
    return tmp_path


def test_killed_again_and_again_nobody_is_lost_and_nobody_doubled(folder: Path) -> None:
    finished(folder)
    found = content(folder)
    assert found[0] == ["v-00", "v-01"]
    (folder / "list").unlink()
    # What a kill leaves between the key and the list, and in the middle of either.
    (folder / "list.new").write_bytes(b"half")
    (folder / "list.key.new").write_bytes(b"half")
    with pytest.raises(Misconfigured, match="Enrol it again"):
        deploy.read_list(folder / "list")
    kept = [killed(folder, after) for after in (0, 1, 5, 9)]
    assert all(had >= after for had, after in zip(kept, (0, 1, 5, 9), strict=True))
    again, words = finished(folder)
    assert f"going on: {kept[-1]} pictures" in words
    assert (again["entries"], again["pictures"]) == (2, 12)
    assert content(folder) == found
    assert sorted(path.name for path in folder.iterdir()) == ["list", "list.key", "people"]


def test_the_list_of_an_earlier_enrolment_is_never_found_beside_a_key_that_is_not_its_own(tmp_path: Path) -> None:
    sealed = deploy.SealedList(b"first", bytes(32))
    deploy.write_list(tmp_path / "list", sealed)
    (tmp_path / "list.key.new").mkdir()
    (tmp_path / "list.key.new" / "in the way").touch()
    with pytest.raises(Misconfigured, match="cannot be written"):
        deploy.write_list(tmp_path / "list", deploy.SealedList(b"second", bytes([1]) * 32))
    assert not (tmp_path / "list").exists()

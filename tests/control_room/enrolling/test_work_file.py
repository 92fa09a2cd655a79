"""What was looked at is kept, encrypted, for as long as it is of use; a kill at any byte costs one picture at most."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from edge.control_room.enrolling import workfile
from edge.control_room.enrolling.findings import Outcome, Rejected
from edge.control_room.enrolling.looking import THUMBPRINT, Shot
from edge.control_room.enrolling.opening import Stamp
from edge.control_room.enrolling.workfile import Work
from edge.domain.errors import Misconfigured
from tests.control_room.enrolling.alone import NOW

STAMP = Stamp(1, 2, 3)


def shot(number: int) -> Shot:
    unit = np.zeros(128, np.float32)
    unit[number] = 1
    return Shot(0.5, unit, np.full(THUMBPRINT, 0.0625, np.float32))


class Place:
    """Where work lies, and the times that one comes back to it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "list.work"
        self.run = folder / "run"
        self.run.mkdir()

    def open(self, chain: str = "chain", later: timedelta = timedelta()) -> Work:
        return Work(self.path, self.run, chain, NOW + later)

    def filled(self, count: int = 3) -> None:
        work = self.open()
        for number in range(count):
            work.keep("v-1", f"{number}.png", STAMP, f"{number}" * 64, shot(number))
        work.close()

    def count(self, chain: str = "chain", later: timedelta = timedelta()) -> tuple[int, str]:
        work = self.open(chain, later)
        found = len(work), work.why
        work.close()
        return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_what_was_seen_is_remembered_and_goes_on(place: Place) -> None:
    place.filled()
    work = place.open()
    work.keep("v-2", "\udcff.png", STAMP, "f" * 64, Rejected(Outcome.BLURRED, "blurred"))
    work.close()
    work = place.open(later=timedelta(hours=23))
    assert work.began == NOW
    assert len(work) == 4
    seen = work.known("v-1", "1.png", STAMP)
    assert seen is not None
    look, digest = seen
    assert digest == "1" * 64
    assert isinstance(look, Shot)
    assert (look.quality, look.features.tolist()) == (0.5, shot(1).features.tolist())
    assert work.latest("v-2", "\udcff.png") == Rejected(Outcome.BLURRED, "blurred")
    work.close()


def test_a_file_that_has_changed_since_is_looked_at_again_and_counts_once(place: Place) -> None:
    place.filled()
    work = place.open()
    assert work.known("v-1", "1.png", Stamp(1, 2, 4)) is None
    assert work.known("v-2", "1.png", STAMP) is None
    work.keep("v-1", "1.png", Stamp(1, 2, 4), "a" * 64, shot(9))
    work.close()
    work = place.open()
    assert len(work) == 3
    look = work.latest("v-1", "1.png")
    assert isinstance(look, Shot)
    assert look.features[9] == 1
    work.close()


def test_a_kill_at_any_byte_costs_the_last_picture_and_no_other(place: Place) -> None:
    place.filled(3)
    first = place.path.stat().st_size * 2 // 3
    whole = place.path.read_bytes()
    for end in range(first, len(whole)):
        place.path.write_bytes(whole[:end])
        assert place.count() == (2, "")
        assert place.path.stat().st_size == first
    work = place.open()
    work.keep("v-1", "2.png", STAMP, "2" * 64, shot(2))
    work.close()
    assert place.count() == (3, "")


def test_no_features_lie_on_the_disk_and_the_key_is_its_owners_alone(place: Place) -> None:
    place.filled()
    raw, (key,) = place.path.read_bytes(), list(place.run.iterdir())
    assert shot(1).features.tobytes()[:16] not in raw
    assert shot(1).thumbprint.astype("<f2").tobytes()[:8] not in raw
    assert b"1.png" not in raw
    assert [path.stat().st_mode & 0o777 for path in (place.path, key)] == [0o600, 0o600]


@pytest.mark.parametrize("where", [0, 3, 4, 20, -1])
def test_what_was_changed_is_thrown_away_whole(place: Place, where: int) -> None:
    place.filled()
    raw = bytearray(place.path.read_bytes())
    raw[where] ^= 0x80
    place.path.write_bytes(raw)
    count, why = place.count()
    assert count == 0
    assert "changed" in why
    assert place.path.stat().st_size == 0


def test_records_that_were_left_out_or_moved_are_found_out(place: Place) -> None:
    place.filled()
    raw = place.path.read_bytes()
    size = 4 + int.from_bytes(raw[:4], "big")
    place.path.write_bytes(raw[size:])
    assert place.count()[0] == 0
    place.filled()
    raw = place.path.read_bytes()
    place.path.write_bytes(raw[size : 2 * size] + raw[:size] + raw[2 * size :])
    assert place.count()[0] == 0


def test_without_its_key_or_after_a_day_or_with_other_models_work_begins_anew(place: Place) -> None:
    place.filled()
    assert place.count("another chain")[0] == 0
    place.filled()
    old = next(place.run.iterdir()).read_bytes()
    assert place.count(later=timedelta(hours=24, seconds=1)) == (0, "it is more than 24 hours old")
    assert next(place.run.iterdir()).read_bytes() != old
    place.filled()
    next(place.run.iterdir()).unlink()
    assert place.count() == (0, "its key is gone, as after a restart of this machine")
    place.filled()
    next(place.run.iterdir()).write_bytes(b"short")
    assert place.count() == (0, "its key cannot be read")


def test_two_enrolments_never_share_their_work(place: Place) -> None:
    work = place.open()
    with pytest.raises(Misconfigured, match="Another enrolment is at work"):
        place.open()
    work.close()
    place.open().close()


def test_at_the_end_nothing_is_left_and_what_was_given_up_can_be_forgotten(place: Place) -> None:
    place.filled()
    place.open().destroy()
    assert not place.path.exists()
    assert list(place.run.iterdir()) == []
    place.filled()
    assert workfile.forget(place.path, place.run)
    assert not place.path.exists()
    assert list(place.run.iterdir()) == []
    assert not workfile.forget(place.path, place.run)


def test_keys_of_work_that_nobody_came_back_to_are_deleted_by_the_next_enrolment_whatever_it_is(place: Place) -> None:
    place.filled()
    (key,) = place.run.iterdir()
    (place.run / "something-else.key").touch()
    day = timedelta(hours=24, seconds=1)
    for path in place.run.iterdir():
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    workfile.sweep(place.run, NOW)
    assert key.exists()
    workfile.sweep(place.run, NOW + day)
    assert [path.name for path in place.run.iterdir()] == ["something-else.key"]


def test_a_link_in_the_place_of_the_work_is_not_followed(place: Place, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("keep me")
    place.path.symlink_to(tmp_path / "precious")
    with pytest.raises(Misconfigured, match="cannot be used"):
        place.open()
    assert (tmp_path / "precious").read_text() == "keep me"


def test_the_key_lies_in_memory_or_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/dev/shm")
    assert workfile.memory_folder() == Path("/dev/shm")
    on_disk = Path(__file__).parent
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(on_disk))
    assert workfile.in_memory(on_disk) or workfile.memory_folder() == Path("/dev/shm")
    assert workfile.in_memory(Path("/dev/shm") / "deeper" / "still")
    assert not workfile.in_memory(Path("/usr"))

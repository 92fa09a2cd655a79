"""The latest remarks: so many and no more, over restarts, and nothing that is none."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.adapters.host.ring import LONGEST, MOST, NAME, Ring
from edge.domain.errors import Undecodable
from edge.domain.remark import Cause, Dying, Exposed, Failed, Part, Said, Warned, line

REMARKS = (
    Failed.of(Part.WRITER, ValueError("Grace walked by")),
    Failed(Part.ELSEWHERE, "X" * 300, "edge/daemon/watch.py:12,site-packages/numpy/<string>:1"),
    Warned("Ünlikely Warning", "numpy/core.py:4"),
    Dying(Cause.STUCK, (Part.CAPTURE, Part.MAIN)),
    Dying(Cause.CAMERA_NOT_SHUT),
    Exposed(9100),
)


@pytest.mark.parametrize("remark", REMARKS)
def test_every_remark_is_read_as_it_was_written(remark: Failed | Warned | Dying | Exposed) -> None:
    one = Said(at=datetime(2026, 6, 1, tzinfo=UTC), remark=line(remark))
    assert Said.read(one.line()) == one


@pytest.mark.parametrize(
    "text",
    [
        "", "lamppost: dying why=stuck parts=-", "2026-06-01T00:00:00 lamppost: dying why=stuck parts=-",
        "2026-06-01T00:00:00+00:00 Grace walked by", "2026-06-01T00:00:00+00:00 lamppost: failed part=Grace Hopper",
        "2026-06-01T00:00:00+00:00 lamppost: saw who=grace", "2026-06-01T00:00:00+00:00 lamppost: failed",
        "2026-06-01T00:00:00+00:00 lamppost: dying why=stuck parts=-\n",
    ],
)  # fmt: skip
def test_what_is_no_remark_is_not_read(text: str) -> None:
    with pytest.raises(Undecodable):
        Said.read(text)


@given(st.text() | st.from_regex(r"2026-0[0-9]-[0-9]{2}T[0-9:+]* lamppost: [a-z]* [a-z]*=[\x20-\x7e]*", fullmatch=True))
def test_whatever_is_read_is_written_alike_or_refused(text: str) -> None:
    try:
        found = Said.read(text)
    except Undecodable:
        return
    assert Said.read(found.line()) == found


def test_the_oldest_goes_where_there_are_too_many(tmp_path: Path) -> None:
    ring = Ring()
    ring.keep_in(tmp_path)
    for port in range(MOST + 3):
        ring.hold(Exposed(port))
    assert [one.remark for one in ring.said()] == [line(Exposed(port)) for port in range(3, MOST + 3)]
    assert len((tmp_path / NAME).read_text().splitlines()) == MOST
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_it_outlives_a_restart_and_what_was_said_before_it_was_found(tmp_path: Path) -> None:
    first = Ring()
    first.hold(Exposed(1))
    first.keep_in(tmp_path)
    first.hold(Dying(Cause.STUCK))
    second = Ring()
    second.hold(Exposed(2))
    second.keep_in(tmp_path)
    assert [one.remark for one in second.said()] == [line(Exposed(1)), line(Dying(Cause.STUCK)), line(Exposed(2))]
    ago = datetime.now(UTC) - second.said()[0].at
    assert timedelta(0) <= ago < timedelta(minutes=5)


def test_a_warning_is_written_with_the_next_that_is_worth_it(tmp_path: Path) -> None:
    ring = Ring()
    ring.keep_in(tmp_path)
    ring.hold(Warned("UserWarning", "numpy/core.py:4"))
    assert not (tmp_path / NAME).exists()
    ring.hold(Dying(Cause.STUCK))
    assert len((tmp_path / NAME).read_text().splitlines()) == 2


def test_what_somebody_wrote_into_the_file_is_left_out(tmp_path: Path) -> None:
    ring = Ring()
    ring.keep_in(tmp_path)
    ring.hold(Exposed(1))
    path = tmp_path / NAME
    good = path.read_bytes()
    path.write_bytes(b"Grace walked by\n\xff\x00\n" + good + b"x" * LONGEST * 3)
    again = Ring()
    again.keep_in(tmp_path)
    assert [one.remark for one in again.said()] == [line(Exposed(1))]


def test_a_disk_that_will_not_have_it_or_hangs_keeps_nobody_waiting(tmp_path: Path) -> None:
    ring = Ring()
    ring.keep_in(tmp_path / "gone")
    ring.hold(Dying(Cause.STUCK))
    assert len(ring.said()) == 1
    hanging = Ring()
    hanging.keep_in(tmp_path)
    aside = tmp_path / f"{NAME}.new"
    os.mkfifo(aside)  # to open it waits for a reader, who does not come
    hanging.hold(Dying(Cause.STUCK))
    assert not (tmp_path / NAME).exists()
    os.close(os.open(aside, os.O_RDONLY | os.O_NONBLOCK))


def test_a_time_without_a_zone_is_none() -> None:
    zoned = datetime(2026, 6, 1, tzinfo=timezone(timedelta(hours=2)))
    one = Said(at=zoned, remark=line(Exposed(1)))
    assert Said.read(one.line()).at == zoned

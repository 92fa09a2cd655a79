"""What the service manager hands over and is told: credentials, the journal's fields, the status line."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge import settings
from edge.adapters.host import journald
from edge.adapters.keys import FileSigner
from edge.control_room.keyring import make_signing_key
from edge.daemon import status
from edge.domain import remark
from edge.domain.capture import Instant
from edge.domain.condition import Condition
from edge.domain.errors import Misconfigured, Reason
from edge.domain.remark import Cause, Dying, Exposed, Failed, Part, Warned

ROOT = Path(__file__).parents[2]
FILE = """
[device]
site = "s"
name = "d"
epoch = "e"
[paths]
state = "state"
trust_root = "r"
models = "m"
calibration = "c"
{key}
[broker]
host = "h"
ca = "a"
certificate = "b"
"""


def read(folder: Path, key: str = "") -> settings.Settings:
    (folder / "x.toml").write_text(FILE.format(key=key))
    return settings.load(folder / "x.toml")


class TestCredentials:
    def test_keys_are_the_services_credentials_where_no_file_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x")
        found = read(tmp_path)
        assert found.paths.key == Path("/run/credentials/x/device-key")
        assert found.broker.key == Path("/run/credentials/x/tls-key")

    def test_a_file_that_is_named_is_used_instead(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x")
        assert read(tmp_path, 'key = "k.pem"').paths.key == tmp_path / "k.pem"
        other = read(tmp_path, 'key = "$CREDENTIALS_DIRECTORY/other"')
        assert other.paths.key == Path("/run/credentials/x/other")

    def test_outside_a_service_the_file_is_read_and_the_key_is_missed_by_its_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
        found = read(tmp_path)
        assert settings.zone(found)
        with pytest.raises(Misconfigured, match=r"\$CREDENTIALS_DIRECTORY/device-key cannot be read"):
            FileSigner(found.paths.key)


USER, GROUP_OBJ, MASK, OTHER = 0x02, 0x04, 0x10, 0x20
NOBODY = 0xFFFFFFFF


def allow(path: Path, *entries: tuple[int, int, int]) -> None:
    """Give a file an access control list as systemd gives one to a credential."""
    listed = [(0x01, 4, NOBODY), *entries, (MASK, 4, NOBODY), (OTHER, 0, NOBODY)]
    packed = b"".join(struct.pack("<HHI", *entry) for entry in sorted(listed))
    try:
        os.setxattr(path, "system.posix_acl_access", struct.pack("<I", 2) + packed)
    except OSError as error:
        pytest.skip(f"this file system keeps no access control lists: {error}")


class TestWhoElseMayReadAKey:
    @pytest.fixture
    def key(self, tmp_path: Path) -> Path:
        make_signing_key(tmp_path / "k.pem")
        return tmp_path / "k.pem"

    def test_a_list_that_names_this_user_alone_is_no_others(self, key: Path) -> None:
        allow(key, (USER, 4, os.geteuid()), (GROUP_OBJ, 0, NOBODY))
        assert key.stat().st_mode & 0o070  # the mask, which is not the group
        FileSigner(key)

    def test_where_there_is_no_list_the_bits_are_what_they_say(self, key: Path) -> None:
        for mode in (0o604, 0o640, 0o602, 0o620):
            key.chmod(mode)
            with pytest.raises(Misconfigured, match="read by others"):
                FileSigner(key)

    def test_a_list_that_names_somebody_else_or_the_group_is_refused(self, key: Path) -> None:
        for entries in (
            [(USER, 4, os.geteuid() + 1), (GROUP_OBJ, 0, NOBODY)],
            [(USER, 4, os.geteuid()), (GROUP_OBJ, 4, NOBODY)],
            [(USER, 4, os.geteuid()), (GROUP_OBJ, 0, NOBODY), (0x08, 4, 7)],
        ):
            allow(key, *entries)
            with pytest.raises(Misconfigured, match="read by others"):
                FileSigner(key)


class TestJournal:
    @pytest.fixture
    def journal(self, tmp_path: Path) -> Iterator[socket.socket]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(str(tmp_path / "socket"))
            listener.settimeout(5)
            yield listener

    def test_a_remark_has_fields_of_its_own(self, journal: socket.socket) -> None:
        assert journald.send(remark.fields(Failed(Part.CAPTURE, "ValueError", "a.py:1")), Path(journal.getsockname()))
        assert journal.recv(4096).decode().splitlines() == [
            "MESSAGE=failed part=capture error=ValueError at=a.py:1",
            "PRIORITY=3",
            "SYSLOG_IDENTIFIER=lamppost",
            "LAMPPOST_REMARK=failed",
            "LAMPPOST_PART=capture",
            "LAMPPOST_ERROR=ValueError",
            "LAMPPOST_AT=a.py:1",
        ]

    def test_no_value_can_begin_a_field_of_its_own(self) -> None:
        for said in (
            Failed(Part.MAIN, "Grace\nMESSAGE=Hopper", "x\ny"),
            Warned("Grace\nHopper", "\n"),
            Dying(Cause.STUCK, (Part.LINK,)),
            Exposed(1),
        ):
            assert all("\n" not in value and value.isascii() for value in remark.fields(said).values())

    def test_where_the_journal_does_not_listen_that_is_said(self, tmp_path: Path) -> None:
        assert not journald.send({"MESSAGE": "x"}, tmp_path / "nobody")

    def test_only_the_stream_that_was_given_to_the_journal_is_the_journal(self, tmp_path: Path) -> None:
        with (tmp_path / "log").open("w") as log, (tmp_path / "other").open("w") as other:
            named = f"{os.fstat(log.fileno()).st_dev}:{os.fstat(log.fileno()).st_ino}"
            assert journald.is_journal(log.fileno(), named)
            assert not journald.is_journal(other.fileno(), named)
            assert not journald.is_journal(log.fileno(), "")
        assert not journald.is_journal(99_999, named)


class TestStatus:
    now = Instant(datetime(2031, 5, 4, 12, 0, tzinfo=UTC), timedelta(hours=1))
    ends = datetime(2031, 5, 4, 14, 30, tzinfo=UTC)

    def test_it_says_what_why_and_until_when(self) -> None:
        assert status.line(Condition.ACTIVE, (), self.ends, self.now, connected=True) == (
            "Looking; authorised until 14:30 UTC on 4 May; "
            "an officer is on scene until 12:00:00 UTC, unless confirmed again."
        )
        paused = status.line(Condition.PAUSED, (Reason.NO_PRESENCE,), self.ends, None, connected=False)
        assert paused.startswith("Paused, not looking; no-presence: ")
        assert paused.endswith("authorised until 14:30 UTC on 4 May; the broker is not reached.")

    def test_every_condition_and_reason_makes_one_line_that_is_not_endless(self) -> None:
        for condition in Condition:
            for reason in Reason:
                said = status.line(condition, (reason,) * 4, self.ends, self.now, connected=False)
                assert "\n" not in said
                assert len(said) < 600

    def test_idle_is_not_explained_with_what_a_person_would_have_to_do(self) -> None:
        said = status.line(Condition.IDLE, (Reason.NO_AUTHORISATION,), None, None, connected=True)
        assert said == "Idle: looking at nobody, no authorisation is in force."

    def test_a_wrong_setting_is_told_to_the_service_manager_in_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "x.toml").write_text("[device]\nsite = 3\n")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(tmp_path / "notify"))
            manager.settimeout(30)
            command = [sys.executable, "-m", "edge", "run", "--config", str(tmp_path / "x.toml")]
            environment = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")}
            ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
            assert ran.returncode == 78
            said = manager.recv(4096).decode()
        assert said.startswith("STATUS=Not started. The configuration ")
        assert "\n" not in said

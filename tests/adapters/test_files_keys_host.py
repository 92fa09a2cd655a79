"""Chunks, keys and the kernel's clocks."""

from __future__ import annotations

import hashlib
import socket
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.adapters.files import ChunkedFiles
from edge.adapters.host import SystemClock, SystemHost
from edge.adapters.keys import FileSigner
from edge.control_room.keyring import make_recipient_keys, make_signing_key, recipient, sealing_key
from edge.domain.errors import Misconfigured
from edge.domain.host import Heat
from edge.wire.sealed import public_of


def digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def test_chunks_are_kept_whole_and_found_again_after_a_restart(tmp_path: Path) -> None:
    files = ChunkedFiles(tmp_path / "b")
    assert files.chunk(digest(b"x"), 0) is None
    assert files.keep(digest(b"x"), 0, b"one")
    assert files.keep(digest(b"x"), 0, b"another")
    again = ChunkedFiles(tmp_path / "b")
    assert (again.held(), again.chunk(digest(b"x"), 0)) == ([digest(b"x")], b"another")
    assert [path.name for path in (tmp_path / "b" / digest(b"x")).iterdir()] == ["0"]
    (tmp_path / "b" / "stray").write_bytes(b"")
    for name in again.held():
        again.drop(name)
    again.drop(digest(b"y"))
    assert again.held() == []


def test_a_disk_that_will_not_is_an_answer_and_no_error(tmp_path: Path) -> None:
    files = ChunkedFiles(tmp_path / "b")
    (tmp_path / "b").rmdir()
    assert not files.keep(digest(b"x"), 0, b"one")
    assert files.held() == []
    (tmp_path / "b").write_bytes(b"in the way")
    assert not files.keep(digest(b"x"), 0, b"one")
    files.drop(digest(b"x"))


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    public = make_signing_key(tmp_path / "keys" / "k.pem")
    assert FileSigner(tmp_path / "keys" / "k.pem").public == public
    assert (tmp_path / "keys" / "k.pem").stat().st_mode & 0o077 == 0
    with pytest.raises(Misconfigured, match="is there already"):
        make_signing_key(tmp_path / "keys" / "k.pem")


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    make_signing_key(tmp_path / "k.pem")
    (tmp_path / "k.pem").chmod(0o640)
    with pytest.raises(Misconfigured, match="chmod 600"):
        FileSigner(tmp_path / "k.pem")


def _pem(base64: str) -> bytes:
    return f"-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n".encode()


_RARE_CURVE = _pem(
    "MG8CAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQMEVTBTAgEBBBhr7+vmfLmYxArMrNH9\n"
    "cLuUwRZZ3s8jeIKhNAMyAAQulvVplOgDcc+34bZoFgYG2EDlopkER07uKBdm1zN7\n"
    "QRy/9/Dtdejo9rSDmnHD1Yc="
)
"""A sound key on a curve (prime192v3) that the library has no use for."""


@pytest.mark.parametrize("content", [None, b"", _pem("AAAA"), _RARE_CURVE])
def test_what_is_no_key_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "k.pem"
    if content is not None:
        path.touch(0o600)
        path.write_bytes(content)
    with pytest.raises(Misconfigured, match="k.pem"):
        FileSigner(path)


def test_a_recipient_has_two_keys(tmp_path: Path) -> None:
    made = make_recipient_keys(tmp_path / "r.pem")
    assert recipient(tmp_path / "r.pem") == made
    assert public_of(sealing_key(tmp_path / "r.pem")) == made.seal
    with pytest.raises(Misconfigured, match=r"not an Ed25519 key"):
        FileSigner(tmp_path / "r.pem.seal")


def test_the_clocks_run_together() -> None:
    clock = SystemClock()
    first, second = clock.now(), clock.now()
    assert timedelta(0) <= second.since(first) < timedelta(seconds=5)
    assert abs((second.wall - first.wall) - second.since(first)) < timedelta(seconds=1)
    assert clock.synchronised() in (True, False)


def test_the_service_manager_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        SystemHost().notify("READY=1")
        assert manager.recv(64) == b"READY=1"
    monkeypatch.delenv("NOTIFY_SOCKET")
    SystemHost().notify("READY=1")


def test_heat_is_the_processors_and_the_firmwares_word(tmp_path: Path) -> None:
    host = SystemHost(tmp_path)
    assert host.heat() == Heat()
    zones = {"thermal_zone0": ("iwlwifi_1", "91000"), "thermal_zone1": ("cpu-thermal", "61234")}
    for name, (kind, millidegrees) in zones.items():
        zone = tmp_path / "class" / "thermal" / name
        zone.mkdir(parents=True)
        (zone / "type").write_text(kind + "\n")
        (zone / "temp").write_text(millidegrees + "\n")
    firmware = tmp_path / "devices" / "platform" / "soc" / "soc:firmware"
    firmware.mkdir(parents=True)
    (firmware / "get_throttled").write_text("50000\n")
    assert host.heat() == Heat(61.234)
    (firmware / "get_throttled").write_text("50005\n")
    assert host.heat() == Heat(61.234, throttled=True)


@given(st.binary(max_size=80), st.binary(max_size=80))
@settings(deadline=None)
def test_whatever_the_kernel_shows_heat_is_a_possible_temperature_or_none(temperature: bytes, flags: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        zone = Path(folder) / "class" / "thermal" / "thermal_zone0"
        firmware = Path(folder) / "devices" / "platform" / "soc" / "soc:firmware"
        zone.mkdir(parents=True)
        firmware.mkdir(parents=True)
        (zone / "temp").write_bytes(temperature)
        (firmware / "get_throttled").write_bytes(flags)
        celsius = SystemHost(Path(folder)).heat().celsius
        assert celsius is None or -60 < celsius < 150


@pytest.mark.parametrize(
    ("answer", "status", "error", "synchronised"),
    [
        (0, 0x2001, 900_000, True),
        (1, 0x2001, 2_000_000, True),
        (0, 0x2001, 2_000_001, False),
        (0, 0x0041, 0, False),
        (5, 0x0001, 0, False),
        (-1, 0x0001, 0, False),
    ],
)
def test_a_clock_is_synchronised_while_a_time_daemon_disciplines_it_and_did_so_of_late(
    monkeypatch: pytest.MonkeyPatch, answer: int, status: int, error: int, synchronised: bool
) -> None:
    """adjtimex(2): what the kernel answers, its status bits (0x40 is STA_UNSYNC), and its error in microseconds."""

    class Kernel:
        def adjtimex(self, state: Any) -> int:
            state._obj.status, state._obj.maxerror = status, error
            return answer

    monkeypatch.setattr(sys.modules[SystemClock.__module__], "_libc", Kernel())
    assert SystemClock().synchronised() is synchronised


def test_a_key_whose_path_no_system_can_have_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read: embedded null byte"):
        FileSigner(tmp_path / "key\0.pem")

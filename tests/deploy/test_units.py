"""The service's files: valid, closed, and what is left open is explained."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2] / "deploy" / "systemd"
LIMIT = 15
"""Tenths of systemd's exposure level, with and without a camera."""
NEEDS_254 = {"ladder"}
BROKER = "[Service]\nIPAddressAllow=192.0.2.10/32\nIPAddressAllow=127.0.0.53/32\n"
CAMERAS = ("camera-csi", "camera-v4l2")
ANALYSE = shutil.which("systemd-analyze")

pytestmark = pytest.mark.skipif(
    ANALYSE is None, reason="NOT CHECKED: systemd-analyze is not here, so nobody has looked at the unit's files"
)


def drop_ins() -> list[str]:
    return sorted(path.stem for path in (HERE / "drop-ins").glob("*.conf"))


def installed(folder: Path, *chosen: str, broker: bool = False) -> Path:
    """The unit with these drop-ins, and a program that is there."""
    beside = folder / "lamppost@.service.d"
    beside.mkdir()
    unit, count = re.subn(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", (HERE / "lamppost@.service").read_text())
    assert count == 1
    (folder / "lamppost@.service").write_text(unit)
    shutil.copy(HERE / "lamppost.target", folder)
    for name in chosen:
        shutil.copy(HERE / "drop-ins" / f"{name}.conf", beside)
    if broker:
        (beside / "broker.conf").write_text(BROKER)
    return folder / "lamppost@.service"


def analyse(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    assert ANALYSE is not None
    return subprocess.run([ANALYSE, *map(str, arguments)], capture_output=True, text=True, check=False)


def version() -> int:
    return int(analyse("--version").stdout.split()[1])


def open_points(unit: Path) -> dict[str, str]:
    said = json.loads(analyse("security", "--offline=true", "--json=short", unit).stdout)
    return {one["name"]: one["exposure"] for one in said if float(one["exposure"] or 0)}


def explained() -> dict[str, tuple[str, str]]:
    """The README's table: exposure, and in what."""
    rows = re.findall(r"(?m)^\| `(.+?)` \| (0\.\d) \| ([a-z, ]+) \| .{10,} \|$", (HERE / "README.md").read_text())
    return {name.replace(r"\|", "|"): (exposure, where) for name, exposure, where in rows}


@pytest.mark.parametrize("chosen", [(), *((name,) for name in drop_ins()), (*CAMERAS, "lamp-led", "metrics")])
def test_systemd_finds_nothing_wrong_with_the_unit_and_its_drop_ins(tmp_path: Path, chosen: tuple[str, ...]) -> None:
    if NEEDS_254 & set(chosen) and version() < 254:
        pytest.skip(f"NOT CHECKED: {chosen} needs systemd 254, this is {version()}")
    unit = installed(tmp_path, *chosen, broker=True)
    ran = analyse("verify", "--recursive-errors=yes", unit, tmp_path / "lamppost.target")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_an_unknown_setting_would_be_noticed(tmp_path: Path) -> None:
    unit = installed(tmp_path)
    unit.write_text(unit.read_text() + "\n[Service]\nProtectSysten=strict\n")
    assert analyse("verify", "--recursive-errors=yes", unit).returncode != 0


@pytest.mark.parametrize("camera", [None, *CAMERAS])
def test_with_a_brokers_address_it_is_exposed_no_more_than_the_limit(tmp_path: Path, camera: str | None) -> None:
    unit = installed(tmp_path, *([camera] if camera else []), broker=True)
    ran = analyse("security", "--offline=true", f"--threshold={LIMIT}", unit)
    assert ran.returncode == 0, ran.stdout[-200:]


def test_every_point_that_is_left_open_is_explained_and_nothing_else_is(tmp_path: Path) -> None:
    for name in ("bare", "camera", "lamp"):
        (tmp_path / name).mkdir()
    bare = open_points(installed(tmp_path / "bare"))
    camera = open_points(installed(tmp_path / "camera", "camera-csi", broker=True))
    lamp = open_points(installed(tmp_path / "lamp", "lamp-led"))
    table = explained()
    assert len(table) > 8
    assert set(bare | camera | lamp) <= set(table)
    if version() != 252:
        pytest.skip(f"HALF CHECKED: the table is of systemd 252, this is {version()}")
    assert {name for name, (_, where) in table.items() if where == "all"} == set(bare)
    assert {name: exposure for name, (exposure, _) in table.items()} == bare | camera | lamp


def test_what_must_never_be_loosened_stands_in_the_unit() -> None:
    """Limits that the exposure level does not count, or that a drop-in could hide."""
    lines = (HERE / "lamppost@.service").read_text().splitlines()
    for line in (
        "Type=notify",
        "WatchdogSec=20",
        "WatchdogSignal=SIGKILL",
        "RestartPreventExitStatus=78",
        "LimitCORE=0",
        "MemorySwapMax=0",
        "MemoryMax=512M",
        "LimitMEMLOCK=infinity",
        "StateDirectoryMode=0700",
        "SocketBindDeny=any",
        "NoExecPaths=/",
        "NoExecPaths=/var/lib/lamppost/%i /tmp /var/tmp",
        "ProtectSystem=strict",
        "DynamicUser=yes",
        "IPAddressDeny=any",
        "After=time-sync.target",
    ):
        assert line in lines
    for name in drop_ins():
        text = (HERE / "drop-ins" / f"{name}.conf").read_text()
        assert not re.search(
            r"(?m)^(IPAddressDeny|DevicePolicy|PrivateDevices|ProtectSystem|SystemCallFilter|User|Limit\w+)=", text
        )

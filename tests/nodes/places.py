"""The two machines: what they are given, and what the playbook is told of them."""

from __future__ import annotations

from pathlib import Path

from deploy.update import deb
from edge.control_room.certificates import BenchAuthority
from tests.nodes.machine import REPOSITORY
from tests.updating.release import Release

BROKER, NODE = "broker", "node"
STREET = "198.51.100.0/24"
"""The devices' network; the broker has an address in it."""
OFFICE = "192.0.2.0/24"
INSTANCE = "cam0"
TIME = ["time-1.example", "time-2.example", "time-3.example"]
MIRROR = "https://updates.example/"
CONFIG = "[cm5]\ndtoverlay=dwc2\n"
CMDLINE = "console=tty1 root=PARTUUID=0-02 rootfstype=ext4 panic=100 fsck.repair=yes rootwait\n"

SETTINGS = """\
[zone]
outline = [[0.1, 0.3], [0.9, 0.3], [1.0, 1.0], [0.0, 1.0]]
"""


def package() -> Path | None:
    """The newest package for this kind of machine that make deb has left, where there is one."""
    found = sorted(
        (REPOSITORY / "out/packages").glob("lamppost_*+deb13_amd64.deb"), key=lambda one: one.stat().st_mtime
    )
    return found[-1] if found else None


def documents(folder: Path) -> None:
    """What the broker and the node are given: from two authorities, as a force has them."""
    devices, people = BenchAuthority(folder / "devices"), BenchAuthority(folder / "people")
    certificate, key = devices.issue("broker", server=True)
    devices.issue("camden/camden-1")
    people.issue("control-room")
    broker = folder / "broker"
    broker.mkdir()
    (broker / "broker.pem").write_bytes(certificate.read_bytes())
    (broker / "broker.key").write_bytes(key.read_bytes())
    (broker / "devices-ca.pem").write_bytes(devices.certificate.read_bytes())
    (broker / "people-ca.pem").write_bytes(people.certificate.read_bytes())
    (folder / "cam0.toml").write_text(SETTINGS)


def raspberry(root: Path) -> None:
    """The boot partition's files, as Raspberry Pi OS has them."""
    firmware = root / "boot/firmware"
    firmware.mkdir(parents=True)
    (firmware / "config.txt").write_text(CONFIG)
    (firmware / "cmdline.txt").write_text(CMDLINE)


def updater(folder: Path) -> Path:
    """The package of updates, and the release people whose first root it carries."""
    release = Release.founded(folder / "release")
    root = folder / "root.json"
    root.write_bytes(release.first_root)
    return deb.build(folder, root, "0.1.0", epoch=0)


def inventory(folder: Path, package: Path | None, pids: dict[str, int]) -> dict[str, dict[str, dict[str, object]]]:
    """What the playbook is told."""
    broker: dict[str, object] = {
        "ansible_host": str(pids[BROKER]), "machine_time_servers": TIME, "machine_ssh_from": [OFFICE],
        "machine_ssh_users": ["installer"], "broker_documents": str(folder / "broker"),
        "broker_devices_from": [STREET], "broker_people_from": [OFFICE],
    }  # fmt: skip
    node: dict[str, object] = {
        "ansible_host": str(pids[NODE]), "machine_time_servers": TIME, "machine_log_storage": "volatile",
        "node_package": str(package or ""), "node_broker_addresses": ["198.51.100.1", "2001:db8::1"],
        "node_instances": [{"name": INSTANCE, "settings": str(folder / "cam0.toml"), "drop_ins": ["camera-csi.conf"]}],
        "node_read_only_root": True, "node_state_what": "tmpfs", "node_state_type": "tmpfs",
    }  # fmt: skip
    return {"broker": {BROKER: broker}, "node": {NODE: node}}

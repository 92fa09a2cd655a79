"""The virtual machine: an image of a root file system, a kernel, a TPM, and what comes through its serial lines."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from deploy.models.__main__ import cache
from deploy.package import wheels
from deploy.package.recipe import SUITES
from tests.boot.root import CHECKOUT, SETUP, TESTED, build, install

KERNEL: Final = "linux-image-amd64,initramfs-tools,zstd,libbpf1"
TRIXIE: Final = next(one for one in SUITES if one.name == "trixie")
TOOLS: Final = "beside.txt"
"""Lock of what runs tests there."""
PATIENCE: Final = 1800.0
"""Seconds. Emulated, on a machine that is busy with other things, a boot takes minutes."""
_SERVICE: Final = f"""\
[Unit]
After=systemd-tmpfiles-setup.service dbus.socket
[Service]
Type=oneshot
TimeoutStartSec=infinity
ExecStart=/usr/bin/python3 /{TESTED}/checks.py
"""
_TARGET: Final = "[Unit]\nRequires=basic.target\nAfter=basic.target\nWants=lamppost-checks.service\nAllowIsolate=yes\n"
_WITHOUT: Final = ("systemd-networkd", "systemd-resolved", "systemd-timesyncd", "serial-getty@ttyS0")
"""Nothing here is about them, and an emulated machine is slow."""


def provide() -> None:
    """Install what is missing. Raises CalledProcessError where it cannot be had."""
    wanted = {"qemu-system-x86_64": "qemu-system-x86", "swtpm": "swtpm", "mke2fs": "e2fsprogs"}
    missing = [package for program, package in wanted.items() if shutil.which(program) is None]
    if missing:
        print(f"setup: installing {' '.join(missing)} with apt-get", flush=True)
        subprocess.run(["apt-get", "update", "-q"], check=True, stdout=subprocess.DEVNULL)
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL, env={"DEBIAN_FRONTEND": "noninteractive"})


def image(folder: Path) -> Path:
    """A disk with a fresh Debian, the unit, and the checks. Its kernel lies beside it."""
    root = folder / "root"
    root.mkdir()
    made = subprocess.run([SETUP, "trixie", "amd64", KERNEL], stdout=subprocess.PIPE, text=True, check=True)
    archive = made.stdout.strip().splitlines()[-1]
    subprocess.run(["tar", "-xf", archive, "--exclude", "./dev/*", "-C", root], check=True)
    for name in ("vmlinuz", "initrd.img"):
        shutil.copy(next((root / "boot").glob(f"{name}-*")), folder / name)
    install(root, build("trixie", folder / "package"))
    units = root / "usr/lib/systemd/system"
    (units / "lamppost-checks.service").write_text(_SERVICE)
    (units / "lamppost-checks.target").write_text(_TARGET)
    shutil.copytree(Path(__file__).parent / "inside", root / TESTED, dirs_exist_ok=True)
    for wheel in wheels.fetch(cache(None), TOOLS, "amd64", TRIXIE):
        wheels.unpack(wheel, root / TESTED / "tools")
    for name in ("tests/contracts/camera.py", "tests/adapters/camera/test_device.py"):
        (root / TESTED / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, root / TESTED / name)
    (root / "etc/modules-load.d/vivid.conf").write_text("vivid\n")
    (root / "etc/modprobe.d/vivid.conf").write_text(
        "options vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0\n"
    )
    disk = folder / "disk"
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", root, disk, "2400M"], check=True)
    shutil.rmtree(root)
    return disk


def heard(folder: Path, disk: Path) -> Iterator[dict[str, Any]]:
    """Boot it, and yield what its checks say, until they are done."""
    results, tpm = folder / "results", folder / "tpm"
    results.touch()
    tpm.mkdir()
    # Startup is the firmware's business, and there is none that knows a TPM.
    simulated = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={tpm}", "--flags", "startup-clear", "--terminate"]
    swtpm = subprocess.Popen([*simulated, "--ctrl", f"type=unixio,path={tpm}/socket"])
    while not (tpm / "socket").exists():
        time.sleep(0.1)
    said = "root=/dev/vda rw console=ttyS0 quiet mitigations=off systemd.unit=lamppost-checks.target"
    said += " systemd.default_timeout_start_sec=900 systemd.default_device_timeout_sec=900 rd.timeout=900"
    said += "".join(f" systemd.mask={unit}.service" for unit in _WITHOUT)
    command = ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "Westmere"]
    command += ["-m", "2048", "-smp", "2", "-display", "none", "-net", "none", "-no-reboot", "-append", said]
    command += ["-kernel", f"{folder}/vmlinuz", "-initrd", f"{folder}/initrd.img"]
    command += ["-drive", f"file={disk},if=virtio,format=raw,cache=unsafe"]
    command += ["-serial", f"file:{folder}/console", "-serial", f"file:{results}"]
    command += ["-chardev", f"socket,id=tpm,path={tpm}/socket", "-tpmdev", "emulator,id=tpm0,chardev=tpm"]
    qemu = subprocess.Popen([*command, "-device", "tpm-crb,tpmdev=tpm0"], stdin=subprocess.DEVNULL)
    try:
        yield from _lines(results, qemu)
    finally:
        for process in (qemu, swtpm):
            process.kill()
            process.wait()


def _lines(results: Path, qemu: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    deadline = time.monotonic() + PATIENCE
    with results.open() as file:
        while True:
            line = file.readline()
            if line.endswith("\n"):
                one: dict[str, Any] = json.loads(line)
                yield one
                if one["check"] == "done":
                    return
                continue
            file.seek(file.tell() - len(line))
            assert qemu.poll() is None, "the machine has switched itself off"
            assert time.monotonic() < deadline, f"not done within {PATIENCE} s"
            time.sleep(0.2)

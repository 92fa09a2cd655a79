"""Run once the machine is up: has the unit do what its limits forbid, and reports on the second serial line."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

UNIT = "lamppost@cam0.service"
DROP_INS = Path("/run/systemd/system") / f"{UNIT}.d"
LINE = Path("/dev/ttyS1")
TESTED = "/usr/lib/lamppost-boot-test"
PYTHON = "/usr/lib/lamppost/venv/bin/python"
CAMERA = "/usr/lib/lamppost/drop-ins/camera-v4l2.conf"
VIVID = "/sys/bus/platform/drivers/vivid/vivid.0"


def say(name: str, **found: object) -> None:
    """One line of JSON."""
    with LINE.open("w") as line:
        line.write(json.dumps({"check": name, "at": round(time.clock_gettime(time.CLOCK_BOOTTIME), 1), **found}) + "\n")


def ran(*command: str, given: bytes = b"") -> str:
    """What a command says."""
    done = subprocess.run(command, input=given, capture_output=True, check=False)
    return done.stdout.decode().strip() or done.stderr.decode().strip()


def tried(name: str, deeds: str, *drop_ins: str) -> None:
    """The unit, as it is shipped, with a program that does these deeds and perhaps with something loosened."""
    shutil.rmtree(DROP_INS, ignore_errors=True)
    DROP_INS.mkdir(parents=True)
    begun(name, f"/usr/bin/python3 -I -S {TESTED}/limits.py {deeds}", *drop_ins)


def begun(name: str, program: str, *drop_ins: str) -> None:
    """The unit with another program, until that has ended."""
    always = f"Type=oneshot\nRestart=no\nWatchdogSec=0\nTimeoutStartSec=900\nExecStart=\nExecStart={program}"
    (DROP_INS / "test.conf").write_text("\n".join(["[Service]", always, *drop_ins, ""]))
    ran("systemctl", "daemon-reload")
    ran("systemctl", "start", UNIT)
    result = ran("systemctl", "show", "--value", "-p", "Result", UNIT)
    said = Path("/var/lib/lamppost/cam0/said")
    say(name, said=json.loads(said.read_text()) if said.exists() else {}, result=result)
    said.unlink(missing_ok=True)
    ran("systemctl", "reset-failed", UNIT)


def seal() -> None:
    """Keys that only this machine's TPM can open."""
    store = Path("/etc/credstore.encrypted")
    store.mkdir(mode=0o700, exist_ok=True)
    for name in ("device-key", "tls-key"):
        command = ("systemd-creds", "encrypt", "--with-key=tpm2", f"--name={name}", "-")
        error = ran(*command, str(store / f"lamppost.cam0.{name}"), given=b"a key")
        if error:
            say("sealing", said=error)


def camera() -> None:
    """The contract of all cameras on the kernel's own; then the unit without the drop-in for it, and with it."""
    script = (
        f"import sys; sys.path[:0] = ['{TESTED}/tools']; sys.path.append('{TESTED}')\n"
        "import pytest; raise SystemExit(pytest.main(sys.argv[1:]))"
    )
    named = {"LAMPPOST_CAMERA": "/dev/video0", "LAMPPOST_CAMERA_ENCODING": "YUYV", "LAMPPOST_CAMERA_DRIVER": VIVID}
    done = subprocess.run(
        [PYTHON, "-I", "-c", script, "-q", "--import-mode=importlib", "--noconftest", f"--rootdir={TESTED}", "-rs",
         "-p", "no:cacheprovider", "-o", "markers=device", f"{TESTED}/tests/adapters/camera/test_device.py"],
        capture_output=True, text=True, check=False, env=os.environ | named,
    )  # fmt: skip
    say("contract", said=done.stdout.strip().splitlines()[-1:], result=done.returncode, all=done.stdout[-3000:])
    program = f"{PYTHON} -I {TESTED}/frames.py"
    shutil.rmtree(DROP_INS, ignore_errors=True)
    DROP_INS.mkdir(parents=True)
    begun("no camera", program)
    (DROP_INS / "camera-v4l2.conf").symlink_to(CAMERA)
    begun("a camera", program)


def main() -> None:
    """All of it, one after the other."""
    libbpf = any(Path("/usr/lib").glob("*/libbpf.so*"))
    say("up", said=ran("uname", "-r"), groups=ran("stat", "-fc", "%T", "/sys/fs/cgroup"), libbpf=libbpf)
    seal()
    with socket.create_server(("127.0.0.1", 8883)):
        tried("as it is", "key swap lock listen reach=8883 tasks")
        loosened = ("IPAddressAllow=127.0.0.0/8", "SocketBindAllow=ipv4:tcp:9464", "LimitMEMLOCK=64K", "TasksMax=96")
        tried("otherwise", "lock listen reach=8883 tasks", *loosened)
    tried("too much memory", "memory")
    tried("as much memory, allowed", "memory", "MemoryMax=1280M")
    root = ("DynamicUser=no", "User=root", "PrivateUsers=no", "PrivateDevices=no")
    tried("as root", "open=/dev/vda", *root)
    tried("as root, allowed", "open=/dev/vda", *root, "DeviceAllow=/dev/vda r")
    camera()
    say("done")
    ran("systemctl", "poweroff")


if __name__ == "__main__":
    main()

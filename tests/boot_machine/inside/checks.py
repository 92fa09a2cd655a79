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
SAID = Path("/var/lib/private/lamppost/cam0/said")
LINE = Path("/dev/ttyS1")


def say(name: str, **found: object) -> None:
    """One line of JSON."""
    with LINE.open("w") as line:
        line.write(json.dumps({"check": name, "at": round(time.clock_gettime(time.CLOCK_BOOTTIME), 1), **found}) + "\n")


def ran(*command: str, given: bytes = b"") -> str:
    """What a command says."""
    done = subprocess.run(command, input=given, capture_output=True, check=False)
    return done.stdout.decode().strip() or done.stderr.decode().strip()


def tried(name: str, deed: str, *drop_ins: str) -> None:
    """The unit, as it is shipped, with another program and perhaps with something loosened."""
    shutil.rmtree(DROP_INS, ignore_errors=True)
    DROP_INS.mkdir(parents=True)
    program = f"/usr/bin/python3 /usr/lib/lamppost-boot-test/limits.py {deed}"
    always = f"Type=oneshot\nRestart=no\nWatchdogSec=0\nTimeoutStartSec=600\nExecStart=\nExecStart={program}"
    (DROP_INS / "test.conf").write_text("\n".join(["[Service]", always, *drop_ins, ""]))
    SAID.unlink(missing_ok=True)
    ran("systemctl", "daemon-reload")
    ran("systemctl", "start", UNIT)
    result = ran("systemctl", "show", "--value", "-p", "Result", UNIT)
    ran("systemctl", "reset-failed", UNIT)
    say(name, said=SAID.read_text() if SAID.exists() else "", result=result)


def sealed() -> None:
    """A key that only this machine's TPM can open, and the unit gets it."""
    store = Path("/etc/credstore.encrypted")
    store.mkdir(mode=0o700, exist_ok=True)
    for name in ("device-key", "tls-key"):
        command = ("systemd-creds", "encrypt", "--with-key=tpm2", f"--name={name}", "-")
        error = ran(*command, str(store / f"lamppost.cam0.{name}"), given=b"a key")
        if error:
            say("seals", said=error)
    tried("a key that is sealed to the TPM", "key")


def main() -> None:
    """All of it, one after the other."""
    say("up", said=ran("uname", "-r"), groups=ran("stat", "-fc", "%T", "/sys/fs/cgroup"), systemd=os.uname().nodename)
    sealed()
    root = ("DynamicUser=no", "User=root", "PrivateUsers=no", "PrivateDevices=no")
    tried("a device, as root", "open /dev/vda", *root)
    tried("a device that is allowed, as root", "open /dev/vda", *root, "DeviceAllow=/dev/vda r")
    with socket.create_server(("127.0.0.1", 8883)):
        tried("an address", "reach 8883")
        tried("an address that is allowed", "reach 8883", "IPAddressAllow=127.0.0.0/8")
    tried("a listening port", "listen", "IPAddressAllow=127.0.0.0/8")
    tried("a listening port that is allowed", "listen", "SocketBindAllow=ipv4:tcp:9464")
    tried("locked memory", "lock")
    tried("locked memory, of which little is allowed", "lock", "LimitMEMLOCK=64K")
    tried("swap", "swap")
    tried("many threads", "tasks")
    tried("more memory than is allowed", "memory")
    tried("as much, where it is allowed", "memory", "MemoryMax=1280M")
    say("done")
    ran("systemctl", "poweroff")


if __name__ == "__main__":
    main()

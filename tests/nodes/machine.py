"""A machine with a fresh Debian, booted by systemd in a container without a network."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
NSPAWN = ("systemd-nspawn", "--quiet", "--register=no", "--keep-unit")
LEGACY = "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"
"""Systemd of Debian 13 boots on a host with the older control groups only where it is told to."""
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Machine:
    """One that runs."""

    name: str
    root: Path
    pid: int
    """Of its systemd, seen from here."""

    def says(self, command: str) -> str:
        """What a shell command prints in it. Raises CalledProcessError where it fails."""
        ran = subprocess.run(
            ["nsenter", "--all", "--target", str(self.pid), "--", "/bin/sh", "-ec", command],
            capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
        if ran.returncode:
            raise AssertionError(f"{self.name}: {command}: {ran.returncode}\n{ran.stdout}{ran.stderr}")
        return ran.stdout.strip()

    def refuses(self, command: str) -> bool:
        """Whether a shell command fails in it."""
        try:
            self.says(command)
        except AssertionError:
            return True
        return False


def unpacked(suite: str, folder: Path, packages: Sequence[str]) -> Path:
    """The root of a fresh machine, with packages fetched but not installed: it has no network when it runs."""
    made = subprocess.run(
        [REPOSITORY / "deploy/setup/root.sh", suite, "amd64"], stdout=subprocess.PIPE, text=True, check=True
    )
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-xf", made.stdout.strip(), "-C", folder, "--exclude", "./dev/*"], check=True)
    fetch = "apt-get update -q && apt-get install -y -q --no-install-recommends --download-only " + " ".join(packages)
    subprocess.run(
        [*NSPAWN, "--pipe", "--resolv-conf=replace-host", "-D", folder, "sh", "-ec", fetch],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True,
    )  # fmt: skip
    return folder


@contextmanager
def booted(name: str, root: Path) -> Iterator[Machine]:
    """Boot it, and power it off at the end."""
    process = subprocess.Popen(
        [*NSPAWN, "-D", root, "-b", "--console=pipe", "--private-network", "-M", name, "-E", LEGACY],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield _up(name, root, process)
    finally:
        # Systemd takes this as a request to power off.
        for child in _children(process.pid):
            subprocess.run(["kill", "-s", "RTMIN+4", str(child)], check=False)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def copied(root: Path, folder: Path) -> Path:
    """Another machine from the same root."""
    subprocess.run(["cp", "-a", root, folder], check=True)
    return folder


def _up(name: str, root: Path, process: subprocess.Popen[bytes]) -> Machine:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        for child in _children(process.pid):
            machine = Machine(name, root, child)
            if not machine.refuses(
                "systemctl is-system-running --wait >/dev/null || systemctl is-active multi-user.target"
            ):
                return machine
        time.sleep(0.2)
    raise AssertionError(f"{name} did not boot: exit status {process.poll()}")


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True, check=False)
    return [int(one) for one in listed.stdout.split()]

"""One machine: a root file system that systemd-nspawn boots, and what can be done to it from outside."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.boot.transcript import Transcript

PATIENCE: Final = 90.0
_STATES: Final = {"running", "degraded"}


class Machine:
    """Its processes run on this machine's kernel and network; everything else is its own."""

    def __init__(self, folder: Path, transcript: Transcript) -> None:
        self.folder = folder
        self.transcript = transcript
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._first = 0

    def boot(self) -> None:
        """Switch it on, and wait until it is up."""
        command = ["systemd-nspawn", "-q", "-D", str(self.folder), "-b", "--console=pipe", "--register=no"]
        command += ["--keep-unit", "-E", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1", "--hostname=lamppost"]
        # Without it systemd-nspawn forbids everybody inside to lock memory; a real machine does not.
        command.append("--capability=CAP_IPC_LOCK")
        # Nor would anybody inside learn whether the clock is disciplined. Setting it stays forbidden.
        command.append("--system-call-filter=adjtimex clock_adjtime")
        self.transcript.begin()
        self._nspawn = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.until(self._is_up, "the machine comes up")

    def power_off(self) -> None:
        """Switch it off in good order, or at once where that takes too long."""
        if self._nspawn is None:
            return
        if self._first:
            self.run("systemctl", "poweroff", check=False)
        try:
            self._nspawn.wait(20)
        except subprocess.TimeoutExpired:
            self._nspawn.kill()
            self._nspawn.wait(10)
        self._nspawn, self._first = None, 0

    def run(self, *command: str, check: bool = True, given: bytes = b"", patience: float = PATIENCE) -> str:
        """What a command inside says, as root."""
        inside = ["nsenter", "-t", str(self._first), "-m", "-u", "-i", "-n", "-p", "-r", "-w", "--", *command]
        ran = subprocess.run(inside, input=given, capture_output=True, check=False, timeout=patience)
        assert ran.returncode == 0 or not check, f"{command}: {ran.stderr.decode()}{ran.stdout.decode()}"
        return ran.stdout.decode().strip()

    def shows(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.run("systemctl", "show", "--value", "-p", name, unit)

    def until(self, condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> float:
        """Wait for it. Returns how many seconds it took."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() < began + patience, f"{what}: not within {patience} s"
            time.sleep(0.05)
        return time.monotonic() - began

    def _is_up(self) -> bool:
        assert self._nspawn is not None
        assert self._nspawn.poll() is None, "systemd-nspawn has ended"
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()
        self._first = int(children[0]) if children else 0
        return bool(children) and self.run("systemctl", "is-system-running", check=False) in _STATES

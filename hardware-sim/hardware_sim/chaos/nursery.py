"""One process after another, each a life of the device, without the second that imports would take each time.

A small process imports everything once and then forks: what a child does from there on is all that a daemon does from
its start. Nothing runs in the parent but this, so that no thread and no connection is inherited.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from typing import Final

import msgspec

from edge.domain.errors import LamppostError, Misconfigured
from edge.wire.learn import learn

PATIENCE: Final = 30.0
_PR_SET_PDEATHSIG: Final = 1


class Nursery:
    """Starts lives, and says how they ended. One at a time."""

    def __init__(self) -> None:
        """Start the parent. Raises Misconfigured where it does not come up."""
        command = [sys.executable, "-m", "hardware_sim.chaos.nursery"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._said = b""
        self.pid: int | None = None
        self.ended: int | None = None
        """How the last life ended: its exit status, or the signal as a negative number."""
        if self._line(PATIENCE) != b"ready":
            raise Misconfigured("The nursery did not come up.", "See what it said.")

    def bear(self, life: bytes) -> int:
        """Start a life, as JSON. Returns its process id."""
        assert self._process.stdin is not None
        assert self.pid is None
        self._process.stdin.write(life + b"\n")
        self._process.stdin.flush()
        self.pid, self.ended = int(self._line(PATIENCE) or b"0"), None
        return self.pid

    def alive(self) -> bool:
        """Whether a life is there and has not ended."""
        if self.pid is not None:
            said = self._line(0)
            if said is not None:
                self.pid, self.ended = None, int(said)
        return self.pid is not None

    def signal(self, number: signal.Signals) -> None:
        """Send the life a signal, where it still lives."""
        if self.alive() and self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, seconds: float) -> int:
        """Until the life has ended. Raises Misconfigured where it does not in so many seconds."""
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > deadline:
                raise Misconfigured(f"The device did not end within {seconds:.0f} s.", "See its log.")
            time.sleep(0.002)
        assert self.ended is not None
        return self.ended

    def close(self) -> None:
        """End whatever lives."""
        self.signal(signal.SIGKILL)
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _line(self, seconds: float) -> bytes | None:
        assert self._process.stdout is not None
        while b"\n" not in self._said:
            if not select.select([self._process.stdout], [], [], seconds)[0]:
                return None
            piece = os.read(self._process.stdout.fileno(), 4096)
            if not piece:
                raise Misconfigured("The nursery has ended.", "See what it said.")
            self._said += piece
        line, _, self._said = self._said.partition(b"\n")
        return line


def main() -> None:
    """The parent: a life for each line that is read."""
    from hardware_sim.chaos.device import Life

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    learn()  # what a daemon does first, and what its children then need not do again
    _say("ready")
    for line in sys.stdin.buffer:
        life = msgspec.json.decode(line, type=Life)
        pid = os.fork()
        if not pid:
            _child(life)
        _say(str(pid))
        _say(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))


def _child(life: object) -> None:
    """Never returns."""
    from hardware_sim.chaos.device import Life, live

    assert isinstance(life, Life)
    status, log = 70, os.open(life.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        for number in (1, 2):
            os.dup2(log, number)
        os.close(0)
        live(life)
        status = 0
    except LamppostError as error:
        os.write(log, f"{error}\n".encode())
    except BaseException:  # noqa: BLE001
        os.write(log, traceback.format_exc().encode())
    finally:
        os._exit(status)


def _say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


if __name__ == "__main__":
    main()

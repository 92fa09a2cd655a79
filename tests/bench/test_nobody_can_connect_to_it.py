"""The running daemon listens on no port; its metrics endpoint is off where nobody set it up."""

from __future__ import annotations

import contextlib
import os
import re
import socket
from pathlib import Path

from hardware_sim.chaos.rig import rig

MADE = {"tcp": "0A", "tcp6": "0A", "udp": "07", "udp6": "07", "raw": "07", "raw6": "07"}
"""The state in which a socket waits for strangers (include/net/tcp_states.h)."""


def listening(pid: int) -> list[str]:
    """Of a process's own sockets, those that anybody may send something to."""
    own = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found = re.fullmatch(r"socket:\[(\d+)\]", str(descriptor.readlink()))
            own |= {found[1]} if found else set()
    assert own, "a daemon that is connected has a socket"
    waiting = []
    for kind, state in MADE.items():
        table = Path(f"/proc/{pid}/net/{kind}")
        for line in table.read_text().splitlines()[1:] if table.exists() else []:
            fields = line.split()
            if fields[9] in own and fields[3] == state:
                waiting.append(f"{kind} {fields[1]}")
    return waiting


def _pid(log: Path, pid: int | None) -> int:
    assert pid is not None, log.read_text()
    return pid


def test_a_daemon_that_looks_listens_nowhere(tmp_path: Path) -> None:
    with rig(tmp_path / "rig", 1) as bench:
        bench.looks()
        found = listening(_pid(bench.log, bench.nursery.pid))
        bench.ends()
    assert found == []


def test_a_socket_that_listens_would_be_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        ports = {f"{found.getsockname()[1]:04X}" for found in (one, other)}
        assert {place.rpartition(":")[2] for place in listening(os.getpid())} == ports

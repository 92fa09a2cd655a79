"""Run before the daemon, in the same sandbox: what could it do, if it wanted to? Answers as JSON in the state."""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path


def tried(what: Callable[[], object]) -> str:
    """``done``, or why not."""
    try:
        what()
    except OSError as error:
        return error.strerror or type(error).__name__
    return "done"


def written(folder: str) -> str:
    """Whether a file can be made there."""
    path = Path(folder) / "lamppost-was-here"
    said = tried(lambda: path.write_text("x"))
    path.unlink(missing_ok=True) if said == "done" else None
    return said


def everywhere() -> list[str]:
    """Folders in which a file can be made, of all that this user can see."""
    found = []
    for folder, below, _ in os.walk("/", followlinks=False):
        below[:] = [name for name in below if not Path(folder, name).is_symlink()]
        if folder in ("/proc", "/sys"):
            below[:] = []
        elif os.access(folder, os.W_OK) and written(folder) == "done":
            found.append(folder)
    return sorted(found)


def listens() -> object:
    """Whether a port can be opened."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        opened.listen()
    return None


def executes(folder: str) -> object:
    """A program that it writes there."""
    program = Path(folder) / "program"
    program.write_bytes(Path("/bin/true").read_bytes())
    program.chmod(0o700)
    try:
        return subprocess.run([program], check=True)
    finally:
        program.unlink()


def syscall(number: int, *arguments: int) -> object:
    """A bare system call. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return None


def status() -> dict[str, str]:
    """Of this process, as the kernel has it."""
    rows = Path("/proc/self/status").read_text().splitlines()
    kept = ("Uid", "Groups", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp")
    return {name: value.strip() for name, _, value in (row.partition(":") for row in rows) if name in kept}


def main(others: list[str]) -> None:
    """``others``: files that are not for this instance."""
    credentials = Path(os.environ["CREDENTIALS_DIRECTORY"])
    found = {
        "status": status(),
        "core": resource.getrlimit(resource.RLIMIT_CORE),
        "writes": everywhere(),
        "reads": {path: tried(Path(path).read_bytes) for path in others},
        "credentials": {path.name: tried(path.read_bytes) for path in sorted(credentials.iterdir())},
        "changes a credential": tried(lambda: (credentials / "device-key").write_bytes(b"x")),
        "sees processes": len([path for path in Path("/proc").iterdir() if path.name.isdigit()]),
        "devices": sorted(path.name for path in Path("/dev").iterdir()),
        "becomes root": tried(lambda: os.setuid(0)),
        "mounts": tried(lambda: syscall(165, 0, 0, 0, 0, 0)),
        "sets the clock": tried(lambda: syscall(227, 0, 0)),
        "traces": tried(lambda: syscall(101, 0, 0, 0, 0)),
        "opens a raw socket": tried(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
        "opens netlink": tried(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
        "makes memory executable": tried(lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)),
        "executes from its state": tried(lambda: executes(os.environ["STATE_DIRECTORY"])),
        **{f"executes from {one}": tried(partial(executes, one)) for one in ("/tmp", "/var/tmp", "/dev/shm")},
        "makes a user namespace": tried(lambda: syscall(272, 0x10000000)),
        "listens": tried(listens),
    }
    (Path(os.environ["STATE_DIRECTORY"]) / "probe.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])

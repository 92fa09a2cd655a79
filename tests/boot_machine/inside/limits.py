"""The unit's program in these tests: it does what limits forbid, and writes down how it went."""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path


def memory() -> str:
    """Take a gigabyte, and use it."""
    held = [bytearray(os.urandom(1 << 16) * 256) for _ in range(64)]
    return f"used {sum(map(len, held))} bytes"


def tasks() -> str:
    """Begin threads until there are no more."""
    stop = threading.Event()
    begun = 1
    try:
        for _ in range(500):
            threading.Thread(target=stop.wait, daemon=True).start()
            begun += 1
    except RuntimeError:
        pass
    stop.set()
    return f"{begun} threads"


def lock() -> str:
    """Lock 32 MB."""
    libc = ctypes.CDLL(None, use_errno=True)
    size = 32 << 20
    held = mmap.mmap(-1, size)
    address = ctypes.addressof(ctypes.c_char.from_buffer(held))
    done = libc.mlock(ctypes.c_void_p(address), ctypes.c_size_t(size)) == 0
    return "locked" if done else os.strerror(ctypes.get_errno())


def opened(path: str) -> str:
    """Open a device to read."""
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError as error:
        return os.strerror(error.errno or 0)
    return "opened"


def reach(port: int) -> str:
    """Connect on loopback."""
    with socket.socket() as tried:
        tried.settimeout(20)
        try:
            tried.connect(("127.0.0.1", port))
        except OSError as error:
            return "timed out" if isinstance(error, TimeoutError) else os.strerror(error.errno or 0)
    return "reached"


def listen() -> str:
    """Open a port."""
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", 9464))
            tried.listen()
        except OSError as error:
            return os.strerror(error.errno or 0)
    return "listens"


def swap() -> str:
    """What its control group may swap."""
    group = Path("/proc/self/cgroup").read_text().strip().rpartition("::")[2]
    return (Path("/sys/fs/cgroup") / group.lstrip("/") / "memory.swap.max").read_text().strip()


def key() -> str:
    """Read its credential."""
    return Path(os.environ["CREDENTIALS_DIRECTORY"], "device-key").read_text()


def main(*wanted: str) -> None:
    """Do what is asked for, each ``name`` or ``name=argument``, and say how it went. Killed, it says nothing."""
    deeds: dict[str, Callable[[str], str]] = {
        "memory": lambda _: memory(), "tasks": lambda _: tasks(), "lock": lambda _: lock(), "swap": lambda _: swap(),
        "listen": lambda _: listen(), "key": lambda _: key(), "open": opened, "reach": lambda port: reach(int(port)),
    }  # fmt: skip
    said = {}
    for one in wanted:
        name, _, argument = one.partition("=")
        said[name] = deeds[name](argument)
    (Path(os.environ["STATE_DIRECTORY"]) / "said").write_text(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])

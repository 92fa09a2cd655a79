"""The journal's own socket, so that what a remark says arrives as fields and not as text to be parsed.

systemd-python speaks to it where it can be imported; else a datagram does, in the form that systemd documents as the
native journal protocol. Values here are one line of ASCII, so the form for binary values is not needed.
"""

from __future__ import annotations

import importlib
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Final

SOCKET: Final = Path("/run/systemd/journal/socket")


def is_journal(stream: int, named: str | None = None) -> bool:
    """Whether a file descriptor is what the service manager connected to the journal, as ``JOURNAL_STREAM`` says.

    A child of a service inherits the variable; its own standard error may lead elsewhere.
    """
    named = os.environ.get("JOURNAL_STREAM", "") if named is None else named
    try:
        found = os.fstat(stream)
    except OSError:
        return False
    return named == f"{found.st_dev}:{found.st_ino}"


def send(fields: Mapping[str, str], to: Path = SOCKET) -> bool:
    """Write one entry. False where the journal does not take it: the caller has another way."""
    library = _library()
    try:
        if library is not None and to == SOCKET:
            library.sendv(*(f"{name}={value}" for name, value in fields.items()))
            return True
        entry = "".join(f"{name}={value}\n" for name, value in fields.items()).encode("ascii")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as channel:
            channel.connect(str(to))
            channel.sendall(entry)
    except (OSError, ValueError):
        return False
    return True


def _library() -> ModuleType | None:
    try:
        return importlib.import_module("systemd._journal")
    except ImportError:
        return None

"""What SQLite's complaints mean: a disk that cannot be written now, or a journal that is not what was written."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import Final

from edge.domain.errors import DiskFull, JournalUnwritable, SealBroken, Unsafe

DISK: Final = "Check the disk: its space, whether it is read-only, and its health."
SPACE: Final = "Free space on the device's disk, then restart."
EPOCH: Final = "Keep the disk for examination; two people must open a new provisioning epoch."
_NO_ROOM: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})
_OUTSIDE: Final = frozenset({
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
})  # fmt: skip
"""Primary result codes that say nothing about the content: everything else means that it is not what was written."""


def fault(path: Path, error: Exception) -> Unsafe:
    """The error to raise for one of SQLite's or the operating system's."""
    code = getattr(error, "sqlite_errorcode", None)
    if code in _NO_ROOM or getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"The disk of {path} is full: {error}.", SPACE)
    if not isinstance(error, ValueError) and (code is None or code & 0xFF in _OUTSIDE):
        return JournalUnwritable(f"The journal {path} cannot be written: {error}.", DISK)
    return damaged(path, str(error))


def damaged(path: Path, what: str) -> SealBroken:
    """The store is not what was written."""
    return SealBroken(f"The store {path} is damaged: {what}.", EPOCH)

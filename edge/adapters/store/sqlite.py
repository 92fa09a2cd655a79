"""The file itself. See the package for what happens on a bad disk."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from edge.adapters.decay import Decayed, packed, unpacked
from edge.adapters.store import rows
from edge.adapters.store.faults import DISK, damaged, fault
from edge.adapters.store.reserve import BYTES, Reserve
from edge.domain.authority import Identifier, Key
from edge.domain.errors import DiskFull, JournalUnwritable, Misconfigured
from edge.domain.record import OutboxRow, Waiting

_FAULTS: Final = (sqlite3.Error, Decayed, UnicodeDecodeError)
"""The last where SQLite's own complaint quotes what has decayed."""


LAST: Final = "\U0010ffff"
"""Sorts behind every character that a name has."""


class SqliteTransaction:
    """One open transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.deleted = False
        """Whether something that was there is not any more."""

    def append(self, leaf: bytes) -> int:
        """Append a leaf; returns its index."""
        (number,) = self._connection.execute("SELECT coalesce(max(number) + 1, 0) FROM leaf").fetchone()
        self._connection.execute("INSERT INTO leaf VALUES (?, ?)", (number, packed(leaf)))
        return int(number)

    def put(self, name: str, value: bytes) -> None:
        """Set a named value."""
        self._connection.execute("INSERT OR REPLACE INTO value VALUES (?, ?)", (name, packed(value, name)))

    def get(self, name: str) -> bytes | None:
        """A named value, as this transaction sees it."""
        return _value(self._connection, name)

    def delete(self, name: str) -> None:
        """Forget a named value."""
        self._deleted(self._connection.execute("DELETE FROM value WHERE name = ?", (name,)).rowcount)

    def names(self, prefix: str) -> list[str]:
        """The names that begin so."""
        # Upwards from the prefix, by the primary key; what does not begin so any more is past all that do.
        found = self._connection.execute(
            "SELECT name FROM value WHERE name >= ? AND name < ? ORDER BY name", (prefix, prefix + LAST)
        )
        return [str(name) for (name,) in found]

    def enqueue(self, row: OutboxRow) -> None:
        """Add a sealed hit to the outbox."""
        self._connection.execute("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows.columns(row))

    def dequeue(self, sequence: int) -> bool:
        """Remove a hit from the outbox. False where it was not there."""
        return self._deleted(self._connection.execute("DELETE FROM outbox WHERE sequence = ?", (sequence,)).rowcount)

    def _deleted(self, count: int) -> bool:
        self.deleted = self.deleted or count > 0
        return count > 0


class SqliteStore:
    """The store. One connection; any thread may use it."""

    def __init__(self, path: Path) -> None:
        """Open or make the file.

        Raises Misconfigured where it cannot be made; where it is there, SealBroken if it is damaged, DiskFull or
        JournalUnwritable if the disk will not have it.
        """
        self._path = path
        self._lock = threading.RLock()
        self._reserve = Reserve(path)
        self._owed = True
        """Whether the write-ahead log may hold what was deleted; at the start nobody knows."""
        gone = not path.exists() or not path.stat().st_size
        if gone and self._reserve.marks:
            raise damaged(path, "there was a journal, and it is gone")
        try:
            self._connection = self._opened(examine=not gone)
            self._identity = _identity(path)
        except (*_FAULTS, OSError) as error:
            if gone:
                raise Misconfigured(f"The store {path} cannot be made: {error}.", DISK) from error
            raise fault(path, error) from error

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """Begin; commit at the end of the block, roll back on any exception."""
        with self._lock, self._faults():
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                transaction = SqliteTransaction(self._connection)
                try:
                    yield transaction
                except BaseException:
                    self._roll_back()
                    raise
                self._connection.execute("COMMIT")
                self._owed = self._owed or transaction.deleted
            except sqlite3.Error:
                self._roll_back()
                raise

    def get(self, name: str) -> bytes | None:
        """A named value as last committed."""
        with self._lock, self._faults():
            return _value(self._connection, name)

    def leaves(self, start: int, stop: int) -> list[bytes]:
        """Committed leaves by index, ``stop`` not included."""
        with self._lock, self._faults():
            found = self._connection.execute(
                "SELECT raw FROM leaf WHERE number >= ? AND number < ? ORDER BY number", (start, stop)
            )
            return [unpacked(raw) for (raw,) in found]

    def size(self) -> int:
        """How many leaves are committed."""
        with self._lock, self._faults():
            (number,) = self._connection.execute("SELECT coalesce(max(number) + 1, 0) FROM leaf").fetchone()
            return int(number)

    def waits(self) -> list[Waiting]:
        """Waiting hits without their messages, in the order of their sequence."""
        with self._lock, self._faults():
            return [rows.waiting(row) for row in self._connection.execute(f"{rows.WAITING} ORDER BY sequence")]

    def recipients(self) -> frozenset[Key]:
        """Whom waiting hits were sealed to, all together, from the index alone.

        No checksum is looked at: a key that has decayed verifies nothing.
        """
        with self._lock, self._faults():
            return frozenset(key for (row,) in self._connection.execute(rows.RECIPIENTS) for key in rows.keys(row))

    def outbox(self, most: int) -> list[OutboxRow]:
        """Waiting hits in the order of their sequence."""
        with self._lock, self._faults():
            found = self._connection.execute(f"{rows.OUTBOX} ORDER BY sequence LIMIT ?", (most,))
            return [rows.outbox_row(row) for row in found]

    def waiting(self, hit: Identifier) -> OutboxRow | None:
        """One waiting hit."""
        with self._lock, self._faults():
            row = self._connection.execute(f"{rows.OUTBOX} WHERE hit = ?", (hit,)).fetchone()
            return None if row is None else rows.outbox_row(row)

    def compact(self) -> None:
        """Empty the write-ahead log, in which deleted rows would survive, if any were deleted since the last time.

        Where somebody else reads the file just now it stays owed. Raises JournalUnwritable.
        """
        with self._lock, self._faults():
            if not self._owed:
                return
            (patience,) = self._connection.execute("PRAGMA busy_timeout").fetchone()
            self._connection.execute("PRAGMA busy_timeout=0")
            (busy, *_) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._connection.execute(f"PRAGMA busy_timeout={patience}")
            self._owed = bool(busy)

    def survey(self) -> int:
        """Bytes left on the disk. Takes the reserve back where there is room again.

        Raises JournalUnwritable where the file is not there any more: what is written now would be lost with it.
        """
        try:
            there = _identity(self._path) == self._identity
            disk = os.statvfs(self._path.parent)
            left = disk.f_bavail * disk.f_frsize
            if there and left > 8 * BYTES:
                self._reserve.hold()
        except OSError as error:
            raise fault(self._path, error) from error
        if not there:
            raise JournalUnwritable(f"The journal {self._path} is not there any more.", DISK)
        return left

    def give_way(self) -> bool:
        """Give the reserve up. False where it was given up before."""
        return self._reserve.give_up()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _opened(self, *, examine: bool) -> sqlite3.Connection:
        try:
            return self._connected(examine=examine)
        except _FAULTS as error:
            if not isinstance(fault(self._path, error), DiskFull) or not self._reserve.give_up():
                raise
        return self._connected(examine=examine)

    def _connected(self, *, examine: bool) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        # Text that has decayed is for the checksum to find, not for the decoder.
        connection.text_factory = lambda raw: raw.decode(errors="replace")
        try:
            # The file holds nothing in clear about anybody, but it is nobody else's business either.
            self._path.chmod(0o600)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")
            if examine:
                rows.examine(connection)
            connection.executescript(rows.SCHEMA)
            self._reserve.hold()
        except BaseException:
            connection.close()
            raise
        return connection

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except _FAULTS as error:
            raise fault(self._path, error) from error


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _value(connection: sqlite3.Connection, name: str) -> bytes | None:
    row: tuple[Any] | None = connection.execute("SELECT raw FROM value WHERE name = ?", (name,)).fetchone()
    return None if row is None else unpacked(row[0], name)

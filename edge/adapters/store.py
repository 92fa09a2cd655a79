"""Journal, outbox and named values in one SQLite file (WAL, synchronous=FULL, secure_delete)."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from edge.domain.authority import Identifier
from edge.domain.errors import JournalUnwritable, Misconfigured, SealBroken
from edge.domain.record import Deadline, OutboxRow

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS leaf (number INTEGER PRIMARY KEY, raw BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS value (name TEXT PRIMARY KEY, raw BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
    sequence INTEGER PRIMARY KEY, hit TEXT NOT NULL UNIQUE, message BLOB NOT NULL, digest TEXT NOT NULL,
    recipients TEXT NOT NULL, expires TEXT NOT NULL, boot TEXT NOT NULL, since_boot INTEGER NOT NULL
) STRICT;
"""
_ROW: Final = "SELECT sequence, hit, message, digest, recipients, expires, boot, since_boot FROM outbox"
_REMEDY: Final = "Check the disk: its space, whether it is read-only, and its health."


class SqliteTransaction:
    """One open transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.deleted = False
        """Whether something that was there is not any more."""

    def append(self, leaf: bytes) -> int:
        """Append a leaf; returns its index."""
        (number,) = self._connection.execute("SELECT coalesce(max(number) + 1, 0) FROM leaf").fetchone()
        self._connection.execute("INSERT INTO leaf VALUES (?, ?)", (number, leaf))
        return int(number)

    def put(self, name: str, value: bytes) -> None:
        """Set a named value."""
        self._connection.execute("INSERT OR REPLACE INTO value VALUES (?, ?)", (name, value))

    def get(self, name: str) -> bytes | None:
        """A named value, as this transaction sees it."""
        return _value(self._connection, name)

    def delete(self, name: str) -> None:
        """Forget a named value."""
        self._deleted(self._connection.execute("DELETE FROM value WHERE name = ?", (name,)).rowcount)

    def names(self, prefix: str) -> list[str]:
        """The names that begin so."""
        rows = self._connection.execute("SELECT name FROM value WHERE substr(name, 1, ?) = ?", (len(prefix), prefix))
        return [str(name) for (name,) in rows]

    def enqueue(self, row: OutboxRow) -> None:
        """Add a sealed hit to the outbox."""
        recipients, end = json.dumps(row.recipients), row.deadline
        since_boot = end.since_boot // timedelta(microseconds=1)
        self._connection.execute(
            "INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (row.sequence, row.hit, row.message, row.digest, recipients, end.wall.isoformat(), end.boot, since_boot),
        )

    def dequeue(self, sequence: int) -> bool:
        """Remove a hit from the outbox. False where it was not there."""
        return self._deleted(self._connection.execute("DELETE FROM outbox WHERE sequence = ?", (sequence,)).rowcount)

    def _deleted(self, rows: int) -> bool:
        self.deleted = self.deleted or rows > 0
        return rows > 0


class SqliteStore:
    """The store. One connection; any thread may use it."""

    def __init__(self, path: Path) -> None:
        """Open or make the file.

        Raises Misconfigured where it cannot be made, SealBroken where it is there and damaged.
        """
        self._lock = threading.RLock()
        self._owed = True
        """Whether the write-ahead log may hold what was deleted; at the start nobody knows."""
        fresh = not path.exists()
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            # The file holds nothing in clear about anybody, but it is nobody else's business either.
            path.chmod(0o600)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            if not fresh:
                (verdict,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
                if verdict != "ok":
                    raise sqlite3.DatabaseError(verdict)
            self._connection.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            if fresh:
                raise Misconfigured(f"The store {path} cannot be made: {error}.", _REMEDY) from error
            raise SealBroken(
                f"The store {path} is damaged: {error}.",
                "Keep the disk for examination; two people must open a new provisioning epoch.",
            ) from error

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """Begin; commit at the end of the block, roll back on any exception."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                transaction = SqliteTransaction(self._connection)
                try:
                    yield transaction
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
                self._owed = self._owed or transaction.deleted
            except sqlite3.Error as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise JournalUnwritable(f"The journal cannot be written: {error}.", _REMEDY) from error

    def get(self, name: str) -> bytes | None:
        """A named value as last committed."""
        with self._lock:
            return _value(self._connection, name)

    def leaves(self, start: int, stop: int) -> list[bytes]:
        """Committed leaves by index, ``stop`` not included."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT raw FROM leaf WHERE number >= ? AND number < ? ORDER BY number", (start, stop)
            )
            return [bytes(raw) for (raw,) in rows]

    def size(self) -> int:
        """How many leaves are committed."""
        with self._lock:
            (number,) = self._connection.execute("SELECT coalesce(max(number) + 1, 0) FROM leaf").fetchone()
            return int(number)

    def outbox(self, most: int) -> list[OutboxRow]:
        """Waiting hits in the order of their sequence."""
        with self._lock:
            return [_row(*row) for row in self._connection.execute(f"{_ROW} ORDER BY sequence LIMIT ?", (most,))]

    def waiting(self, hit: Identifier) -> OutboxRow | None:
        """One waiting hit."""
        with self._lock:
            row = self._connection.execute(f"{_ROW} WHERE hit = ?", (hit,)).fetchone()
        return None if row is None else _row(*row)

    def compact(self) -> None:
        """Empty the write-ahead log, in which deleted rows would survive, if any were deleted since the last time.

        Where somebody else reads the file just now it stays owed. Raises JournalUnwritable.
        """
        with self._lock:
            if not self._owed:
                return
            try:
                (patience,) = self._connection.execute("PRAGMA busy_timeout").fetchone()
                self._connection.execute("PRAGMA busy_timeout=0")
                (busy, *_) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                self._connection.execute(f"PRAGMA busy_timeout={patience}")
            except sqlite3.Error as error:
                raise JournalUnwritable(f"The journal cannot be compacted: {error}.", _REMEDY) from error
            self._owed = bool(busy)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def _value(connection: sqlite3.Connection, name: str) -> bytes | None:
    row = connection.execute("SELECT raw FROM value WHERE name = ?", (name,)).fetchone()
    return None if row is None else bytes(row[0])


def _row(
    sequence: int, hit: str, message: bytes, digest: str, recipients: str, expires: str, boot: str, since_boot: int
) -> OutboxRow:
    end = Deadline(wall=datetime.fromisoformat(expires), boot=boot, since_boot=timedelta(microseconds=since_boot))
    return OutboxRow(sequence, hit, message, digest, tuple(json.loads(recipients)), end)


class BrokenStore:
    """Stands in for a store that cannot be trusted: nothing is in it, and nothing can be written."""

    def __init__(self, error: SealBroken) -> None:
        self._error = error

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """Raises SealBroken."""
        raise self._error
        yield

    def get(self, name: str) -> bytes | None:
        """Raises SealBroken."""
        raise self._error

    def leaves(self, start: int, stop: int) -> list[bytes]:
        """Nothing."""
        return []

    def size(self) -> int:
        """Nothing."""
        return 0

    def outbox(self, most: int) -> list[OutboxRow]:
        """Nothing."""
        return []

    def waiting(self, hit: Identifier) -> OutboxRow | None:
        """Nothing."""
        return None

    def compact(self) -> None:
        """Nothing to do."""

"""A device's store, read by somebody who must not change it: while the daemon runs, or from a copy of its folder."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from edge.adapters.decay import LENGTH
from edge.domain.errors import Misconfigured

STORE: Final = "journal.sqlite"
_BESIDE: Final = ("-wal", "-shm")


class SqliteArchive:
    """One moment of a store: what is committed later is not seen.

    Checksums are left off and not judged: what decayed is for the examination to find.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def leaves(self) -> Iterator[bytes]:
        """Every leaf, in order."""
        return (bytes(raw)[LENGTH:] for (raw,) in self._connection.execute("SELECT raw FROM leaf ORDER BY number"))

    def get(self, name: str) -> bytes | None:
        """A named value."""
        row = self._connection.execute("SELECT raw FROM value WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])[LENGTH:]

    def values(self, prefix: str) -> list[tuple[str, bytes]]:
        """The named values whose names begin so, by name."""
        query = "SELECT name, raw FROM value WHERE substr(name, 1, ?) = ? ORDER BY name"
        return [
            (str(name), bytes(raw)[LENGTH:]) for name, raw in self._connection.execute(query, (len(prefix), prefix))
        ]


@contextmanager
def archive(state: Path) -> Iterator[SqliteArchive]:
    """Open the store of a state folder for reading. Nothing is written to the folder.

    Raises Misconfigured where there is none, or it cannot be read.
    """
    path = state / STORE
    if not path.is_file():
        raise Misconfigured(f"There is no journal in {state}.", "Name the state folder of a device, or a copy of it.")
    try:
        with _readable(path) as uri, closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            connection.execute("PRAGMA query_only=ON")
            connection.execute("BEGIN")
            # The snapshot is taken by the first reading.
            connection.execute("SELECT count(*) FROM value").fetchone()
            yield SqliteArchive(connection)
    except sqlite3.Error as error:
        raise Misconfigured(f"The journal {path} cannot be read: {error}.", "Copy the folder again.") from error


@contextmanager
def _readable(path: Path) -> Iterator[str]:
    """An address by which SQLite leaves the folder as it is.

    A store whose write-ahead log is shared with a running daemon is read beside it. Without one it is opened as
    something that nobody changes. A log that a dead daemon or a copy left would have to be recovered: in a copy.
    """
    wal, shared = (path.with_name(path.name + suffix) for suffix in _BESIDE)
    if not wal.exists() or (not shared.exists() and wal.stat().st_size == 0):
        yield f"{path.resolve().as_uri()}?immutable=1"
    elif shared.exists():
        yield f"{path.resolve().as_uri()}?mode=ro"
    else:
        with tempfile.TemporaryDirectory(prefix="lamppost-") as folder:
            copy = Path(folder) / STORE
            shutil.copyfile(path, copy)
            shutil.copyfile(wal, copy.with_name(wal.name))
            yield f"{copy.as_uri()}?mode=rw"

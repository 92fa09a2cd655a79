"""Rows as they lie in the file, each with a checksum, so that a flipped bit is noticed here and nowhere else."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from edge.adapters.decay import LENGTH, Decayed, checksum, packed, unpacked
from edge.domain.record import Deadline, OutboxRow, Waiting

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS leaf (number INTEGER PRIMARY KEY, raw BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS value (name TEXT PRIMARY KEY, raw BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
    sequence INTEGER PRIMARY KEY, hit TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, recipients TEXT NOT NULL,
    expires TEXT NOT NULL, boot TEXT NOT NULL, since_boot INTEGER NOT NULL, head BLOB NOT NULL, message BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS outbox_recipients ON outbox (recipients);
"""
WAITING: Final = (
    "SELECT sequence, hit, digest, recipients, expires, boot, since_boot, head, length(message) FROM outbox"
)
RECIPIENTS: Final = "SELECT DISTINCT recipients FROM outbox"
OUTBOX: Final = "SELECT sequence, hit, digest, recipients, expires, boot, since_boot, head, message FROM outbox"


def columns(row: OutboxRow) -> tuple[int | str | bytes, ...]:
    """A waiting hit as its columns."""
    end = row.deadline
    head: tuple[int | str, ...] = (
        row.sequence, row.hit, row.digest, json.dumps(row.recipients), end.wall.isoformat(), end.boot,
        end.since_boot // timedelta(microseconds=1),
    )  # fmt: skip
    return (*head, checksum(repr(head).encode()), packed(row.message))


def waiting(found: Sequence[Any]) -> Waiting:
    """A waiting hit without its message. Raises Decayed."""
    *head, check, size = found
    if check != checksum(repr(tuple(head)).encode()):
        raise Decayed("a waiting hit")
    sequence, hit, digest, recipients, expires, boot, since_boot = head
    end = Deadline(wall=datetime.fromisoformat(expires), boot=boot, since_boot=timedelta(microseconds=since_boot))
    return Waiting(sequence, hit, digest, tuple(json.loads(recipients)), end, size - LENGTH)


def keys(recipients: str) -> list[str]:
    """The keys in a column of recipients. Raises Decayed."""
    try:
        found = json.loads(recipients)
    except ValueError as error:
        raise Decayed("a waiting hit") from error
    if not isinstance(found, list) or not all(isinstance(key, str) for key in found):
        raise Decayed("a waiting hit")
    return found


def outbox_row(found: Sequence[Any]) -> OutboxRow:
    """A waiting hit, whole. Raises Decayed."""
    *head, raw = found
    message = unpacked(raw)
    row = waiting([*head, len(raw)])
    return OutboxRow(row.sequence, row.hit, message, row.digest, row.recipients, row.deadline)


def examine(connection: sqlite3.Connection) -> None:
    """Read every row but the leaves, which the journal itself reads at every start. Raises Decayed, sqlite3.Error."""
    # Not quick_check, which holds no index against its table: whoever acknowledges is found by one.
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise Decayed(str(verdict))
    for name, raw in connection.execute("SELECT name, raw FROM value"):
        unpacked(raw, name)
    for found in connection.execute(OUTBOX):
        outbox_row(found)

"""What a device left behind, read without the product's code: its store, its signed head, and the marks of its street.

SQLite, SHA-256 and Ed25519 are libraries; the tree is hashed as RFC 9162, section 2.1.1, writes it, recursively.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

STORE: Final = "journal.sqlite"
_BESIDE: Final = ("", "-wal")
_TABLES: Final = "SELECT count(*) = 3 FROM sqlite_master WHERE name IN ('leaf', 'value', 'outbox')"
_BEGINS: Final = b'{"at":'
"""A leaf. What the store puts before each leaf and value, a checksum, is its own affair, and not judged."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One line of the journal."""

    index: int
    at: datetime
    boot: str
    kind: str
    says: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Journal:
    """The store, as it lay on disk."""

    leaves: tuple[Leaf, ...]
    raw: tuple[bytes, ...]
    waiting: dict[int, str]
    """Hits in the outbox: their ids by their sequence."""
    head: bytes | None
    """The last head that was signed."""
    sound: str
    """SQLite's own verdict; "ok" where nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that camera, store or link did, noted by the street."""

    boot: str
    what: str
    since_boot: float
    at: datetime
    about: str


def copied(state: Path, to: Path) -> Path:
    """Copy a dead device's store: the file and its write-ahead log, which whoever opens the copy recovers."""
    to.mkdir(parents=True, exist_ok=True)
    for suffix in _BESIDE:
        source = state / f"{STORE}{suffix}"
        if source.exists():
            shutil.copyfile(source, to / source.name)
    return to


def journal(folder: Path) -> Journal:
    """Read a copy of a store. It is recovered on the way, as the next life would."""
    with closing(sqlite3.connect(folder / STORE)) as store:
        (sound,) = store.execute("PRAGMA integrity_check").fetchone()
        (tables,) = store.execute(_TABLES).fetchone()
        if not tables:
            return Journal((), (), {}, None, str(sound))  # the first life was killed before it had made them
        raw = tuple(bytes(row) for (row,) in store.execute("SELECT raw FROM leaf ORDER BY number"))
        before = max(0, raw[0].find(_BEGINS)) if raw else 0
        raw = tuple(row[before:] for row in raw)
        waiting = {int(sequence): str(hit) for sequence, hit in store.execute("SELECT sequence, hit FROM outbox")}
        head = store.execute("SELECT raw FROM value WHERE name = 'journal/signed-head'").fetchone()
    leaves = tuple(_leaf(index, row) for index, row in enumerate(raw))
    return Journal(leaves, raw, waiting, None if head is None else bytes(head[0])[before:], str(sound))


def _leaf(index: int, raw: bytes) -> Leaf:
    found = json.loads(raw)
    at = datetime.fromisoformat(found["at"])
    return Leaf(index, at, str(found["boot"]), str(found["kind"]), dict(found["event"]))


def marks(text: str) -> list[Mark]:
    """What the street noted. A last line that a kill cut short does not count."""
    lines = text.splitlines()[: None if text.endswith("\n") else -1]
    found = [line.split(" ") for line in lines]
    return [Mark(boot, what, float(since), datetime.fromisoformat(at), about) for boot, what, since, at, about in found]


def root(raw: tuple[bytes, ...]) -> bytes:
    """The Merkle tree hash over these leaves."""
    if not raw:
        return hashlib.sha256(b"").digest()
    if len(raw) == 1:
        return hashlib.sha256(b"\x00" + raw[0]).digest()
    split = 1 << (len(raw) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(raw[:split]) + root(raw[split:])).digest()


def head_fails(head: bytes, raw: tuple[bytes, ...], device_key: bytes) -> str | None:
    """What is wrong with a signed head (C2SP tlog-checkpoint) over these leaves, if anything is."""
    text, _, signatures = head.decode().partition("\n\n")
    origin, size, hashed = text.split("\n")[:3]
    signature = base64.b64decode(signatures.splitlines()[0].split(" ")[-1])[4:]
    try:
        Ed25519PublicKey.from_public_bytes(device_key).verify(signature, f"{text}\n".encode())
    except InvalidSignature:
        return "the head's signature is not the device's"
    if int(size) > len(raw):
        return f"a head of {size} leaves was signed, and only {len(raw)} are there"
    if root(raw[: int(size)]) != base64.b64decode(hashed):
        return f"the first {size} leaves are not those that were signed for {origin}"
    return None

"""What a witness never forgets: the last head of each log that it cosigned, and the heads that it refused.

A witness that forgot would cosign a log that was cut. So its memory is written before it speaks, its folder belongs to
one process at a time, and a folder without a memory is not taken for a new one.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from msgspec import Meta

from edge.adapters.keys import FileSigner
from edge.domain.errors import JournalUnwritable, Misconfigured, Undecodable
from edge.domain.record import Checkpoint
from edge.wire.checkpoints import read_checkpoint
from edge.wire.notes import MAX_NOTE_BYTES, read_note
from edge.wire.signed import canonical, digest, parse

MOST_LOGS: Final = 64
"""One device has one log for each provisioning epoch."""
MOST_REFUSED: Final = 16
_KEY: Final = "key.pem"
_MEMORY: Final = "memory.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The last head of a log that was cosigned."""

    note: Annotated[str, Meta(max_length=MAX_NOTE_BYTES)]
    """The checkpoint as the log signed it: with a second one, the proof that the log was forked."""
    at: datetime

    @property
    def head(self) -> Checkpoint:
        """The checkpoint itself."""
        return read_checkpoint(read_note(self.note.encode()).text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    logs: Annotated[dict[str, Seen], Meta(max_length=MOST_LOGS)]


class Memory:
    """A folder with the witness's key, its memory, and the requests that it refused as proof of a fork."""

    def __init__(self, folder: Path, *, new: bool = False) -> None:
        """Open the folder, or make it where it is to be ``new``. Raises Misconfigured."""
        self.folder = folder
        with contextlib.ExitStack() as stack:
            try:
                if new:
                    _make(folder)
                self._lock = stack.enter_context((folder / "lock").open("w"))
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._logs = _read(folder / _MEMORY)
            except BlockingIOError as error:
                raise Misconfigured(f"Another witness works in {folder}.", "Name a folder of its own.") from error
            except FileExistsError as error:
                raise Misconfigured(f"There is a witness in {folder} already.", "Leave out --new.") from error
            except (OSError, Undecodable) as error:
                raise Misconfigured(
                    f"The witness's memory in {folder} cannot be used: {error}",
                    "Begin with --new; a witness that has lost its memory must begin anew, with a new key.",
                ) from error
            self.signer = FileSigner(folder / _KEY)
            stack.pop_all()

    def seen(self, origin: str) -> Seen | None:
        """The last head of a log that was cosigned."""
        return self._logs.get(origin)

    @property
    def full(self) -> bool:
        """Whether no further log can be remembered."""
        return len(self._logs) >= MOST_LOGS

    def remember(self, origin: str, seen: Seen) -> None:
        """Durably, before it is cosigned. Raises JournalUnwritable; nothing has then changed."""
        logs = {**self._logs, origin: seen}
        try:
            _replace(self.folder / _MEMORY, canonical(_File(logs=logs)))
        except OSError as error:
            raise JournalUnwritable(f"The memory cannot be written: {error}.", "Check the disk.") from error
        self._logs = logs

    def keep_refused(self, request: bytes) -> None:
        """Keep a request that the log's own signature makes proof against it. The first few are kept."""
        folder = self.folder / "refused"
        # A disk that cannot take it does not make the refusal any weaker.
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
            path = folder / f"{digest(request)[:32]}.txt"
            if not path.exists() and sum(1 for _ in folder.iterdir()) < MOST_REFUSED:
                _replace(path, request)

    def close(self) -> None:
        """Let another process have the folder."""
        self._lock.close()


def _read(path: Path) -> dict[str, Seen]:
    found = parse(path.read_bytes(), _File)
    for origin, seen in found.logs.items():
        if seen.head.origin != origin:
            raise Undecodable(f"It remembers another log as {origin}.", "It was written by something else.")
    return found.logs


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name, content in ((_KEY, pem), (_MEMORY, canonical(_File(logs={})))):
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)


def _replace(path: Path, content: bytes) -> None:
    """All of it or nothing, and on the disk when this returns."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

"""Files below a folder, opened so that no name leads anywhere else and nothing that is no file can hold a reader up."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.control_room.enrolling.findings import Outcome, Rejected
from edge.domain.errors import Misconfigured

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of a picture's file."""
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_DEEPEST: Final = 8


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells that a file is still the same without reading it."""

    size: int
    changed: int
    """Nanoseconds."""
    inode: int


class Shelf:
    """A folder of pictures. What it opens lies below it, was reached without a link, and is an ordinary file."""

    def __init__(self, folder: Path) -> None:
        """Raises Misconfigured where it is none."""
        try:
            self._root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            raise Misconfigured(f"{shown(str(folder))} is no folder.", "Name the folder of the pictures.") from error

    def close(self) -> None:
        """Let the folder go."""
        os.close(self._root)

    def stamp(self, name: str) -> Stamp | Rejected:
        """How a file stands, unread."""
        with _unread() as failed, self._opened(name) as found:
            if isinstance(found, Rejected):
                return found
            said = os.fstat(found)
            return Stamp(said.st_size, said.st_mtime_ns, said.st_ino)
        return failed[0]

    def read(self, name: str) -> bytes | Rejected:
        """All of a file."""
        with _unread() as failed, self._opened(name) as found:
            if isinstance(found, Rejected):
                return found
            with os.fdopen(os.dup(found), "rb") as file:
                raw = file.read(LARGEST + 1)
            return raw if len(raw) <= LARGEST else _too_large(len(raw))
        return failed[0]

    @contextmanager
    def _opened(self, name: str) -> Iterator[int | Rejected]:
        parts = name.split("/")
        if not all(parts) or {".", ".."} & set(parts) or "\0" in name or len(parts) > _DEEPEST:
            yield Rejected(Outcome.OUTSIDE, "its name leads out of the folder, or is no name of a file below it")
            return
        held = [os.dup(self._root)]
        try:
            for part in parts[:-1]:
                held.append(os.open(part, _FOLDER, dir_fd=held[-1]))
            held.append(os.open(parts[-1], _FILE, dir_fd=held[-1]))
            said = os.fstat(held[-1])
            if not stat.S_ISREG(said.st_mode):
                yield Rejected(Outcome.NOT_A_FILE, f"{_kind(said.st_mode)}, not a file")
            elif said.st_size > LARGEST:
                yield _too_large(said.st_size)
            else:
                yield held[-1]
        finally:
            for descriptor in held:
                os.close(descriptor)


def shown(name: str) -> str:
    """A file's name as it can be printed: what is not a character, or turns writing round, is written out."""
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in name)


@contextmanager
def _unread() -> Iterator[list[Rejected]]:
    """Turns what the system says into why a file is not read."""
    failed: list[Rejected] = []
    try:
        yield failed
    except FileNotFoundError:
        failed.append(Rejected(Outcome.MISSING, "there is no such file"))
    except OSError as error:
        failed.append(_because(error))
    except ValueError:  # a name that no file system can have
        failed.append(Rejected(Outcome.OUTSIDE, "its name is no name of a file"))


def _because(error: OSError) -> Rejected:
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return Rejected(Outcome.LINK, "a link, or behind one; links are not followed")
    return Rejected(Outcome.NOT_READABLE, f"it cannot be read: {error.strerror}")


def _too_large(size: int) -> Rejected:
    return Rejected(Outcome.TOO_LARGE, f"the file has {size / 1e6:,.0f} MB; at most {LARGEST / 1e6:,.0f} are read")


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"

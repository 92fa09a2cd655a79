"""The latest remarks, for whoever mends the device: a bounded ring in memory, kept in a small file over restarts."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge.domain import remark
from edge.domain.errors import Undecodable
from edge.domain.remark import Remark, Said, Warned

NAME: Final = "remarks"
MOST: Final = 32
LONGEST: Final = 64 * 1024
"""Bytes of the file that are looked at."""
PATIENCE: Final = 0.2
"""Seconds. A disk that hangs may be the very thing that is remarked on."""


class Ring:
    """Any thread may use it."""

    def __init__(self) -> None:
        self._held: deque[Said] = deque(maxlen=MOST)
        self._lock = threading.Lock()
        self._path: Path | None = None

    def keep_in(self, folder: Path) -> None:
        """Keep it in a file of this folder from now on, and recall what earlier lives left there."""
        with self._lock:
            self._path = folder / NAME
            now, self._held = list(self._held), deque(_read(self._path), MOST)
            self._held.extend(now)

    def hold(self, said: Remark) -> None:
        """One more; the oldest goes where there are too many.

        A warning is not worth a write, and is written with the next remark that is. Nobody waits long for the disk.
        """
        one = Said(at=datetime.now(UTC).replace(microsecond=0), remark=remark.line(said))
        with self._lock:
            self._held.append(one)
            path, lines = self._path, "".join(f"{held.line()}\n" for held in self._held)
        if path is not None and not isinstance(said, Warned):
            # No thread can be had where the interpreter is ending.
            with contextlib.suppress(RuntimeError):
                writer = threading.Thread(target=_write, args=(path, lines), name="remarks", daemon=True)
                writer.start()
                writer.join(PATIENCE)

    def said(self) -> tuple[Said, ...]:
        """All that are held, the oldest first."""
        with self._lock:
            return tuple(self._held)


def _write(path: Path, lines: str) -> None:
    """All of it or none. A disk that will not have it keeps what was there."""
    aside = path.with_suffix(".new")
    with contextlib.suppress(OSError):
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.writelines(lines)
        aside.replace(path)


def _read(path: Path) -> list[Said]:
    """What can be read of it: anybody with the disk in his hands may have written there."""
    try:
        with path.open("rb") as file:
            lines = file.read(LONGEST).decode("ascii", errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        with contextlib.suppress(Undecodable):
            found.append(Said.read(line))
    return found

"""A file that takes up room, so that there is some when there is none; by being there it says that a journal was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

BYTES: Final = 1024 * 1024
"""Leaves of the end of many deployments, and SQLite's own pages around them."""
SUFFIX: Final = "-reserve"


class Reserve:
    """The room beside one journal."""

    def __init__(self, journal: Path) -> None:
        self.path = journal.with_name(journal.name + SUFFIX)

    @property
    def marks(self) -> bool:
        """Whether there was a journal."""
        return self.path.exists()

    def hold(self) -> None:
        """Take the room up, where it can be had. Raises OSError where not even the file can be made."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_size < BYTES:
                try:
                    os.posix_fallocate(descriptor, 0, BYTES)
                except OSError:
                    os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)

    def give_up(self) -> bool:
        """Give the room back to the disk; the file stays. False where none was held."""
        try:
            if not self.path.stat().st_size:
                return False
            os.truncate(self.path, 0)
        except OSError:
            return False
        return True

"""What comes in chunks: a folder with one subfolder for each blob, and in it one file for each chunk.

What may lie here, and how much, is decided at the door of transfers; a disk that will not is no error but an answer.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from edge.domain.authority import Digest


class ChunkedFiles:
    """The folder. Survives restarts; whoever reads a chunk back has its digest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep(self, digest: Digest, index: int, chunk: bytes) -> bool:
        """Keep a chunk, whole or not at all. False where the disk will not."""
        folder = self._folder / digest
        part = folder / f".{index}.part"
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            part.write_bytes(chunk)
            part.replace(folder / str(index))
        except OSError:
            return False
        return True

    def chunk(self, digest: Digest, index: int) -> bytes | None:
        """A chunk, or None where it is not here or cannot be read."""
        try:
            return (self._folder / digest / str(index)).read_bytes()
        except OSError:
            return None

    def held(self) -> list[Digest]:
        """The blobs of which something is here."""
        try:
            return sorted(found.name for found in self._folder.iterdir())
        except OSError:
            return []

    def drop(self, digest: Digest) -> None:
        """Delete every chunk of a blob."""
        found = self._folder / digest
        if found.is_dir():
            shutil.rmtree(found, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                found.unlink()

"""Sealed files that come in chunks. Ciphertext only, in a bounded space."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Final

from edge.domain.authority import Digest
from edge.domain.orders import CHUNK_BYTES, MAX_WATCHLIST_BYTES

MOST_CHUNKS: Final = -(-MAX_WATCHLIST_BYTES // CHUNK_BYTES)
MOST_FILES: Final = 2


class ChunkedFiles:
    """A folder with one subfolder for each file, and in it one file for each chunk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put_chunk(self, digest: Digest, index: int, chunk: bytes) -> None:
        """Keep a chunk. Ignored where it is larger than a chunk may be, or numbered beyond the largest file."""
        if len(chunk) > CHUNK_BYTES or not 0 <= index < MOST_CHUNKS:
            return
        folder = self._folder / digest
        if not folder.is_dir():
            self._make_room()
            folder.mkdir(mode=0o700)
        part = folder / f".{index}.part"
        part.write_bytes(chunk)
        part.replace(folder / str(index))

    def assemble(self, digest: Digest, size: int) -> bytes | None:
        """The whole file if all of its chunks are here; chunks that do not give the digest are deleted."""
        folder = self._folder / digest
        count = -(-size // CHUNK_BYTES)
        parts = [folder / str(index) for index in range(count)]
        if not all(part.is_file() for part in parts):
            return None
        whole = b"".join(part.read_bytes() for part in parts)
        if len(whole) != size or hashlib.sha256(whole).hexdigest() != digest:
            shutil.rmtree(folder, ignore_errors=True)
            return None
        return whole

    def forget(self) -> None:
        """Delete every file and every chunk."""
        for folder in self._folder.iterdir():
            shutil.rmtree(folder, ignore_errors=True)

    def _make_room(self) -> None:
        folders = sorted((f for f in self._folder.iterdir() if f.is_dir()), key=lambda f: f.stat().st_mtime_ns)
        for old in folders[: max(0, len(folders) - MOST_FILES + 1)]:
            shutil.rmtree(old, ignore_errors=True)

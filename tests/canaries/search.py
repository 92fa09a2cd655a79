"""Looking for marked people in bytes, files and the memory of a process."""

from __future__ import annotations

import base64
import os
import re
import secrets
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.canaries import marks

Found = Counter[str]
ENTRY: Final = f"zq-{secrets.token_hex(8)}-".encode()
"""The id of a marked person on a list begins so, in this run alone: caches of this source cannot hold it."""
CHUNK: Final = 1 << 24
_OVERLAP: Final = 4096
_RUN: Final = 4
"""Numbers in a row that bear the mark: chance gives one in 2^56 places."""
_TRIPLES: Final = 8
_ENCODED: Final = re.compile(rb"[A-Za-z0-9+/_-]{40,}")
_DEEPEST: Final = 5


def entry_of(person: int) -> str:
    """The id of a marked person on a list."""
    return f"{ENTRY.decode()}{person:05d}"


class Search:
    """What to look for: everybody, and the keys that a test knows."""

    def __init__(self, **keys: bytes) -> None:
        self._needles = {"plane": marks.line()[:14], "entry": ENTRY}
        for name, key in keys.items():
            spelled = base64.urlsafe_b64encode(key).rstrip(b"=")
            halves = {"": key[:16], "'s end": key[16:], " in hexadecimal": key.hex().encode(), " in base64": spelled}
            self._needles |= {f"{name}{suffix}": needle for suffix, needle in halves.items()}

    def raw(self, content: bytes | bytearray | memoryview) -> Found:
        """In bytes as they are."""
        data = bytes(content)
        found = Found({name: data.count(needle) for name, needle in self._needles.items()})
        array = np.frombuffer(data, np.uint8)
        found["features"] = sum(_features(array[start:]) for start in range(4))
        found["sample"] = _colour(array, 75, 70) + _colour(array, -70, -75)
        return +found

    def deep(self, content: bytes, depth: int = 0) -> Found:
        """And in what they may be an encoding of, again and again: tokens of base64, whole or from any place on."""
        found = self.raw(content)
        if depth < _DEEPEST:
            for match in _ENCODED.finditer(content):
                for start in range(4):
                    decoded = _decoded(match.group()[start:])
                    if decoded:
                        found += self.deep(decoded, depth + 1) if start == 0 else self.raw(decoded)
        return found

    def files(self, folders: Iterable[Path], *, largest: int = 1 << 26) -> dict[Path, Found]:
        """In every file below, and in whatever is encoded in it."""
        return self._in_files(folders, self.deep, 0.0, largest)

    def changed_files(self, folders: Iterable[Path], since: float, *, largest: int = 1 << 30) -> dict[Path, Found]:
        """In files below that were changed since an instant, as they are: others may be busy there too."""
        return self._in_files(folders, self.raw, since, largest)

    def _in_files(
        self, folders: Iterable[Path], look: Callable[[bytes], Found], since: float, largest: int
    ) -> dict[Path, Found]:
        found = {}
        for path in _files(folders):
            try:
                status = path.lstat()
                if not stat.S_ISREG(status.st_mode) or status.st_mtime < since or not 0 < status.st_size < largest:
                    continue
                content = path.read_bytes()
            except OSError:
                continue  # it went, or is none of ours
            if hit := look(content):
                found[path] = hit
        return found

    def memory(self, pid: int) -> Found:
        """In all memory that a process has. Raises PermissionError where the kernel does not let us look."""
        found = Found()
        with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
            for low, high in _regions(pid):
                for start in range(low, high, CHUNK):
                    try:
                        memory.seek(start)
                        found += self.raw(memory.read(min(CHUNK + _OVERLAP, high - start)))
                    except (OSError, ValueError, OverflowError):
                        continue  # a page that is not there
        return found


def _features(data: NDArray[np.uint8]) -> int:
    words = data[: len(data) // 4 * 4].view(np.uint32)
    marked = (words & marks.MARK) == marks.SIZE
    return _runs(marked, 1, _RUN)


def _colour(data: NDArray[np.uint8], first: int, second: int) -> int:
    """Pixels in a row with the colour of a marked face: differences of neighbouring bytes, whatever the light."""
    if len(data) < 3:
        return 0
    steps = data[1:] - data[:-1]
    near = (steps[:-1] - np.uint8((first - 3) % 256) <= 6) & (steps[1:] - np.uint8((second - 3) % 256) <= 6)
    return _runs(near, 3, _TRIPLES)


def _runs(marked: NDArray[np.bool_], step: int, length: int) -> int:
    """How many places begin a row of so many."""
    if len(marked) < step * length or not marked.any():
        return 0
    last = len(marked) - step * (length - 1)
    together = marked[:last].copy()
    for number in range(1, length):
        together &= marked[number * step : number * step + last]
    return int(np.count_nonzero(together))


def _decoded(text: bytes) -> bytes:
    text = text.translate(bytes.maketrans(b"-_", b"+/"))
    return base64.b64decode(text[: len(text) // 4 * 4])


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for place, _, names in os.walk(folder):  # which does not mind what goes away meanwhile
            yield from (Path(place) / name for name in names)


def _regions(pid: int) -> list[tuple[int, int]]:
    regions = []
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        place, rights, *rest = line.split()
        name = rest[3] if len(rest) > 3 else ""
        # What is mapped from a file and cannot be written to is the program and its libraries, as they are on disk.
        written = "w" in rights or not name.startswith("/")
        if rights.startswith("r") and written and name not in ("[vvar]", "[vsyscall]", "[vdso]"):
            low, high = place.split("-")
            regions.append((int(low, 16), int(high, 16)))
    return regions

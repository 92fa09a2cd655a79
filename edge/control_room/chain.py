"""A file of signed lines, each of which names the digest of the one before: nothing can be taken out of the middle.

Several programs may write to one file at a time, on one machine or a shared disk: each holds its lock while it reads
the last line and writes the next.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol, TypeVar

from edge.domain.authority import Digest, Signed
from edge.domain.errors import Misconfigured, Undecodable
from edge.wire.events import read
from edge.wire.signed import canonical, digest, parse

FIRST: Final = "0" * 64


class Line(Protocol):
    """What every line says."""

    @property
    def previous(self) -> Digest:
        """SHA-256 of the line before."""
        ...

    @property
    def at(self) -> datetime:
        """When it was written."""
        ...


T = TypeVar("T", bound=Line)


def append(path: Path, signed: Callable[[Digest], Signed]) -> None:
    """Write one more line, for good; ``signed`` is given the digest of the last. Raises Misconfigured."""
    try:
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            before = file.read().splitlines()
            file.write(canonical(signed(digest(before[-1]) if before else FIRST)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Misconfigured(
            f"What cannot be written down is not done: {path}: {error.strerror}.", "Check the folder and its disk."
        ) from error


def lines(path: Path, noun: type[T]) -> list[tuple[Signed, T]]:
    """Every line, unverified but in its place. Raises Undecodable where one is missing or was changed."""
    before, found = FIRST, []
    for line in path.read_bytes().splitlines() if path.is_file() else []:
        signed = parse(line, Signed)
        said = read(signed, noun)
        if said.previous != before:
            raise Undecodable(f"A line of the {path.name} is missing.", "Keep the folder for examination.")
        before = digest(line)
        found.append((signed, said))
    return found

"""From a device's state to a bundle. The state is only read, and the same state gives the same bundle, byte for byte.

What is not exported: waiting hits, which are sealed; the list, which is not there; and of the signed documents any
that could tell of a person. A withdrawal names an entry and an order to load wraps a key: neither is a paper here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Protocol

from edge.audit.bundle import COSIGNED, FORMAT, HEAD, LEAVES, PAGE, PAPERS, RELEASE, Page
from edge.audit.release import Release
from edge.domain.authority import Digest, Identifier, Name, Signed
from edge.domain.errors import Misconfigured, Undecodable
from edge.wire.checkpoints import read_checkpoint
from edge.wire.notes import read_note
from edge.wire.parcels import COSIGNED as KEPT_COSIGNED
from edge.wire.parcels import HEAD as SENT_HEAD
from edge.wire.parcels import PAPER, is_evidence
from edge.wire.signed import canonical, digest, parse


class State(Protocol):
    """A device's store, for reading."""

    def leaves(self) -> Iterable[bytes]:
        """Every leaf, in order."""
        ...

    def get(self, name: str) -> bytes | None:
        """A named value."""
        ...

    def values(self, prefix: str) -> list[tuple[str, bytes]]:
        """The named values whose names begin so."""
        ...


def export(
    state: State, folder: Path, *, site: Name, device: Name, epoch: Identifier, release: Release | None = None
) -> tuple[Page, int]:
    """Write a bundle. Returns its page, and how many leaves were left out because no head covers them yet.

    Raises Misconfigured where the folder is not empty, or the state holds something that is no evidence.
    """
    _make(folder)
    files: dict[str, Digest] = {}

    def put(name: str, content: bytes) -> None:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        files[name] = digest(content)

    head = state.get(SENT_HEAD)
    size = None if head is None else _size(head)
    if head is not None:
        put(HEAD, head)
    written, left, files[LEAVES] = _leaves(state.leaves(), size, folder / LEAVES)
    for number, note in enumerate(_cosigned(state)):
        put(f"{COSIGNED}{number:06d}.txt", note)
    for name, signed in _papers(state):
        put(f"{PAPERS}{name}.json", signed)
    if release is not None:
        put(RELEASE, canonical(release))
    origin = f"lamppost/{site}/{device}/{epoch}"
    page = Page(
        format=FORMAT, site=site, device=device, epoch=epoch, origin=origin, leaves=written,
        files=dict(sorted(files.items())),
    )  # fmt: skip
    (folder / PAGE).write_bytes(canonical(page))
    return page, left


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Misconfigured(f"The folder {folder} is not empty.", "Name a new one: a bundle is never added to.")
    except OSError as error:
        raise Misconfigured(f"The folder {folder} cannot be made: {error.strerror}.", "Name another.") from error


def _size(head: bytes) -> int:
    try:
        return read_checkpoint(read_note(head).text).size
    except Undecodable as error:
        raise Misconfigured(f"The store's last head cannot be read: {error.what}", "Keep the disk.") from error


def _leaves(leaves: Iterable[bytes], size: int | None, path: Path) -> tuple[int, int, Digest]:
    """Those that the last head covers: what nobody signed is no evidence yet."""
    remaining, hashed, written = iter(leaves), hashlib.sha256(), 0
    with path.open("wb") as file:
        for raw in islice(remaining, size):
            line = raw + b"\n"
            file.write(line)
            hashed.update(line)
            written += 1
    return written, sum(1 for _ in remaining), hashed.hexdigest()


def _cosigned(state: State) -> list[bytes]:
    """Each once, in the order of their sizes."""
    notes = {note for _, note in state.values(KEPT_COSIGNED)}
    return sorted(notes, key=lambda note: (_size(note), note))


def _papers(state: State) -> Iterator[tuple[Digest, bytes]]:
    for name, content in state.values(PAPER):
        try:
            signed = parse(content, Signed)
        except Undecodable as error:
            raise Misconfigured(f"The store's {name} cannot be read: {error.what}", "Keep the disk.") from error
        if is_evidence(signed):
            yield name.removeprefix(PAPER), content

"""The updater's own folder: its state, and the packages to go forward and back to.

=====================  =============================================================================
``state.json``         where an update stands, and the records that the instances read; the world may read it
``packages/<SHA-256>`` the confirmed package, and the one that is being tried
``tuf/``               what was believed of repositories
``lock``               held by the one updater that is at work
=====================  =============================================================================

Every file is replaced whole and durably. A state that cannot be read stops everything: it is the high-water mark.
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import fcntl
import functools
import hashlib
import json
import os
import types
import typing
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from edge.domain.errors import LamppostError
from edge.updating.course import State

STATE: Final = "state.json"
PACKAGES: Final = "packages"


class Stranded(LamppostError):
    """An update can neither go on nor back by itself."""


class Shelf:
    """The folder. Only root may write to it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        (folder / PACKAGES).mkdir(mode=0o700, exist_ok=True)

    @property
    def believed(self) -> Path:
        """Where the metadata is kept that was believed."""
        return self._folder / "tuf"

    @contextlib.contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether no other updater is at work, for as long as this lasts."""
        with (self._folder / "lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def state(self) -> State:
        """What is remembered. Raises Stranded where it was and cannot be read."""
        try:
            raw = (self._folder / STATE).read_bytes()
        except FileNotFoundError:
            return State()
        try:
            return decoded(raw)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Stranded(
                f"{self._folder / STATE} cannot be read: {error}.",
                "Keep it, see what was installed, and put back the last one from a copy.",
            ) from error

    def save(self, state: State) -> None:
        """Remember a state. It is on the disk when this returns."""
        replace(self._folder / STATE, encoded(state), mode=0o644)

    def package(self, digest: str) -> Path:
        """Where a package lies, or will."""
        return self._folder / PACKAGES / digest

    def whole(self, digest: str) -> bool:
        """Whether it lies there as it was signed."""
        try:
            with self.package(digest).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == digest
        except OSError:
            return False

    def tidy(self, state: State) -> None:
        """Delete every package that is neither confirmed nor pending."""
        wanted = {one.digest for one in (state.confirmed, state.pending) if one is not None}
        for old in (self._folder / PACKAGES).iterdir():
            if old.name not in wanted:
                old.unlink(missing_ok=True)

    def flush(self, path: Path) -> None:
        """Wait until a file that was written here is on the disk."""
        for one, flags in ((path, os.O_RDONLY), (path.parent, os.O_RDONLY | os.O_DIRECTORY)):
            opened = os.open(one, flags)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)


def replace(path: Path, content: bytes, *, mode: int) -> None:
    """Replace a file, whole and durably."""
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def encoded(state: State) -> bytes:
    """A state as JSON."""
    return json.dumps(dataclasses.asdict(state), default=_plain, indent=1, sort_keys=True).encode() + b"\n"


def decoded(raw: bytes) -> State:
    """A state as it was written. Raises ValueError, TypeError or KeyError."""
    found = _read(State, json.loads(raw))
    assert isinstance(found, State)
    return found


def _plain(value: object) -> object:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no form for {value!r}")


def _read(wanted: object, raw: object) -> object:
    """The few forms that a state is made of: strictly, since a mark that was lost would let versions go back."""
    if isinstance(wanted, types.UnionType):
        some = next(one for one in typing.get_args(wanted) if one is not types.NoneType)
        return None if raw is None else _read(some, raw)
    if typing.get_origin(wanted) is tuple:
        if not isinstance(raw, list):
            raise TypeError(f"expected a list, found {raw!r}")
        return tuple(_read(typing.get_args(wanted)[0], one) for one in raw)
    assert isinstance(wanted, type)
    if dataclasses.is_dataclass(wanted):
        return _fields(wanted, raw)
    if wanted is datetime or issubclass(wanted, enum.Enum):
        return _named(wanted, raw)
    if type(raw) is not wanted:
        raise TypeError(f"expected {wanted.__name__}, found {raw!r}")
    return raw


def _fields(wanted: Callable[..., object], raw: object) -> object:
    hints = _hints(wanted)
    if not isinstance(raw, dict) or set(raw) != set(hints):
        raise ValueError(f"expected the fields {sorted(hints)}")
    return wanted(**{name: _read(hint, raw[name]) for name, hint in hints.items()})


@functools.cache
def _hints(wanted: Callable[..., object]) -> dict[str, object]:
    return typing.get_type_hints(wanted)


def _named(wanted: type, raw: object) -> object:
    if not isinstance(raw, str):
        raise TypeError(f"expected a text, found {raw!r}")
    if wanted is not datetime:
        return wanted(raw)
    found = datetime.fromisoformat(raw)
    if found.tzinfo is None:
        raise ValueError(f"{raw} names no time zone")
    return found

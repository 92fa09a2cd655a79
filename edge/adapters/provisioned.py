"""Where a device's provisioning lies: a folder for each thing that was ever put there, and a link to the one in force.

=====================================================  =================================================================
``/etc/lamppost/.<instance>/<epoch>-<random>/``        what was asked for, or provisioned: sealed keys, settings and all
``/etc/lamppost/<instance>.place.toml``                what the place decides of the settings, as it was set up
``/etc/lamppost/.<instance>/coming``                   a link to what was asked for and is not answered yet
``/etc/lamppost/<instance>``                           a link to what is in force: **what it says is the state**
``/etc/lamppost/<instance>.toml``, the sealed keys in  links to files behind that one: they change when it does, all
``/etc/credstore.encrypted/``, the unit's drop-in      at once
``/var/lib/lamppost/<instance>/``                      the journal and all else that the daemon keeps
=====================================================  =================================================================

A folder is never changed once it has its name: it was written beside its place, made durable file by file, and renamed.
So at a power cut there is the old or the new, and what is neither is swept up by whoever comes next. A device that was
wiped has a folder in force without settings: the daemon then finds no configuration, and does not start; and whatever
state there is, is swept up before anything else is done.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.domain.authority import Identifier, Name
from edge.domain.errors import Misconfigured

COMING: Final = "coming"
EPOCH: Final = "epoch"
SETTINGS: Final = "settings.toml"
NETWORKS: Final = "networks.conf"
KEYS: Final = ("device-key", "tls-key")
_FRESH: Final = ".fresh"
_LOCKS: Final = frozenset({"undisturbed.lock"})
"""Of a state, what says nothing and may be held by an update at this moment."""


@dataclass(frozen=True, slots=True)
class Places:
    """The paths of one instance, below a root."""

    instance: Name
    root: Path = Path("/")

    @property
    def link(self) -> Path:
        """Says which epoch is in force."""
        return self.root / "etc/lamppost" / self.instance

    @property
    def folder(self) -> Path:
        """Of all that was put there."""
        return self.link.with_name(f".{self.instance}")

    @property
    def coming(self) -> Path:
        """Asked for, and not answered yet."""
        return self.folder / COMING

    @property
    def settings(self) -> Path:
        """The daemon's configuration file."""
        return self.link.with_name(f"{self.instance}.toml")

    @property
    def place(self) -> Path:
        """What whoever sets the machine up says of the place: a part of the settings."""
        return self.link.with_name(f"{self.instance}.place.toml")

    @property
    def state(self) -> Path:
        """The service's state directory."""
        return self.root / "var/lib/lamppost" / self.instance

    def credential(self, name: str) -> Path:
        """A sealed key, where the unit looks for it."""
        return self.root / "etc/credstore.encrypted" / self.credential_name(name)

    def credential_name(self, name: str) -> str:
        """What it is sealed under: the name of its file."""
        return f"lamppost.{self.instance}.{name}"

    @property
    def drop_in(self) -> Path:
        """What the unit is told of networks."""
        return self.root / f"etc/systemd/system/lamppost@{self.instance}.service.d" / NETWORKS

    def pointers(self) -> dict[Path, str]:
        """Every link to a file behind the one in force, and that file's name."""
        keys = {self.credential(name): name for name in KEYS}
        return {self.settings: SETTINGS, self.drop_in: NETWORKS, **keys}


class Provisioned:
    """What is on disk of one instance. One process at a time: see :meth:`alone`."""

    def __init__(self, places: Places) -> None:
        self.places = places

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """While nobody else provisions this instance. Raises Misconfigured where somebody does, or there is no room."""
        try:
            _made(self.places.folder)
            held = os.open(self.places.folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise Misconfigured(f"{self.places.folder} cannot be used: {error.strerror}.", "Run it as root.") from error
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.sweep()
            yield
        except BlockingIOError as error:
            raise Misconfigured("Somebody else is provisioning this instance.", "Wait until they are done.") from error
        finally:
            os.close(held)

    def in_force(self) -> Identifier | None:
        """The epoch in force; None where there is none."""
        return None if self.read(SETTINGS) is None else _epoch(self.places.link)

    def ended(self) -> bool:
        """Whether an epoch was ended, and the device wiped for the one that is coming."""
        return self.places.link.exists() and self.read(SETTINGS) is None

    def read(self, name: str, *, coming: bool = False) -> bytes | None:
        """A file of what is in force, or of what is coming; None where there is none."""
        folder = self.places.coming if coming else self.places.link
        try:
            return (folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def place(self) -> bytes | None:
        """What was said of the place; None where nothing was. Raises Misconfigured where it cannot be read."""
        try:
            return self.places.place.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Misconfigured(
                f"{self.places.place} cannot be read: {error.strerror}.", "Mend or remove it."
            ) from error

    def put(self, epoch: Identifier, files: Mapping[str, bytes]) -> str:
        """A new folder with these files. Returns its name; nothing leads to it yet. Raises Misconfigured."""
        name = f"{epoch}-{secrets.token_hex(4)}"
        fresh = self.places.folder / f".{name}.new"
        try:
            fresh.mkdir(mode=0o755)
            for file, content in {**files, EPOCH: epoch.encode()}.items():
                _write(fresh / file, content, 0o600 if file in KEYS else 0o644)
            _flushed(fresh)
            fresh.rename(self.places.folder / name)
            _flushed(self.places.folder)
        except OSError as error:
            raise Misconfigured(f"{fresh} cannot be written: {error.strerror}.", "Free or mend the disk.") from error
        return name

    def expect(self, name: str) -> None:
        """Make a folder the one that is coming."""
        _linked(self.places.coming, self.places.folder / name)

    def point(self) -> None:
        """Make the links that lead behind the one in force, where they are not there. Changes no state.

        Raises Misconfigured where a file is in the way of one.
        """
        for place in self.places.pointers():
            if place.exists() and not place.is_symlink():
                raise Misconfigured(
                    f"{place} is a file, where a link belongs.",
                    "Move it away; what it sets may be given: --site-settings.",
                )
        for place, name in self.places.pointers().items():
            _made(place.parent)
            _linked(place, self.places.link / name)

    def switch(self, name: str) -> None:
        """Put another folder in force. At this moment everything changes; what was in force is swept up."""
        _linked(self.places.link, self.places.folder / name)
        self.sweep()

    def new_state(self) -> Path:
        """An empty folder, in which a state is made before :meth:`keep_state` puts it in its place."""
        fresh = self.places.state / _FRESH
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700, parents=True)
        return fresh

    def keep_state(self) -> None:
        """What was made becomes the state, and its owner's. Only while nothing is in force."""
        assert self.in_force() is None
        fresh, owner = self.places.state / _FRESH, self.places.state.stat()
        for path in fresh.iterdir():
            os.chown(path, owner.st_uid, owner.st_gid)
            _flushed(path)
        _flushed(fresh)
        for path in fresh.iterdir():
            path.rename(self.places.state / path.name)
        fresh.rmdir()
        _flushed(self.places.state)

    def sweep(self) -> None:
        """Delete what is neither in force nor coming: what a power cut left half done, and what was ended."""
        epoch, coming = self.in_force(), self.places.coming
        if epoch is not None and _epoch(coming) == epoch:
            coming.unlink()  # answered
            _flushed(self.places.folder)
        led_to = [_target(self.places.link), _target(coming)]
        kept = {name for name in led_to if name is not None}
        _swept(self.places.folder, {*kept, COMING} if coming.exists() else kept)
        if self.ended():
            _swept(self.places.state, _LOCKS)


def _target(link: Path) -> str | None:
    try:
        return link.readlink().name
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Misconfigured(f"{link} is no link.", "Move it away.") from error


def _epoch(folder: Path) -> Identifier | None:
    try:
        return (folder / EPOCH).read_text("ascii")
    except (FileNotFoundError, NotADirectoryError):
        return None


def in_use(journal: Path) -> bool:
    """Whether another process has a journal open: it holds a lock as long as it does."""
    if not journal.exists():
        return False
    connection = sqlite3.connect(journal, timeout=0, isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    finally:
        connection.close()
    return False


def _write(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _linked(place: Path, target: Path) -> None:
    """A relative link, replaced in one step."""
    wanted = os.path.relpath(target, place.parent)
    if place.is_symlink() and place.readlink() == Path(wanted):
        return
    fresh = place.with_name(f".{place.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(wanted)
    fresh.replace(place)
    _flushed(place.parent)


def _swept(folder: Path, kept: Set[str]) -> None:
    """A name goes first and its content after, so that half a folder is never taken for a whole one."""
    if not folder.is_dir():
        return
    for found in [one for one in folder.iterdir() if one.name not in kept]:
        if found.is_dir() and not found.is_symlink():
            gone = found if found.name.startswith(".") else found.rename(folder / f".{found.name}.old")
            shutil.rmtree(gone)
        else:
            found.unlink()
    _flushed(folder)


def _made(folder: Path) -> None:
    """A folder that outlives a power cut, and those above it."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o755)
        _flushed(one.parent)


def _flushed(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

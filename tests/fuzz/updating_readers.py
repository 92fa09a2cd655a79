"""Readers of the updater: a repository that a mirror or a stick may have changed, and the files on the device."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from tuf.api import exceptions
from tuf.api.metadata import TargetFile
from tuf.ngclient import FetcherInterface

from edge.adapters.updates import UpdaterFiles
from edge.domain.errors import Misconfigured, Undecodable
from edge.domain.updates import UpdateRecord
from edge.updating import commands, mirror, repository, shelf
from edge.updating.course import Package, Record, Stage, State
from edge.updating.machine import NOT_ITS_FAULT, STANDING, failures
from edge.updating.refusals import Refusal
from edge.updating.repository import Repository
from tests.fuzz.examples import documents, example
from tests.fuzz.file_samples import as_toml
from tests.fuzz.reader import Read, Reader
from tests.updating.release import CHANNEL, Release, a_package

RUN = "0123456789abcdef"
MIRROR = "https://mirror.invalid/lamppost/"


class Offered:
    """A repository of which one file of metadata is damaged, in turn; made at the first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._again = folder / "again"

    @cached_property
    def _release(self) -> Release:
        made = Release.founded(self._folder / "release")
        made.rotate(("root-1", "root-2", "root-3"), signers=("root-1", "root-2"))
        made.publish(a_package(self._folder, "0.2.0+deb12"))
        return made

    @cached_property
    def _files(self) -> dict[str, bytes]:
        """All of them, by their paths beneath the repository."""
        place = self._release.repository
        return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}

    @cached_property
    def _names(self) -> list[str]:
        """Those that are damaged, and one that nobody signed yet."""
        return [*sorted(name for name in self._files if name.startswith("metadata/")), "metadata/3.root.json"]

    def seeds(self, _: Random) -> list[bytes]:
        """A byte for the file, then its content."""
        return [bytes([number]) + self._files.get(name, b"{}") for number, name in enumerate(self._names)]

    def brought(self, raw: bytes) -> object:
        """As from a stick, by a device that has seen nothing but its first root."""
        files = self._damaged(raw)
        for name, content in files.items():
            path = self._again / "offered" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        try:
            found = Repository(self._again / "offered", self._again / "known", self._release.first_root)
            return _said(found.offered(CHANNEL))
        finally:
            shutil.rmtree(self._again)

    def fetched(self, raw: bytes) -> object:
        """As from a mirror."""
        said, root = Said(self._damaged(raw)), self._release.first_root
        try:
            return _said(mirror.copy(MIRROR, self._again, root, CHANNEL, said))
        finally:
            shutil.rmtree(self._again)

    def rooted(self, raw: bytes) -> object:
        """The root metadata that somebody installed."""
        try:
            return Repository(self._again / "offered", self._again / "known", raw)
        finally:
            shutil.rmtree(self._again)

    def roots(self, _: Random) -> list[bytes]:
        """The two that were signed."""
        return [self._files[f"metadata/{number}.root.json"] for number in (1, 2)]

    def _damaged(self, raw: bytes) -> dict[str, bytes]:
        return {**self._files, self._names[(raw[0] if raw else 0) % len(self._names)]: raw[1:]}


class Said(FetcherInterface):
    """What a mirror says, by the addresses' paths."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    def _fetch(self, url: str) -> Iterator[bytes]:
        content = self._files.get(urlsplit(url).path.removeprefix("/lamppost/"))
        if content is None:
            raise exceptions.DownloadHTTPError("not there", 404)
        return iter((content[:1000], content[1000:]))


def updating(folder: Path) -> list[Reader]:
    """All of them."""
    folder.mkdir()
    offered = Offered(folder)
    return [
        Reader("repository on a stick", offered.brought, offered.seeds, share=0.05),
        Reader("repository of a mirror", offered.fetched, offered.seeds, share=0.05),
        Reader("first root of updates", offered.rooted, offered.roots, (Misconfigured,), share=0.05),
        Reader("target that was signed", _offer, _targets),
        Reader(
            "configuration of updates",
            _file(folder / "update.toml", _configured),
            _configurations,
            (Misconfigured,),
            ("edge.updating.commands:load",),
        ),
        Reader(
            "state of updates",
            _file(folder / shelf.STATE, lambda path: shelf.Shelf(path.parent).state()),
            _states,
            (shelf.Stranded,),
            ("edge.updating.shelf:decoded", "edge.updating.shelf:_named"),
        ),
        Reader(
            "state of updates for an instance",
            _file(folder / "pole" / shelf.STATE, _records),
            _states,
            covers=("edge.adapters.updates:_state", "edge.adapters.updates:records"),
        ),
        Reader(
            "record of an update",
            lambda raw: _kept(folder / "pole" / shelf.STATE, raw),
            lambda random: documents(UpdateRecord, random, 20),
            share=0.5,
        ),
        Reader(
            "what an instance found",
            _file(folder / STANDING, _found),
            _standing,
            covers=("edge.updating.machine:_standing",),
        ),
    ]


def _file(path: Path, read: Callable[[Path], object]) -> Read:
    path.parent.mkdir(exist_ok=True)

    def written(raw: bytes) -> object:
        path.write_bytes(raw)
        return read(path)

    return written


def _said(found: object) -> object:
    if isinstance(found, Refusal):
        raise Undecodable(str(found), "Copy it again.")
    return found


def _offer(raw: bytes) -> object:
    """What as many signed as had to: python-tuf has read it."""
    try:
        target = TargetFile.from_dict(json.loads(raw), repository.target_of(CHANNEL))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Undecodable("No target.", "None.") from error
    return _said(repository._offer(target))


def _targets(_: Random) -> list[bytes]:
    custom = {"version": "0.2.0+deb12", "manifest": "d" * 64}
    return [json.dumps({"length": 1000, "hashes": {"sha256": "e" * 64}, "custom": custom}).encode()]


def _configured(path: Path) -> object:
    """Everything that it may name, used as far as a name is."""
    found = commands.load(path)
    for place in (found.root, found.folder, found.fetched, found.instances):
        with contextlib.suppress(OSError):
            place.stat()
    if found.mirror:
        with tempfile.TemporaryDirectory(dir=path.parent) as room:
            mirror.copy(found.mirror, Path(room), b"", CHANNEL, Said({}))
    return found


def _configurations(random: Random) -> list[bytes]:
    """The first is what people write."""
    plain = b'mirror = "https://mirror.example/lamppost"\nroot = "/etc/root.json"\nstands = 60\n'
    return [plain, b"", *(as_toml(example(commands.Settings, random)) for _ in range(5))]


def _states(random: Random) -> list[bytes]:
    old, new = (Package(version=one, digest=one[2] * 64, manifest="f" * 64) for one in ("0.2.0+deb12", "0.3.0~rc1"))
    records = tuple(shelf._read(Record, json.loads(raw)) for raw in documents(UpdateRecord, random, 5))
    trying = State(
        stage=Stage.TRYING, mark=old.version, confirmed=old, pending=new, instances=("lamppost@cam0.service",),
        failed=("0.2.1+deb12",), records=records, count=len(records),  # type: ignore[arg-type]
    )  # fmt: skip
    return [shelf.encoded(State()), shelf.encoded(trying)]


def _records(path: Path) -> object:
    found = UpdaterFiles(path.parent, path.parent, writer=os.geteuid())
    if found._state() is None:
        raise Undecodable("No state.", "None.")
    return found.records()


def _kept(path: Path, raw: bytes) -> object:
    """In a state that is whole."""
    path.write_bytes(b'{"stage":"still","records":[' + raw + b"]}")
    found = _records(path)
    if not found:
        raise Undecodable("No record.", "None.")
    return found


def _found(path: Path) -> object:
    found = failures(path.parent, RUN)
    if found == ("self-test",):
        raise Undecodable("It says nothing.", "None.")
    return found


def _standing(_: Random) -> list[bytes]:
    failed: tuple[list[str], ...] = ([], ["camera"], ["camera", *sorted(NOT_ITS_FAULT)])
    return [json.dumps({"run": RUN, "failed": one}).encode() for one in failed]

"""What was sent and taken in: a folder beside the journal, which the next start looks into.

=================================  =========================================================================
``calibration.json``               signed; the one before stays as ``calibration.json.previous``
``models/<SHA-256 of the list>/``  ``manifest.json``, the list, and the model files that it names
``models/coming``                  names the list that was sent last
``models/current``                 names the last that was complete; the one before in ``current.previous``
``models/<...>/trial``             how many starts have begun with it; ``stood`` once its self-test had passed,
                                   ``undone`` where it never did
=================================  =========================================================================

Every file is replaced whole and durably. What is here is used only where it is complete and fits together (see
:mod:`edge.chosen`) and was not undone; otherwise what came before it is, or what was provisioned. A list is undone
where so many starts have begun with it and none of them passed its self-test: whatever ended them, also the power. Sent
again, it is tried again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from edge.domain.authority import Digest

CALIBRATION: Final = "calibration.json"
MODELS: Final = "models"
MANIFEST: Final = "manifest.json"
COMING: Final = "coming"
CURRENT: Final = "current"
TRIAL: Final = "trial"
STOOD: Final = "stood"
UNDONE: Final = "undone"
TRIES: Final = 3
OF_MODELS: Final = frozenset({"detector", "embedder"})
"""Parts of the self-test that say whether models work."""
_PRECISION: Final = "int8"


class _Model(msgspec.Struct, frozen=True):
    file: str
    sha256: Digest
    precision: str


class _Manifest(msgspec.Struct, frozen=True):
    models: tuple[_Model, ...]


class InstalledFiles:
    """The folder. ``release`` is that of the models that the program came with."""

    def __init__(
        self, folder: Path, release: Path, identify: Callable[[Path], frozenset[Digest]] = lambda _: frozenset()
    ) -> None:  # fmt: skip
        """``identify`` gives what signed documents call the models of a folder, by its list alone."""
        self._folder = folder
        self._models = folder / MODELS
        self._release = release
        self._identify = identify
        self._trial: Path | None = None

    def listed(self) -> frozenset[Digest]:
        """SHA-256 of every model file that the release, or the list that was sent, names."""
        return frozenset(model.sha256 for model in (*_named(self._release), *self._coming()))

    def identities(self) -> frozenset[Digest]:
        """What signed documents call the models of the list that was sent."""
        folder = _folder(self._models, COMING)
        return frozenset() if folder is None else self._identify(folder)

    def put_calibration(self, document: bytes) -> bool:
        """Keep a signed calibration in place of the one before, which stays beside it. False where the disk will not.

        Here and below: all of it durably, or nothing.
        """
        return _put(self._folder / CALIBRATION, document, previous=True)

    def put_list(self, models: bytes) -> bool:
        """Keep a list of models likewise. It is used once every file that it names is here."""
        name = hashlib.sha256(models).hexdigest()
        return (
            all(_deleted(self._models / name / mark) for mark in (UNDONE, TRIAL))
            and _put(self._models / name / MANIFEST, models)
            and _put(self._models / COMING, name.encode())
            and self._completed()
        )

    def put_model(self, digest: Digest, file: bytes) -> bool:
        """Keep a model file that the list names; or one of the release, in place of one that its disk has spoilt."""
        if hashlib.sha256(file).hexdigest() != digest:
            return False
        if digest not in {model.sha256 for model in self._coming()}:
            try:
                released = (self._release / MANIFEST).read_bytes()
            except OSError:
                return False
            if digest not in {model.sha256 for model in _named(self._release)} or not self.put_list(released):
                return False
        folder = _folder(self._models, COMING)
        if folder is None:
            return False
        names = [model.file for model in self._coming() if model.sha256 == digest]
        return all(_put(folder / name, file) for name in names) and self._completed()

    def settle(self) -> None:
        """At a start, before models are chosen: what had its starts and never passed is undone."""
        for folder in folders(self._folder):
            if not (folder / STOOD).exists() and _count(folder / TRIAL) >= TRIES:
                _put(folder / UNDONE, b"")

    def try_out(self, models: Path) -> None:
        """This start is about to use the models of a folder: counted, before anything of them is opened."""
        if models in folders(self._folder) and not (models / STOOD).exists():
            self._trial = models
            _put(models / TRIAL, str(_count(models / TRIAL) + 1).encode())

    def tried(self, test: Callable[[], Sequence[str]]) -> bool:
        """Ordinary from now on; or undone, and False, where models are among what fails of the self-test."""
        if self._trial is None:
            return True
        good = OF_MODELS.isdisjoint(test())
        _put(self._trial / (STOOD if good else UNDONE), b"")
        self._trial = None
        return good

    def _coming(self) -> list[_Model]:
        folder = _folder(self._models, COMING)
        return [] if folder is None else _named(folder)

    def _completed(self) -> bool:
        """Files that the list names and that are here already need not be sent; where none is missing, it is used."""
        folder = _folder(self._models, COMING)
        if folder is None:
            return False
        beside = [self._release, *folders(self._folder)]
        for model in _named(folder):
            if _read(folder, model) is not None:
                continue
            found = next((raw for one in beside if (raw := _read(one, model)) is not None), None)
            if found is not None and not _put(folder / model.file, found):
                return False
        if complete(folder) and folder != _folder(self._models, CURRENT):
            return _put(self._models / CURRENT, folder.name.encode(), previous=True) and self._tidied()
        return True

    def _tidied(self) -> bool:
        wanted = {_folder(self._models, name) for name in (COMING, CURRENT, f"{CURRENT}.previous")}
        for old in self._models.iterdir():
            if old.is_dir() and old not in wanted:
                shutil.rmtree(old, ignore_errors=True)
        return True


def folders(place: Path) -> list[Path]:
    """The folders of models that were complete once, the latest first."""
    found = (_folder(place / MODELS, name) for name in (CURRENT, f"{CURRENT}.previous"))
    return [folder for folder in found if folder is not None]


def former(path: Path) -> Path:
    """Where the one stays that was replaced last."""
    return path.with_name(f"{path.name}.previous")


def undone(folder: Path) -> bool:
    """Whether its models did not work here."""
    return (folder / UNDONE).exists()


def _deleted(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _count(path: Path) -> int:
    try:
        found = path.read_text("ascii")
    except FileNotFoundError:
        return 0
    except (OSError, ValueError):
        return TRIES
    return int(found) if found.isdecimal() else TRIES


def complete(folder: Path) -> bool:
    """Whether every file that a folder's list names for a device is there, byte for byte."""
    wanted = _named(folder)
    return bool(wanted) and all(_read(folder, model) is not None for model in wanted)


def _folder(models: Path, pointer: str) -> Path | None:
    try:
        name = (models / pointer).read_text("ascii")
    except (OSError, ValueError):
        return None
    return models / name if len(name) == 64 and not set(name) - set("0123456789abcdef") else None


def _named(folder: Path) -> list[_Model]:
    """What a folder's list names for a device; nothing where it has none, or names a file outside the folder."""
    try:
        models = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=_Manifest).models
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
        return []
    if any(Path(model.file).name != model.file or model.file == MANIFEST for model in models):
        return []
    return [model for model in models if model.precision == _PRECISION]


def _read(folder: Path, model: _Model) -> bytes | None:
    try:
        found = (folder / model.file).read_bytes()
    except OSError:
        return None
    return found if hashlib.sha256(found).hexdigest() == model.sha256 else None


def _put(path: Path, content: bytes, *, previous: bool = False) -> bool:
    """Replace a file: written beside it, flushed to disk, renamed, and the folder flushed too."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if previous and path.exists():
            kept = former(path)
            kept.unlink(missing_ok=True)
            kept.hardlink_to(path)
        fresh.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError:
        return False
    return True

"""The release manifest: digests of what was installed, to be held against what was published.

It is named by its own digest, which whoever makes a release publishes. It does not prove what ran: a changed program
can show any manifest. That is what measured boot and attestation are for, outside this program.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

import edge
from edge import __version__, settings
from edge.domain.authority import Digest, Signed
from edge.domain.errors import Misconfigured, Undecodable
from edge.wire.signed import canonical, digest, parse, payload_of

FORMAT: Final = "lamppost-release/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What one release consists of."""

    format: str
    version: str
    detector: Digest
    """Identities of the models, as the calibration and every authorisation name them."""
    embedder: Digest
    calibration: Digest
    """SHA-256 of the calibration that comes with it: what an evaluator signs, and an authorisation names."""
    files: Annotated[dict[str, Digest], Meta(max_length=65536)]
    """Of the program and the models."""


class _Model(msgspec.Struct):
    file: str
    sha256: Digest
    precision: str

    @property
    def is_run(self) -> bool:
        """Whether a device runs it; the others are there for measuring."""
        return self.precision == "int8"


class _Chain(msgspec.Struct):
    detector: Digest
    embedder: Digest


class _Manifest(msgspec.Struct):
    models: list[_Model]


def of_installed(models: Path | None = None, calibration: Path | None = None) -> Release:
    """The manifest of what is installed here. Raises Misconfigured where something of it is not there."""
    return of(
        Path(edge.__file__).parent,
        models or settings.shared("models"),
        calibration or settings.shared("calibration.json"),
        version=__version__,
    )


def of(program: Path, folder: Path, calibration: Path, *, version: str) -> Release:
    """The manifest of a program that lies in a folder, with its models. Raises Misconfigured likewise."""
    try:
        listed = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=_Manifest).models
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Misconfigured(f"No readable manifest of models in {folder}: {error}.", "Run: make models") from error
    payload = _calibration(calibration)
    table = msgspec.json.decode(payload, type=_Chain)
    return Release(
        format=FORMAT,
        version=version,
        detector=table.detector,
        embedder=table.embedder,
        calibration=digest(payload),
        files={**dict(_program(program)), **{f"models/{model.file}": model.sha256 for model in listed if model.is_run}},
    )


def load(path: Path) -> Release:
    """A manifest from a file. Raises Misconfigured."""
    try:
        found = parse(path.read_bytes(), Release)
    except OSError as error:
        raise Misconfigured(f"The manifest {path} cannot be read: {error.strerror}.", "Name its file.") from error
    except Undecodable as error:
        raise Misconfigured(
            f"The manifest {path} is not valid: {error}", "Use the file as it was published."
        ) from error
    if found.format != FORMAT:
        raise Misconfigured(f"The manifest {path} has the format {found.format!r}.", f"{FORMAT} is known here.")
    return found


def _calibration(path: Path) -> bytes:
    """Its payload where it is signed, its canonical form where it is not yet."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=dict)
        payload = payload_of(msgspec.convert(found, Signed)) if "payload" in found else canonical(found)
        msgspec.json.decode(payload, type=_Chain)
    except (OSError, msgspec.MsgspecError, Undecodable, ValueError, RecursionError) as error:
        raise Misconfigured(f"The calibration {path} cannot be read: {error}.", "Run: make models") from error
    return payload


def _program(root: Path) -> Iterator[tuple[str, Digest]]:
    for path in sorted(root.rglob("*.py")):
        yield f"edge/{path.relative_to(root).as_posix()}", hashlib.sha256(path.read_bytes()).hexdigest()

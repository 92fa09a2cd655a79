"""The configuration file (TOML). It says where things are and who this device is; it can loosen nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec

from edge.domain.authority import Identifier, Name
from edge.domain.errors import Misconfigured

_REMEDY = "Compare it with the example in the README."


class DeviceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who this device is, as provisioned."""

    site: Name
    name: Name
    epoch: Identifier


class PathSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where things are. A relative path is relative to the configuration file."""

    state: Path
    trust_root: Path
    models: Path
    calibration: Path
    key: Path


class BrokerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The broker, and this device's certificate for it."""

    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8883
    ca: Path
    certificate: Path
    key: Path


class CameraSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The capture device's streams, fixed once at its opening."""

    width: Annotated[int, msgspec.Meta(ge=320, le=4096, multiple_of=64)] = 1920
    height: Annotated[int, msgspec.Meta(ge=240, le=4096, multiple_of=2)] = 1080
    small_width: Annotated[int, msgspec.Meta(ge=320, le=1280, multiple_of=64)] = 640
    small_height: Annotated[int, msgspec.Meta(ge=180, le=960, multiple_of=2)] = 360
    frames_per_second: Annotated[int, msgspec.Meta(ge=1, le=60)] = 25


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it."""

    device: DeviceSettings
    paths: PathSettings
    broker: BrokerSettings
    camera: CameraSettings = msgspec.field(default_factory=CameraSettings)
    threads: Annotated[int, msgspec.Meta(ge=1, le=8)] = 2
    """Threads of each model's interpreter."""


def shared(name: str) -> Path:
    """What set-up leaves beside the installed program: ``models``, ``calibration.json``."""
    return Path(sys.prefix) / "share" / "lamppost" / name


def load(path: Path) -> Settings:
    """Read the file. Raises Misconfigured naming the file, the key and what is wrong with it."""
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=Settings, dec_hook=_path)
    except OSError as error:
        raise Misconfigured(f"The configuration {path} cannot be read: {error.strerror}.", _REMEDY) from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise Misconfigured(f"The configuration {path} is not valid: {error}.", _REMEDY) from error
    return _resolved(settings, path.resolve().parent)


def _path(kind: type, raw: object) -> object:
    if kind is Path and isinstance(raw, str):
        return Path(raw)
    raise TypeError(f"expected a path, found {raw!r}")


def _resolved(settings: Settings, folder: Path) -> Settings:
    paths = {name: folder / getattr(settings.paths, name) for name in settings.paths.__struct_fields__}
    broker = {name: folder / getattr(settings.broker, name) for name in ("ca", "certificate", "key")}
    return msgspec.structs.replace(
        settings,
        paths=msgspec.structs.replace(settings.paths, **paths),
        broker=msgspec.structs.replace(settings.broker, **broker),
    )

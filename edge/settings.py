"""The configuration file (TOML). It says where things are and who this device is; it can loosen nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from edge.domain.authority import Identifier, Name
from edge.domain.errors import Misconfigured
from edge.domain.face import Box
from edge.domain.zone import UNIT, Zone
from edge.steps import zone as pixels
from edge.steps.sizing import Faces

THREADS = 2
CREDENTIALS = "$CREDENTIALS_DIRECTORY"
"""Stands for the folder in which the service manager hands over what it has decrypted for this service alone."""
_REMEDY = "Compare it with the example in the README."


class DeviceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who this device is, as provisioned."""

    site: Name
    name: Name
    epoch: Identifier


class PathSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where things are. A relative path is relative to the configuration file; keys are taken from the service's
    credentials, where no path is given for them.
    """

    state: Path
    trust_root: Path
    models: Path
    calibration: Path
    key: Path = Path(CREDENTIALS, "device-key")


class BrokerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The broker, and this device's certificate for it."""

    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8883
    ca: Path
    certificate: Path
    key: Path = Path(CREDENTIALS, "tls-key")
    keepalive: Annotated[int, msgspec.Meta(ge=5, le=120)] = 20
    """Seconds of silence after which the broker is asked for a sign of life. A network that drops idle flows sooner
    needs less; a lost connection is known within twice as long."""


class ProfileSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a fixed zone is exposed. What is left out is the camera's affair."""

    exposure_us: Annotated[int, msgspec.Meta(ge=10, le=1_000_000)] | None = None
    gain: Annotated[float, msgspec.Meta(ge=1, le=1_000)] | None = None
    """Of the sensor; on V4L2 cameras in the driver's own units."""
    brightness: Annotated[float, msgspec.Meta(ge=-4, le=4)] = 0
    """What automatic exposure aims at, in stops beside its own judgement."""
    focus: Annotated[float, msgspec.Meta(ge=0, le=1_000)] | None = None
    """Dioptres: 0.2 is five metres. On V4L2 cameras in the driver's own units."""
    mains_hz: Literal[0, 50, 60] = 50
    """Of the public lighting, whose flicker exposure times avoid. 0: none."""


class NightSettings(ProfileSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The profile of the night, and when it holds: half a minute of light beyond its bound changes over."""

    below_lux: Annotated[float, msgspec.Meta(ge=0)] = 5
    above_lux: Annotated[float, msgspec.Meta(ge=0)] = 30

    def __post_init__(self) -> None:
        if self.above_lux <= self.below_lux:
            raise ValueError("night ends in more light than it begins in: above_lux is to be more than below_lux")


class CameraSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The capture device's main stream, fixed once at its opening. The low-resolution one follows from the zone."""

    kind: Literal["picamera2", "v4l2", "rtsp"] = "picamera2"
    """A Raspberry Pi's own camera; one that the kernel shows as a file; one on a network, whose picture nobody can show
    to be live: the device says so in its signed state for as long as it runs."""
    number: Annotated[int, msgspec.Meta(ge=0, le=3)] = 0
    """Of a Raspberry Pi's camera, as ``rpicam-hello --list-cameras`` counts them."""
    device: Annotated[str, msgspec.Meta(pattern=r"^/dev/[!-~]{1,120}\Z")] = "/dev/video0"
    """Of a V4L2 camera. A link in ``/dev/v4l/by-path`` stays the same."""
    encoding: Annotated[str, msgspec.Meta(pattern=r"^[!-~]{4}\Z")] = "MJPG"
    """What a V4L2 camera is to send."""
    address: Annotated[str, msgspec.Meta(pattern=r"^rtsps?://[!-?A-~]{1,200}\Z")] | None = None
    """Of an RTSP camera, without user and password."""
    login: Path | None = None
    """A file with user:password for it."""
    width: Annotated[int, msgspec.Meta(ge=320, le=4096, multiple_of=64)] = 1920
    height: Annotated[int, msgspec.Meta(ge=240, le=4096, multiple_of=2)] = 1080
    frames_per_second: Annotated[int, msgspec.Meta(ge=1, le=60)] = 25
    day: ProfileSettings = msgspec.field(default_factory=ProfileSettings)
    night: NightSettings | None = None
    """Without it, it is always day. Only a Raspberry Pi's camera says how bright it is."""

    def __post_init__(self) -> None:
        if (self.kind == "rtsp") is not (self.address is not None):
            raise ValueError('an address is for kind = "rtsp", and is needed there')
        if self.night is not None and self.kind != "picamera2":
            raise ValueError("only a Raspberry Pi's camera says how bright it is: without that there is no night")


class SwitchSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A switch that the kernel shows as a file, and the words that it holds."""

    path: Path
    on: Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,32}\Z")] = "1"
    off: Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,32}\Z")] = "0"
    settles: Annotated[float, msgspec.Meta(ge=0, le=5)] = 0
    """Seconds that what is behind it needs after it was switched on."""

    def __post_init__(self) -> None:
        if self.on == self.off:
            raise ValueError("a switch needs one word for on and another for off")


class SwitchesSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes on before the capture device is opened and off after it was closed, where the device has it."""

    power: SwitchSettings | None = None
    """Of the capture device."""
    lamp: SwitchSettings | None = None
    """That tells the public. While it will not burn, the capture device stays shut."""
    ir_cut: SwitchSettings | None = None
    """The camera's infrared filter: on while it is before the sensor. It moves with the night profile."""


Corner = tuple[float, float]


class ZoneSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The zone of recognition. Nothing outside the outline or inside a mask is ever looked at."""

    units: Literal["share", "pixels"] = "share"
    """Of outline and masks: shares of the picture's width and height, 0 to 1, or pixels of the main stream."""
    outline: tuple[Corner, ...] = ((0, 0), (1, 0), (1, 1), (0, 1))
    masks: tuple[tuple[Corner, ...], ...] = ()
    nearest_face: Annotated[float, msgspec.Meta(gt=0)] = 240
    """Height of a face at the nearest place of the zone, pixels of the main stream."""
    farthest_face: Annotated[float, msgspec.Meta(gt=0)] = 60
    """At the farthest place where faces are still to be found."""


class MetricsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The Prometheus endpoint. Without this table there is none."""

    address: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-fA-F.:]{2,45}\Z")] = "127.0.0.1"
    """Who may connect is whoever can reach it: it asks for no password. Numbers alone, no host name."""
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 9464


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it."""

    device: DeviceSettings
    paths: PathSettings
    broker: BrokerSettings
    camera: CameraSettings = msgspec.field(default_factory=CameraSettings)
    zone: ZoneSettings = msgspec.field(default_factory=ZoneSettings)
    switches: SwitchesSettings = msgspec.field(default_factory=SwitchesSettings)
    metrics: MetricsSettings | None = None
    threads: Annotated[int, msgspec.Meta(ge=1, le=8)] = THREADS
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
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Misconfigured(f"The configuration {path} is not valid: {error}.", _REMEDY) from error
    return _resolved(settings, path.resolve().parent)


def zone(settings: Settings) -> Zone:
    """The zone. Raises Misconfigured naming the polygon and what is wrong with it."""
    given, camera = settings.zone, settings.camera
    width, height = (camera.width, camera.height) if given.units == "pixels" else (1, 1)

    def points(corners: tuple[Corner, ...]) -> tuple[tuple[int, int], ...]:
        return tuple((round(x / width * UNIT), round(y / height * UNIT)) for x, y in corners)

    try:
        return Zone(outline=points(given.outline), masks=tuple(points(mask) for mask in given.masks))
    except (ValueError, OverflowError) as error:
        remedy = 'Go round it once, in shares of the picture, 0 to 1, or in pixels with units = "pixels".'
        raise Misconfigured(f"[zone] {error}.", remedy) from error


def window(settings: Settings) -> Box:
    """The rectangle around the zone, pixels of the main stream. Raises Misconfigured where nothing of it is left."""
    found = pixels.bounds(pixels.hidden(zone(settings), settings.camera.width, settings.camera.height))
    if found is None:
        raise Misconfigured("[zone] nothing of it is left to look at.", "Draw a larger outline or smaller masks.")
    return found


def faces(settings: Settings) -> Faces:
    """How large faces are in the zone. Raises Misconfigured where the two are mixed up."""
    nearest, farthest = settings.zone.nearest_face, settings.zone.farthest_face
    if farthest > nearest:
        raise Misconfigured(
            f"[zone] farthest_face is {farthest:g} pixels, nearest_face only {nearest:g}.",
            "The nearest face is the larger one.",
        )
    return Faces(nearest=nearest, farthest=farthest)


def _path(kind: type, raw: object) -> object:
    if kind is Path and isinstance(raw, str) and "\0" not in raw:
        return Path(raw)
    raise TypeError(f"expected a path, found {raw!r}")


def _place(folder: Path, given: Path) -> Path:
    """Where a path leads. What is among the credentials stays as it is written where this is no service: the commands
    that need no key read the same file.
    """
    if given.parts[:1] != (CREDENTIALS,):
        return folder / given
    named = os.environ.get(CREDENTIALS.removeprefix("$"))
    return Path(named, *given.parts[1:]) if named else given


def _resolved(settings: Settings, folder: Path) -> Settings:
    paths = {name: _place(folder, getattr(settings.paths, name)) for name in settings.paths.__struct_fields__}
    broker = {name: _place(folder, getattr(settings.broker, name)) for name in ("ca", "certificate", "key")}
    named = {name: getattr(settings.switches, name) for name in settings.switches.__struct_fields__}
    switches = {
        name: msgspec.structs.replace(one, path=folder / one.path) for name, one in named.items() if one is not None
    }
    login = settings.camera.login
    return msgspec.structs.replace(
        settings,
        camera=msgspec.structs.replace(settings.camera, login=None if login is None else folder / login),
        switches=msgspec.structs.replace(settings.switches, **switches),
        paths=msgspec.structs.replace(settings.paths, **paths),
        broker=msgspec.structs.replace(settings.broker, **broker),
    )

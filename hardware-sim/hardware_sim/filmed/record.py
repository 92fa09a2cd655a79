"""Films with a real camera, through the product's own adapter, so that the film can be annotated and replayed.

A film keeps everybody who goes by, which the product never does: it is for volunteers, and says so before it begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from edge import camera as cameras
from edge.adapters.camera import SteadyCamera, Streams
from edge.adapters.host import SystemClock
from edge.domain.capture import Instant
from edge.domain.errors import CaptureLost, Misconfigured
from edge.ports import Camera
from edge.settings import CameraSettings
from hardware_sim.h264 import writing

LONGEST: Final = 3600.0
PATIENCE: Final = timedelta(seconds=10)
"""Without a frame, after which the camera is given up."""
SIZE: Final = (1920, 1080)
SMALL: Final = (640, 360)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be filmed."""

    seconds: float
    fps: int
    megabits: float
    everybody_agreed: bool
    """Whether all who may be seen are volunteers."""


def opened(name: str, fps: int, login: Path | None = None) -> SteadyCamera:
    """A camera by what it is called; it is not open yet. Raises Misconfigured."""
    said: dict[str, Any] = {"width": SIZE[0], "height": SIZE[1], "frames_per_second": fps}
    if name.startswith(("rtsp://", "rtsps://")):
        said |= {"kind": "rtsp", "address": name, "login": login}
    elif name.startswith("/dev/"):
        said |= {"kind": "v4l2", "device": name}
    elif name == "picamera2":
        said["kind"] = name
    else:
        raise Misconfigured(f"There is no camera {name!r}.", "Name picamera2, a file in /dev, or an rtsp address.")
    try:
        settings = msgspec.convert(said, CameraSettings, strict=False)
    except msgspec.ValidationError as error:
        raise Misconfigured(f"The camera {name} cannot be used: {error}.", "Correct its name or its rate.") from error
    streams = Streams(
        width=SIZE[0], height=SIZE[1], small_width=SMALL[0], small_height=SMALL[1], frames_per_second=fps
    )  # fmt: skip
    return SteadyCamera(cameras.source(settings, streams), streams, SystemClock(), cameras.dusk(settings, None))


def run(camera: Camera, out: Path, asked: Asked) -> int:
    """Film for so long; returns the number of frames. The camera is closed when this returns.

    Raises Misconfigured where nobody said that everybody agreed, CaptureLost where no frame comes.
    """
    if not asked.everybody_agreed:
        raise Misconfigured(
            "A film keeps everybody who goes by.", "Film volunteers only, and say so with --everybody-agreed."
        )
    if not 0 < asked.seconds <= LONGEST:
        raise Misconfigured(f"A film of {asked.seconds:g} s cannot be made.", f"Choose up to {LONGEST:g} s.")
    if out.exists():
        raise Misconfigured(f"{out} is there already.", "Name another file.")
    camera.open()
    try:
        return _filmed(camera, out, asked)
    finally:
        camera.close()


def _filmed(camera: Camera, out: Path, asked: Asked) -> int:
    first = camera.next(PATIENCE)
    if first is None:
        raise _nothing()
    start: Instant = first.captured
    count = 0
    with writing(out, (first.main.width, first.main.height), asked.fps, asked.megabits) as put:
        frame = first
        while (offset := frame.captured.since(start)).total_seconds() < asked.seconds:
            put(frame.main, offset)
            count += 1
            following = camera.next(PATIENCE)
            if following is None:
                raise _nothing()
            frame = following
    return count


def _nothing() -> CaptureLost:
    return CaptureLost("The camera gives no frames.", "Check its cable, and that nothing else has it open.")

"""Writes a film as H.264 in MP4, and the truth about it as JSON lines."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import msgspec
import numpy as np
from av.error import FFmpegError

from edge.domain.capture import Picture
from edge.domain.errors import Misconfigured
from hardware_sim.composed.film import Film

TICKS: Final = 90_000
"""A second, in the file's time base."""


def write(film: Film, path: Path, megabits: float, progress: Callable[[int], None] = lambda _: None) -> None:
    """All frames as H.264 of so many megabits a second. Raises Misconfigured where the file cannot be written."""
    camera = film.layout.file.camera
    try:
        with av.open(str(path), "w") as container:
            stream: Any = container.add_stream("h264", rate=Fraction(camera.fps).limit_denominator(1000))
            stream.width, stream.height = camera.resolution
            stream.pix_fmt = "yuv420p"
            stream.bit_rate = round(megabits * 1e6)
            stream.options = {"preset": "veryfast"}
            stream.codec_context.time_base = Fraction(1, TICKS)
            for number in range(film.frames):
                frame = _frame(film.render(number).main)
                frame.pts, frame.time_base = round(number * TICKS / camera.fps), Fraction(1, TICKS)
                container.mux(stream.encode(frame))
                progress(number + 1)
            container.mux(stream.encode(None))
    except (FFmpegError, OSError) as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}.", "Name a writable .mp4 file.") from error


def write_truth(film: Film, path: Path) -> None:
    """A line for the scene, one for each frame, one for each passage. Raises Misconfigured."""
    layout = film.layout
    first = {
        "scene": layout.file.says, "seed": layout.file.seed, "fps": layout.file.camera.fps, "frames": film.frames,
        "size": layout.file.camera.resolution, "listed": sorted(layout.listed),
    }  # fmt: skip
    try:
        with path.open("wb") as lines:
            lines.write(msgspec.json.encode(first) + b"\n")
            for number in range(film.frames):
                lines.write(msgspec.json.encode(film.truth(number)) + b"\n")
            for passage in layout.passages:
                lines.write(msgspec.json.encode(passage) + b"\n")
    except OSError as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}.", "Name a writable file.") from error


def _frame(picture: Picture) -> av.VideoFrame:
    packed = np.concatenate([picture.y.reshape(-1), picture.u.reshape(-1), picture.v.reshape(-1)])
    return av.VideoFrame.from_ndarray(packed.reshape(picture.height * 3 // 2, picture.width), "yuv420p")

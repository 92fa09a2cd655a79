"""Replays a video or an animated GIF, with its own timestamps, as the planes that a camera would give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from edge.domain.capture import Picture, Plane
from edge.domain.errors import Misconfigured, Undecodable
from hardware_sim.footage import Pictures
from hardware_sim.planes import smaller

SMALL: Final = 640
"""Width of the low-resolution stream; a narrower video has one stream that serves as both."""
LEAST: Final = timedelta(milliseconds=1)
"""Between two shots, where a video's timestamps stand still or run backwards."""


@dataclass(frozen=True, slots=True, eq=False)
class _Shot:
    offset: timedelta
    frame: VideoFrame = field(repr=False)
    small_width: int

    def pictures(self) -> Pictures:
        return _streams(_planes(self.frame), self.small_width)


class Video:
    """A video file as footage."""

    def __init__(self, path: Path, small_width: int = SMALL) -> None:
        """Look at the file, and decode its first frame. Raises Misconfigured."""
        self.path = path
        self._small_width = small_width
        if not path.is_file():
            raise Misconfigured(f"There is no video {path}.", "Name a video file or an animated GIF.")
        try:
            with av.open(str(path)) as container:
                stream = container.streams.video[0]
                frame = next(container.decode(stream), None)
                rate = stream.average_rate or stream.guessed_rate
        except (FFmpegError, IndexError) as error:
            raise _unreadable(path, error) from error
        if frame is None:
            raise _unreadable(path, "it holds no pictures")
        self.interval = timedelta(seconds=float(1 / rate)) if rate else timedelta(milliseconds=40)
        first = _planes(frame)
        self.width, self.height = first.width, first.height

    def shots(self) -> Iterator[_Shot]:
        """All frames, in order. Raises Undecodable where the file breaks off or is damaged on the way."""
        try:
            with av.open(str(self.path)) as container:
                first: float | None = None
                latest = -LEAST
                for frame in container.decode(container.streams.video[0]):
                    if frame.time is None:
                        offset = latest + self.interval
                    else:
                        first = frame.time if first is None else first
                        offset = timedelta(seconds=frame.time - first)
                    latest = max(offset, latest + LEAST)
                    yield _Shot(latest, frame, self._small_width)
        except FFmpegError as error:
            raise Undecodable(
                f"{self.path} is damaged: {error.strerror}.", "Get the file again, or convert it with FFmpeg."
            ) from error


def _unreadable(path: Path, why: FFmpegError | IndexError | str) -> Misconfigured:
    """``IndexError`` is what a file without pictures gives."""
    reason = why.strerror if isinstance(why, FFmpegError) else why if isinstance(why, str) else "it has no video track"
    return Misconfigured(
        f"{path} cannot be played: {reason}.", "Use a file that FFmpeg decodes, for instance H.264 in MP4, or a GIF."
    )


def _planes(frame: VideoFrame) -> Picture:
    """A decoded frame as YUV 4:2:0, BT.601, limited range, even sides, upright."""
    width, height = max(2, frame.width // 2 * 2), max(2, frame.height // 2 * 2)
    plain = frame.reformat(
        width=width,
        height=height,
        format="yuv420p",
        dst_colorspace=Colorspace.ITU601,
        dst_color_range=ColorRange.MPEG,
        interpolation=Interpolation.BILINEAR,
    )
    planes = []
    for plane, part in zip(plain.planes, (1, 2, 2), strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        # A copy: the decoder's own memory is padded, and not for keeping.
        planes.append(_upright(rows[: height // part, : width // part], frame.rotation))
    return Picture(*planes)


def _upright(plane: Plane, rotation: int) -> Plane:
    """Undo the rotation (degrees, anticlockwise positive) with which the file is to be shown."""
    return np.array(np.rot90(plane, rotation // 90 % 4), order="C")


def _streams(main: Picture, small_width: int) -> Pictures:
    """Both streams: the small one keeps the shape of the view, with even sides."""
    if main.width <= small_width:
        return Pictures(main, main)
    height = max(2, round(main.height * small_width / main.width / 2) * 2)
    return Pictures(main, smaller(main, small_width, height))

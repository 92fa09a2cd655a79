"""Writes pictures as H.264 in MP4, each at its own time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.error import FFmpegError

from edge.domain.capture import Picture
from edge.domain.errors import Misconfigured

TICKS: Final = 90_000
"""A second, in the file's time base."""

Put = Callable[[Picture, timedelta], None]


@contextmanager
def writing(path: Path, size: tuple[int, int], fps: float, megabits: float) -> Iterator[Put]:
    """A function that adds a picture of that size at its offset from the start; offsets rise.

    Raises Misconfigured where the file cannot be written.
    """
    try:
        with av.open(str(path), "w") as container:
            stream: Any = container.add_stream("h264", rate=Fraction(fps).limit_denominator(1000))
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.bit_rate = round(megabits * 1e6)
            stream.options = {"preset": "veryfast"}
            stream.codec_context.time_base = Fraction(1, TICKS)

            def put(picture: Picture, offset: timedelta) -> None:
                frame = _frame(picture)
                frame.pts, frame.time_base = round(offset.total_seconds() * TICKS), Fraction(1, TICKS)
                container.mux(stream.encode(frame))

            yield put
            container.mux(stream.encode(None))
    except (FFmpegError, OSError) as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}.", "Name a writable .mp4 file.") from error


def _frame(picture: Picture) -> av.VideoFrame:
    packed = np.concatenate([picture.y.reshape(-1), picture.u.reshape(-1), picture.v.reshape(-1)])
    return av.VideoFrame.from_ndarray(packed.reshape(picture.height * 3 // 2, picture.width), "yuv420p")

"""Cameras on a network, through PyAV (``pip install lamppost[rtsp]``). Read this before using one.

**Nothing here can show that the picture is live.** It comes from another machine, in a stream that RTSP does not
authenticate: whoever sits there, or in between, can play a recording, or the faces of people who are somewhere else,
and no timestamp in it is worth more than the sender's word. A device with such a camera therefore says
``picture-unproven`` in its signed state and health for as long as it runs, and its configuration, whose digest the
authorising officers sign, names the address.

Nor can this device shut such a camera. What the gate shuts is the connection: the camera goes on looking, and whoever
else can reach it goes on seeing. Lamp and power switches are then the only shutter that the public can rely on.

A stream is joined at its next key frame: set the camera to one a second, and to H.264 without B-frames. Frames count as
captured when they are here, because the sender's clock is not believed; what they waited on the way is not seen.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

import numpy as np

from edge.adapters.camera.pump import Pump, Pumped
from edge.adapters.camera.source import Profile, Shot, Streams, resized
from edge.domain.capture import Picture
from edge.domain.errors import CaptureLost, Misconfigured

OPENING: Final = 4.0
READING: Final = 1.5
"""Seconds without an answer, or without anything of the stream, after which the connection is given up."""
LEAVING: Final = timedelta(milliseconds=500)
"""In which the connection is closed. One that is slower is left to its time-outs, and nothing of it is handed on."""
STILL: Final = timedelta(seconds=10)
"""An encoder may leave out what does not change, and the decoder repeats it to the last bit."""


class RtspSource(Pumped):
    """One camera, by its address."""

    live = False
    still = STILL

    def __init__(self, streams: Streams, address: str, login: Path | None = None) -> None:
        """``login`` is a file with ``user:password``. Raises Misconfigured."""
        try:
            self._av: Any = importlib.import_module("av")
        except ImportError as error:
            raise Misconfigured(f"PyAV cannot be imported: {error}.", "Install lamppost[rtsp].") from error
        self._streams = streams
        self._address = address
        self._login = login

    def open(self, _: Profile) -> None:
        """Begin to connect: that it cannot be reached shows at :meth:`next`. Exposure is the camera's own affair."""
        self._pump = Pump(self._reads)

    def restart(self, profile: Profile) -> None:
        """Leave, and join again."""
        self.close()
        self.open(profile)

    def expose(self, _: Profile) -> None:
        """There is nothing to set."""

    def close(self) -> None:
        """Leave. Nothing that comes afterwards is handed on."""
        pump, self._pump = self._pump, None
        if pump is not None:
            pump.stop(LEAVING)

    def _reads(self, over: threading.Event) -> Iterator[Shot]:
        options = {"rtsp_transport": "tcp", "fflags": "nobuffer", "flags": "low_delay"}
        try:
            with self._av.open(self._whole(), options=options, timeout=(OPENING, READING)) as container:
                stream = container.streams.video[0]
                # Of many threads each would hold a frame back.
                stream.thread_count = 1
                for frame in container.decode(stream):
                    if over.is_set():
                        return
                    yield self._shot(frame)
        except (self._av.FFmpegError, IndexError, OSError) as error:
            # Its message may quote the address, with the password in it.
            raise self._lost(type(error).__name__) from None
        raise self._lost("the stream ended")

    def _whole(self) -> str:
        """The address with user and password in it. Raises CaptureLost where they cannot be read."""
        if self._login is None:
            return self._address
        try:
            user, _, password = self._login.read_text(encoding="utf-8").strip().partition(":")
        except (OSError, UnicodeDecodeError) as error:
            raise CaptureLost(f"{self._login} cannot be read.", "Put user:password in it.") from error
        parts = urlsplit(self._address)
        place = f"{quote(user, safe='')}:{quote(password, safe='')}@{parts.netloc}"
        return urlunsplit(parts._replace(netloc=place))

    def _shot(self, frame: Any) -> Shot:  # noqa: ANN401
        wanted = self._streams
        whole = frame.reformat(format="yuv420p", dst_colorspace="ITU601", dst_color_range="MPEG")
        main = _sized(_planes(whole), wanted.width, wanted.height)
        return Shot(main, resized(main, wanted.small_width, wanted.small_height), None)

    def _lost(self, why: str) -> CaptureLost:
        host = urlsplit(self._address).hostname
        return CaptureLost(
            f"The camera at {host} gives no pictures: {why}.", "Check its address, its login, and the network."
        )


def _planes(frame: Any) -> Picture:  # noqa: ANN401
    """A decoded yuv420p frame, copied out of the decoder's memory. Odd last rows and columns are left out."""
    width, height = frame.width // 2 * 2, frame.height // 2 * 2
    rows = [np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size) for plane in frame.planes]
    parts = ((height, width), (height // 2, width // 2), (height // 2, width // 2))
    return Picture(*(row[:high, :wide].copy() for row, (high, wide) in zip(rows, parts, strict=True)))


def _sized(picture: Picture, width: int, height: int) -> Picture:
    """The picture as large as the zone was drawn for, whatever the camera was set to."""
    return picture if (picture.width, picture.height) == (width, height) else resized(picture, width, height)

"""A camera on a network: an RTSP server (RFC 2326) on loopback that plays footage to whoever asks, as H.264 over TCP.

FFmpeg makes the RTP packets (RFC 6184), through a socket of this process's own; here they are only interleaved into the
RTSP connection (RFC 2326, section 10.12). One viewer at a time, and each starts at a key frame.
"""

from __future__ import annotations

import base64
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
from av.video.frame import VideoFrame

from edge.domain.capture import Picture
from hardware_sim.footage import Footage

LONGEST: Final = 1472
"""Bytes of an RTP packet."""
PAYLOAD: Final = 96
"""The dynamic payload type that FFmpeg gives the first stream."""
PUBLIC: Final = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"


@dataclass(slots=True)
class NetworkCamera:
    """Serves until the block of :func:`serving` ends. Everything but the fields belongs to its own thread."""

    footage: Footage
    login: str | None = None
    """``user:password``, asked for in the Basic scheme where there is one."""
    plays: bool = True
    """While False it takes connections and sends nothing of the picture: an encoder that hangs."""
    port: int = 0
    viewers: int = 0
    """How many have begun to look so far."""
    _over: threading.Event = field(default_factory=threading.Event)
    _server: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _connections: list[socket.socket] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where it is."""
        return f"rtsp://127.0.0.1:{self.port}/street"

    def cut(self) -> None:
        """The cable is pulled: every connection ends."""
        for connection in self._connections:
            _shut(connection)
        self._connections.clear()

    def accept(self) -> None:
        """Take one viewer after the other."""
        while not self._over.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._attend, args=(connection,), daemon=True).start()

    def stop(self) -> None:
        """No more."""
        self._over.set()
        _shut(self._server)
        self.cut()

    def _attend(self, connection: socket.socket) -> None:
        gone = threading.Event()
        try:
            with connection, connection.makefile("rb") as lines:
                for method, headers in _requests(lines):
                    connection.sendall(self._answer(method, headers))
                    if method == "PLAY":
                        self.viewers += 1
                        threading.Thread(target=self._play, args=(connection, gone), daemon=True).start()
        except (OSError, ValueError):
            return  # the viewer has gone
        finally:
            gone.set()

    def _answer(self, method: str, headers: dict[str, str]) -> bytes:
        sequence = headers.get("cseq", "0")
        if self.login is not None and method != "OPTIONS" and not self._knows(headers.get("authorization", "")):
            return _reply(sequence, 'WWW-Authenticate: Basic realm="street"', status="401 Unauthorized")
        match method:
            case "DESCRIBE":
                return _reply(sequence, f"Content-Base: {self.address}/", "Content-Type: application/sdp", body=_SDP)
            case "SETUP":
                return _reply(sequence, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1", "Session: 1")
            case "PLAY":
                return _reply(sequence, "Session: 1", "Range: npt=0-")
            case _:
                return _reply(sequence, f"Public: {PUBLIC}", "Session: 1")

    def _knows(self, said: str) -> bool:
        assert self.login is not None
        return said == "Basic " + base64.b64encode(self.login.encode()).decode()

    def _play(self, connection: socket.socket, gone: threading.Event) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
            ear.bind(("127.0.0.1", 0))
            ear.settimeout(0.2)
            sending = threading.Thread(target=self._encode, args=(ear.getsockname()[1], gone), daemon=True)
            sending.start()
            try:
                while not gone.is_set() and not self._over.is_set():
                    try:
                        packet = ear.recv(2048)
                    except TimeoutError:
                        continue
                    # RTCP comes on the port above, which nobody listens to.
                    connection.sendall(struct.pack("!cBH", b"$", 0, len(packet)) + packet)
            except OSError:
                return  # the viewer has gone
            finally:
                gone.set()
                sending.join()

    def _encode(self, port: int, gone: threading.Event) -> None:
        address = f"rtp://127.0.0.1:{port}?pkt_size={LONGEST}"
        interval = self.footage.interval.total_seconds()
        with av.open(address, "w", format="rtp") as out:
            stream: Any = None
            began, number = time.monotonic(), 0
            while not gone.is_set() and not self._over.is_set():
                for shot in self.footage.shots():
                    if gone.is_set() or self._over.is_set():
                        break
                    picture = shot.pictures().main
                    stream = stream or _stream(out, picture, interval)
                    frame = _frame(picture)
                    frame.pts, frame.time_base = number, Fraction(interval).limit_denominator(1000)
                    number += 1
                    if self.plays:
                        out.mux(stream.encode(frame))
                    time.sleep(max(0.0, began + number * interval - time.monotonic()))


@contextmanager
def serving(camera: NetworkCamera) -> Iterator[NetworkCamera]:
    """A camera that can be looked through until the block ends."""
    camera.port = camera._server.getsockname()[1]
    threading.Thread(target=camera.accept, daemon=True).start()
    try:
        yield camera
    finally:
        camera.stop()


_SDP: Final = "\r\n".join(
    ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=street", "c=IN IP4 127.0.0.1", "t=0 0", f"m=video 0 RTP/AVP {PAYLOAD}",
     f"a=rtpmap:{PAYLOAD} H264/90000", f"a=fmtp:{PAYLOAD} packetization-mode=1", "a=control:track1", ""]
)  # fmt: skip


def _stream(out: Any, picture: Picture, interval: float) -> Any:  # noqa: ANN401
    """An encoder that sends a key frame with its parameters every ten frames, and holds nothing back."""
    stream = out.add_stream("libx264", rate=Fraction(1 / interval).limit_denominator(1000))
    stream.width, stream.height, stream.pix_fmt = picture.width, picture.height, "yuv420p"
    stream.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "keyint=10:repeat-headers=1"}
    # The parameter sets go in the stream, not in a header that a live viewer would have missed.
    stream.codec_context.flags &= ~int(av.codec.context.Flags.global_header)
    return stream


def _frame(picture: Picture) -> VideoFrame:
    packed = np.concatenate([plane.reshape(-1) for plane in (picture.y, picture.u, picture.v)])
    return VideoFrame.from_ndarray(packed.reshape(picture.height * 3 // 2, picture.width), format="yuv420p")


def _requests(lines: Any) -> Iterator[tuple[str, dict[str, str]]]:  # noqa: ANN401
    """Method and headers of each request. What a viewer interleaves, its receiver reports, is passed over."""
    while first := lines.read(1):
        if first == b"$":
            _, length = struct.unpack("!BH", lines.read(3))
            lines.read(length)
            continue
        method = (first + lines.readline()).decode("ascii").split()[0]
        headers = {}
        while line := lines.readline().decode("ascii").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        yield method, headers


def _reply(sequence: str, *headers: str, status: str = "200 OK", body: str = "") -> bytes:
    lines = [f"RTSP/1.0 {status}", f"CSeq: {sequence}", *headers, f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it had ended
    finally:
        connection.close()

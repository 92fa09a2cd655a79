"""A TCP proxy on loopback that spoils the path between a device and its broker on purpose.

The kinds of trouble are those of Shopify's Toxiproxy, which no registry that this project uses has as a program.
"""

from __future__ import annotations

import contextlib
import queue
import random
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import Final

from hardware_sim.chaos.weather import CLEAR, Door, Flow, Weather

PIECE: Final = 16 * 1024
TURN: Final = 0.01
BUFFERED: Final = 64
"""Pieces that wait in one direction before the sender feels it, as it would through a full socket buffer."""
_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER that makes close() send a reset."""


@dataclass(slots=True)
class _Joined:
    """One connection through the proxy."""

    near: socket.socket
    far: socket.socket | None = None
    doomed: set[str] = field(default_factory=set)
    """Directions on which something was lost."""
    over: threading.Event = field(default_factory=threading.Event)

    def end(self, *, reset: bool) -> None:
        """Close both ends: with a reset, or in the ordinary way."""
        self.over.set()
        for end in (self.near, self.far):
            if end is None:
                continue
            with contextlib.suppress(OSError):
                if reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                else:
                    end.shutdown(socket.SHUT_RDWR)
            end.close()


class Proxy:
    """Listens on a port of its own and passes on to another, as the weather has it."""

    def __init__(self, to: int, seed: int = 0) -> None:
        """Start listening. ``to`` is the broker's port on loopback."""
        self._to = to
        self._rng = random.Random(seed)  # noqa: S311
        self._weather = CLEAR
        self._joined: list[_Joined] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        self.accepted = 0
        self.refused = 0
        self.swallowed = 0
        """Bytes that were lost."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._spawn(self._accept)

    def set(self, weather: Weather) -> None:
        """From now on, on every connection."""
        self._weather = weather

    def cut(self, *, reset: bool = True) -> int:
        """End every connection that there is: with a reset, or in the ordinary way. Returns how many there were."""
        with self._lock:
            joined, self._joined = self._joined, []
        for one in joined:
            one.end(reset=reset)
        return len(joined)

    def close(self) -> None:
        """End everything."""
        self._over.set()
        self._listener.close()
        self.cut()

    def _spawn(self, body: object, *arguments: object) -> None:
        threading.Thread(target=body, args=arguments, daemon=True).start()  # type: ignore[arg-type]

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._weather.door is Door.REFUSED:
                self.refused += 1
                _Joined(near).end(reset=True)
                continue
            self.accepted += 1
            joined = _Joined(near)
            with self._lock:
                self._joined.append(joined)
            self._spawn(self._join, joined)

    def _join(self, joined: _Joined) -> None:
        """Reach the broker, as soon as the weather lets anything reach it."""
        while self._weather.door is not Door.OPEN:
            if joined.over.wait(TURN):
                return
        try:
            joined.far = socket.create_connection(("127.0.0.1", self._to), timeout=5)
            joined.far.settimeout(None)
        except OSError:
            joined.end(reset=True)
            return
        for end in (joined.near, joined.far):
            # What is late here is so on purpose, never for want of a full segment.
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for name, source, sink in (("up", joined.near, joined.far), ("down", joined.far, joined.near)):
            pieces: queue.Queue[tuple[float, bytes]] = queue.Queue(BUFFERED)
            self._spawn(self._read, joined, source, pieces)
            self._spawn(self._write, joined, name, sink, pieces)

    def _read(self, joined: _Joined, source: socket.socket, pieces: queue.Queue[tuple[float, bytes]]) -> None:
        """An empty piece is the end. Whoever waited in recv() would keep the kernel from sending a reset."""
        while not joined.over.is_set():
            try:
                if not select.select([source], [], [], TURN)[0]:
                    continue
                piece = source.recv(PIECE)
            except (OSError, ValueError):
                piece = b""
            pieces.put((time.monotonic(), piece))
            if not piece:
                return

    def _write(
        self, joined: _Joined, name: str, sink: socket.socket, pieces: queue.Queue[tuple[float, bytes]]
    ) -> None:  # fmt: skip
        while not joined.over.is_set():
            try:
                came, piece = pieces.get(timeout=TURN)
            except queue.Empty:
                continue
            if not self._held_back(joined, name, came):
                return
            if self._flow(name).lost or name in joined.doomed:
                joined.doomed.add(name)
                self.swallowed += len(piece)
                continue
            try:
                if not piece:
                    joined.end(reset=False)
                    return
                self._send(name, sink, piece)
            except OSError:
                joined.end(reset=True)
                return

    def _held_back(self, joined: _Joined, name: str, came: float) -> bool:
        """Wait until a piece may go on. False where its connection ended meanwhile."""
        flow = self._flow(name)
        late = max(0.0, self._rng.gauss(flow.delay, flow.jitter)) if flow.delay else 0.0
        while self._flow(name).held or time.monotonic() < came + late:
            if joined.over.wait(TURN):
                return False
        return not joined.over.is_set()

    def _send(self, name: str, sink: socket.socket, piece: bytes) -> None:
        """Whole, or so many bytes at a time as the path carries in one turn."""
        left = memoryview(piece)
        while left:
            rate = self._flow(name).rate
            part = len(left) if rate is None else max(1, int(rate * TURN))
            sink.sendall(left[:part])
            left = left[part:]
            if rate is not None:
                time.sleep(part / rate if len(left) else TURN)

    def _flow(self, name: str) -> Flow:
        return self._weather.up if name == "up" else self._weather.down

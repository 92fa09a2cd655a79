"""A TCP relay between a link and its broker that can cut connections, or let them stand and pass nothing on."""

from __future__ import annotations

import contextlib
import select
import socket
import threading


class Relay:
    """Listens on :attr:`port` of localhost."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._over = threading.Event()
        self.stalled = threading.Event()
        """Set: nothing passes, and everything looks whole."""
        self.shut = threading.Event()
        """Set: whoever connects is cut off at once."""
        self.attempts = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Cut all that stand, without a word."""
        for pair in list(self._pairs):
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._listener.close()
        for pair in self._pairs:
            for end in pair:
                end.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            ends = {} if self.stalled.is_set() else {a: b for pair in self._pairs for a, b in (pair, pair[::-1])}
            ready, _, _ = select.select([self._listener, *ends], [], [], 0.02)
            for one in ready:
                if one is self._listener:
                    self._accept()
                elif one in ends:
                    self._pass(one, ends[one])

    def _accept(self) -> None:
        here, _ = self._listener.accept()
        self.attempts += 1
        try:
            if self.shut.is_set():
                raise ConnectionRefusedError
            self._pairs.append((here, socket.create_connection(("127.0.0.1", self._target))))
        except OSError:
            here.close()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        try:
            came = one.recv(65536)
            if came:
                other.sendall(came)
                return
        except OSError:
            pass
        self._pairs = [pair for pair in self._pairs if one not in pair]
        one.close()
        other.close()

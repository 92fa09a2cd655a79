"""A broker that says what it is told to say, over real TLS: for answers that a well-behaved one does not give.

It knows just enough of MQTT 5 to read what a client sends. One connection at a time.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PINGREQ, DISCONNECT = 1, 2, 3, 4, 8, 9, 12, 14


@dataclass(slots=True)
class Answers:
    """What it answers. None: nothing."""

    connack: bytes | None = b"\x00\x00\x00"
    puback: int | None = 0
    suback: int | None = 1
    after_connack: bytes = b""
    """Sent as it is, right after the CONNACK."""
    hangs_up_on_publish: int | None = None
    """A DISCONNECT with this reason code is the answer to a PUBLISH."""
    published: list[str] = field(default_factory=list)
    connects: list[bytes] = field(default_factory=list)


class ScriptedBroker:
    """Serves on a thread until it is closed."""

    def __init__(self, context: ssl.SSLContext, answers: Answers) -> None:
        self.answers = answers
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port = int(self._listener.getsockname()[1])
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError):
                raw, _ = self._listener.accept()
                raw.settimeout(5)
                with self._context.wrap_socket(raw, server_side=True) as secured:
                    secured.settimeout(0.05)
                    self._converse(secured)

    def _converse(self, peer: ssl.SSLSocket) -> None:
        kept = b""
        while not self._over.is_set():
            try:
                came = peer.recv(65536)
            except TimeoutError:
                continue
            if not came:
                return
            kept += came
            while (cut := _packet(kept)) is not None:
                kind, flags, body, kept = cut
                if not self._answer(kind, flags, body, peer.sendall):
                    return

    def _answer(self, kind: int, flags: int, body: bytes, send: Callable[[bytes], None]) -> bool:
        said = self.answers
        if kind == CONNECT:
            said.connects.append(body)
            if said.connack is not None:
                send(bytes([CONNACK << 4, len(said.connack)]) + said.connack + said.after_connack)
        elif kind == SUBSCRIBE and said.suback is not None:
            send(bytes([SUBACK << 4, 4]) + body[:2] + b"\x00" + bytes([said.suback]))
        elif kind == PUBLISH:
            length = int.from_bytes(body[:2])
            said.published.append(body[2 : 2 + length].decode())
            if said.hangs_up_on_publish is not None:
                send(bytes([DISCONNECT << 4, 2, said.hangs_up_on_publish, 0]))
                return False
            if said.puback is not None and flags & 0x06:
                send(bytes([PUBACK << 4, 4]) + body[2 + length : 4 + length] + bytes([said.puback, 0]))
        elif kind == PINGREQ:
            send(b"\xd0\x00")
        return kind != DISCONNECT


def _packet(raw: bytes) -> tuple[int, int, bytes, bytes] | None:
    size, shift, at = 0, 0, 1
    while True:
        if len(raw) <= at:
            return None
        size |= (raw[at] & 127) << shift
        shift += 7
        at += 1
        if not raw[at - 1] & 128:
            break
    if len(raw) < at + size:
        return None
    return raw[0] >> 4, raw[0] & 15, raw[at : at + size], raw[at + size :]


def served(certificate: Path, key: Path, ca: Path) -> ssl.SSLContext:
    """A server's TLS 1.3 that asks for a client's certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(ca)
    context.verify_mode = ssl.CERT_REQUIRED
    return context

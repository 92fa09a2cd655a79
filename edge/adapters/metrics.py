"""The Prometheus endpoint: ``GET /metrics`` on an address of this machine, and nothing else.

It reads what was composed last and waits for nobody; a thread of its own answers one connection at a time, for at most
two seconds each, so that whoever asks too often or too slowly delays others who ask, and never the daemon. The text is
written by the Prometheus project's own library, which is installed where the endpoint is wanted.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Final

from edge.domain.errors import Misconfigured
from edge.domain.metric import Family

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

PATIENCE: Final = 2.0
"""Seconds for a whole request and its answer."""
LONGEST: Final = 8192
"""Bytes of a request."""
WAITING: Final = 4
"""Connections that wait; more are turned away by the kernel."""
PLAIN: Final = "text/plain; charset=utf-8"

Read = Callable[[], tuple[Family, ...] | None]
"""What there is to say; None before anything was composed."""


class Endpoint:
    """Serves while the ``with`` block lasts."""

    def __init__(self, address: str, port: int, read: Read) -> None:
        """Bind. Raises Misconfigured where that cannot be, or where the library is not installed."""
        try:
            from prometheus_client import exposition
        except ImportError as error:
            raise Misconfigured(
                "[metrics] needs the package prometheus-client.", "Install lamppost[metrics], or remove the table."
            ) from error
        self._read = read
        self._write = exposition.generate_latest
        self._type = exposition.CONTENT_TYPE_LATEST
        try:
            self._server = _server(address, port, self._handle)
        except (OSError, OverflowError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise Misconfigured(
                f"[metrics] {address} port {port} cannot be served: {why}.", "Name a free port of this machine."
            ) from error
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Endpoint:
        self._thread.start()
        return self

    def __exit__(self, _type: type[BaseException] | None, _value: object, _trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(PATIENCE + 1)

    def answer(self, head: bytes) -> bytes:
        """The whole answer to a request's head."""
        words = head.split(b"\r\n", 1)[0].split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
            return _response(HTTPStatus.BAD_REQUEST)
        if words[0] != b"GET":
            return _response(HTTPStatus.METHOD_NOT_ALLOWED, headers=("Allow: GET",))
        if words[1].split(b"?")[0] != b"/metrics":
            return _response(HTTPStatus.NOT_FOUND)
        families = self._read()
        if families is None:
            return _response(HTTPStatus.SERVICE_UNAVAILABLE)
        return _response(HTTPStatus.OK, self._write(_Collected(families)), self._type)

    def _handle(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # whoever asked has gone, or was too slow
            end = time.monotonic() + PATIENCE
            head = _head(connection, end)
            connection.settimeout(max(0.05, end - time.monotonic()))
            connection.sendall(self.answer(head) if head.endswith(b"\r\n\r\n") else _response(HTTPStatus.BAD_REQUEST))
            connection.shutdown(socket.SHUT_WR)


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach it. Anything that is no address may be reached from anywhere."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


class _Collected:
    """What the library asks for its metrics."""

    def __init__(self, families: tuple[Family, ...]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """Each family, as the library has it."""
        from prometheus_client.metrics_core import Metric

        for family in self._families:
            made = Metric(family.name, family.help, family.type.value)
            for sample in family.samples:
                made.add_sample(sample.name, dict(sample.labels), float(sample.value))
            yield made


def _server(address: str, port: int, handle: Callable[[socket.socket], None]) -> socketserver.TCPServer:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            handle(self.request)

    class Server(socketserver.TCPServer):
        address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        allow_reuse_address = True
        request_queue_size = WAITING

    return Server((address, port), Handler)


def _head(connection: socket.socket, end: float) -> bytes:
    """What comes up to an empty line, its limit or the end of patience, whichever is first."""
    head = b""
    while not head.endswith(b"\r\n\r\n") and len(head) < LONGEST:
        connection.settimeout(max(0.001, end - time.monotonic()))
        more = connection.recv(LONGEST - len(head))
        if not more or time.monotonic() >= end:
            break
        head += more
    return head


def _response(status: HTTPStatus, body: bytes = b"", kind: str = PLAIN, headers: tuple[str, ...] = ()) -> bytes:
    body = body or f"{status.value} {status.phrase}\n".encode()
    lines = (f"HTTP/1.1 {status.value} {status.phrase}", f"Content-Type: {kind}", f"Content-Length: {len(body)}",
             "Connection: close", *headers)  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

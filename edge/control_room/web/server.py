"""The socket, the server, and the way out. Loopback only: there is no option for anything else."""

from __future__ import annotations

import secrets
import socket
import sys
import threading
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from edge.control_room.web.door import PASS, Door, Place
from edge.control_room.web.passes import Passes
from edge.domain.errors import Misconfigured
from edge.ports import Clock

PATIENCE: Final = 10.0
GRACE: Final = 1
"""Seconds that streams are given to end."""


def own_address() -> str:
    """An address of this machine's loopback that no other page is likely to have: cookies know hosts and no ports.

    All of 127.0.0.0/8 is loopback on Linux; elsewhere only its first address is.
    """
    if not sys.platform.startswith("linux"):
        return "127.0.0.1"
    return f"127.{secrets.randbelow(254) + 1}.{secrets.randbelow(256)}.{secrets.randbelow(254) + 1}"


class Server:
    """Serves an application behind the door, on a thread of its own, from :meth:`start` until :meth:`close`."""

    def __init__(
        self, app: ASGIApp, clock: Clock, *, address: str | None = None, port: int = 0, passes: Passes | None = None
    ) -> None:  # fmt: skip
        """Bind. ``passes`` are a server's before this one, whose session goes on.

        Raises Misconfigured where the address is not loopback, or the port is in use.
        """
        host = address or own_address()
        if not _is_loopback(host):
            raise Misconfigured(f"{host} is not this machine's loopback.", "Name an address in 127.0.0.0/8.")
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise Misconfigured(f"{host}:{port} cannot be used: {error.strerror}.", "Name another port.") from error
        self.place = Place(host, int(self._socket.getsockname()[1]))
        self.passes = passes or Passes()
        self._clock = clock
        config = uvicorn.Config(
            Door(app, self.place, self.passes, clock),
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,  # a line of it would hold the link
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="page", daemon=True)

    def start(self) -> None:
        """Serve. Raises Misconfigured where it does not come up."""
        self._thread.start()
        waits = threading.Event()
        for _ in range(int(PATIENCE / 0.02)):
            if self._server.started or not self._thread.is_alive():
                break
            waits.wait(0.02)
        if not self._server.started:
            raise Misconfigured(f"No page could be served on {self.place.authority}.", "Try again.")

    def link(self) -> str:
        """A new link, which works once. The one before does no more."""
        secret = self.passes.link(self._clock.now())
        return f"{self.place.origin}/?{PASS}={secret}"

    @property
    def alive(self) -> bool:
        """Whether it serves."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End every stream, and stop."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(PATIENCE)
        self._socket.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


def stay(server: Server, say: Callable[[str], None]) -> None:
    """Say the link, and a new one for every Enter, until Ctrl-C or the end of the input of a terminal."""
    say(f"Open this once, in this machine's browser: {server.link()}")
    try:
        if sys.stdin.isatty():
            say("Enter makes another link; Ctrl-C ends.")
            for _ in sys.stdin:
                say(server.link())
        while server.alive:
            threading.Event().wait(0.5)
    except KeyboardInterrupt:
        return


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback and "." in host
    except ValueError:
        return False

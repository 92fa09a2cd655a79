"""A page that does something when it is asked, on a real socket, and requests to it as honest or hostile as wanted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from edge.adapters.host import SystemClock
from edge.control_room.web.server import Server

SECRET = "what only the operator may read"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def refused(self, status: int = 403) -> bool:
        """Whether it was, and gave nothing away."""
        return self.status == status and SECRET.encode() not in self.body


@dataclass
class Client:
    """A browser's requests to one server, with whatever headers are wanted."""

    server: Server
    cookie: str = ""

    @property
    def origin(self) -> str:
        """As a page of this server names it."""
        return self.server.place.origin

    def sign_in(self) -> None:
        """As a browser does that a person gave the link to."""
        answer = self.ask("GET", target(self.server.link()))
        assert answer.status == 303
        assert answer.headers["location"] == "/"
        self.cookie = answer.headers["set-cookie"].partition(";")[0]

    def ask(
        self, method: str, path: str, *, cookie: str | None = None, body: bytes | None = None, **headers: str
    ) -> Answer:
        """One request; headers by name with _ for -, ``-`` leaves one out."""
        connection = self.begin(method, path, cookie=cookie, body=body, **headers)
        came = connection.getresponse()
        answer = Answer(came.status, {name.lower(): value for name, value in came.getheaders()}, came.read())
        connection.close()
        return answer

    def begin(
        self, method: str, path: str, *, cookie: str | None = None, body: bytes | None = None, **headers: str
    ) -> HTTPConnection:
        """The same, whose answer is still to be read."""
        place = self.server.place
        said = {"host": place.authority, "cookie": self.cookie if cookie is None else cookie}
        said |= {name.replace("_", "-").lower(): value for name, value in headers.items()}
        connection = HTTPConnection(place.host, place.port, timeout=15)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in said.items():
            if value not in ("", "-"):
                for one in value.split("\n"):
                    connection.putheader(name, one)
        if body is not None and "content-length" not in said:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        return connection

    def post(self, path: str, body: object = None, **headers: str) -> Answer:
        """As the page itself would, but for the headers that are named."""
        said = {"origin": self.origin, "content_type": "application/json", "sec_fetch_site": "same-origin"} | headers
        return self.ask("POST", path, body=json.dumps({} if body is None else body).encode(), **said)


class Page(Client):
    """A page that says a secret, and remembers what it was asked to do."""

    def __init__(self) -> None:
        self.done: list[object] = []

        async def read(_: Request) -> Response:
            return PlainTextResponse(SECRET)

        async def act(request: Request) -> Response:
            self.done.append(await request.json())
            return JSONResponse({})

        async def stream(_: Request) -> Response:
            async def parts() -> AsyncIterator[bytes]:
                while True:
                    yield SECRET.encode() + b"\n"
                    await asyncio.sleep(0.01)

            return StreamingResponse(parts())

        routes = [
            Route("/", read),
            Route("/read", read),
            Route("/stream", stream),
            Route("/act", act, methods=["POST"]),
        ]
        super().__init__(Server(Starlette(routes=routes), SystemClock()))

    def act(self, *, body: object = None, **headers: str) -> Answer:
        """Have something done."""
        return self.post("/act", body or {"do": "it"}, **headers)


def target(link: str) -> str:
    """What is asked for, of a link."""
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"

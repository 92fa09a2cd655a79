"""A page that does something when it is asked, on a real socket, and requests to it as honest or hostile as wanted."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
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
class Page:
    """The page, what was done through it, and a browser."""

    done: list[object] = field(default_factory=list)
    server: Server = field(init=False)
    cookie: str = ""

    def __post_init__(self) -> None:
        async def read(_: Request) -> Response:
            return PlainTextResponse(SECRET)

        async def act(request: Request) -> Response:
            self.done.append(await request.json())
            return JSONResponse({})

        routes = [Route("/", read), Route("/read", read), Route("/act", act, methods=["POST"])]
        self.server = Server(Starlette(routes=routes), SystemClock())

    @property
    def origin(self) -> str:
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
        place = self.server.place
        said = {"host": place.authority, "cookie": self.cookie if cookie is None else cookie}
        said |= {name.replace("_", "-").lower(): value for name, value in headers.items()}
        connection = HTTPConnection(place.host, place.port, timeout=5)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in said.items():
            if value not in ("", "-"):
                for one in value.split("\n"):
                    connection.putheader(name, one)
        if body is not None and "content-length" not in said:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        came = connection.getresponse()
        answer = Answer(came.status, {name.lower(): value for name, value in came.getheaders()}, came.read())
        connection.close()
        return answer

    def act(self, *, body: object = None, **headers: str) -> Answer:
        """Have something done, as the page itself would, but for the headers that are named."""
        said = {"origin": self.origin, "content_type": "application/json", "sec_fetch_site": "same-origin"} | headers
        return self.ask("POST", "/act", body=json.dumps(body or {"do": "it"}).encode(), **said)


def target(link: str) -> str:
    """What is asked for, of a link."""
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"

"""What the page may ask for. Everything that changes something is JSON, goes by the door, and says what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edge.control_room import decisions, deploy
from edge.control_room.authority.words import as_text
from edge.control_room.console import stream
from edge.control_room.console.line import Line
from edge.control_room.console.room import Room
from edge.control_room.keeping import Purpose
from edge.control_room.marking import marked
from edge.control_room.web import files
from edge.domain.access import Why
from edge.domain.authority import Identifier
from edge.domain.errors import LamppostError, Undecodable
from edge.domain.orders import Verdict
from edge.ports import Clock
from edge.wire.signed import from_base64url, key_id

PAGE: Final = Path(__file__).resolve().parent / "page"
PATIENCE: Final = 60.0
"""Seconds for a device to answer."""

T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reviewer's."""

    verdict: Verdict
    settles: bool = False


class Reasoned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a hit is opened again, or a copy of it leaves."""

    why: Why
    ticket: Identifier


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of the list that is loaded."""

    entry: Identifier


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No more is said."""


class NamesDeployment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which is to end: never another that began meanwhile."""

    authorisation: Annotated[Identifier, msgspec.Meta(min_length=1)]


class App:
    """The console's endpoints, around a room."""

    def __init__(self, room: Room, clock: Clock, parts: Path = files.PARTS) -> None:
        """Raises Misconfigured where the page's files are not there."""
        self._room = room
        self._clock = clock
        self.asgi = Starlette(
            routes=[
                *files.routes((parts, PAGE)),
                Route("/events", self._events),
                Route("/hits/{hit}/probe", self._picture(probe=True)),
                Route("/hits/{hit}/reference", self._picture(probe=False)),
                _post("/hits/{hit}/look", Nothing, self._look),
                _post("/hits/{hit}/decide", Decision, self._decide),
                _post("/hits/{hit}/open", Reasoned, self._open),
                _post("/hits/{hit}/copy", Reasoned, self._copy),
                Route("/devices/{device}/authorisation", self._authorisation),
                _post("/devices/{device}/start", Nothing, self._start),
                _post("/devices/{device}/stop", NamesDeployment, self._stop),
                _post("/devices/{device}/withdraw", Entry, self._withdraw),
            ]
        )

    async def _events(self, request: Request) -> Response:
        return stream.answer(request, self._room.live, self._clock)

    def _picture(self, *, probe: bool) -> Endpoint:
        async def picture(request: Request) -> Response:
            hit = request.path_params["hit"]
            return await _said(lambda: Response(self._room.cases.picture(hit, probe=probe), media_type="image/jpeg"))

        return picture

    def _look(self, params: dict[str, str], _: Nothing) -> Response:
        self._room.cases.look(params["hit"])
        return JSONResponse({})

    def _decide(self, params: dict[str, str], said: Decision) -> Response:
        case = self._room.cases.decide(params["hit"], said.verdict, settles=said.settles)
        self._room.show(case)
        return JSONResponse({})

    def _open(self, params: dict[str, str], said: Reasoned) -> Response:
        self._room.show(self._room.cases.open(params["hit"], Purpose(said.why, said.ticket)))
        return JSONResponse({})

    def _copy(self, params: dict[str, str], said: Reasoned) -> Response:
        purpose = Purpose(said.why, said.ticket, copied=True)
        content = self._room.cases.content(params["hit"], purpose)
        who, now = key_id(self._room.hands.reviewer.public), self._clock.now().wall
        words = (content.statement, f"{who[:16]} {now:%Y-%m-%d %H:%M}Z", f"{said.why.value} {said.ticket}")
        picture = marked(from_base64url(content.face), words)
        return Response(
            picture, media_type="image/png", headers={"Content-Disposition": 'attachment; filename="hit.png"'}
        )

    async def _authorisation(self, request: Request) -> Response:
        def words() -> Response:
            post = self._line(request.path_params).post
            if post.authorisation is None:
                raise LamppostError("No authorisation is laid ready for this device.", "Name it in the place's file.")
            document = deploy.authorisation_of(deploy.read_signed(post.authorisation))
            return JSONResponse({"words": as_text(document)})

        return await _said(words)

    def _start(self, params: dict[str, str], _: Nothing) -> Response:
        line = self._line(params)
        line.ask(line.begin, "starting, and loading the list").result(PATIENCE * 2)
        return JSONResponse({})

    def _stop(self, params: dict[str, str], said: NamesDeployment) -> Response:
        line = self._line(params)
        line.ask(lambda desk: line.stop(desk, said.authorisation), "stopping").result(PATIENCE)
        return JSONResponse({})

    def _withdraw(self, params: dict[str, str], said: Entry) -> Response:
        def withdraw(desk: Any) -> int:  # noqa: ANN401 a Desk
            deployment = desk.seen.deployment
            if deployment is None:
                raise LamppostError("Nothing is in force on this device.", "Start a deployment first.")
            return decisions.withdraw(desk, deployment, said.entry, self._room.hands.operator)

        left = self._line(params).ask(withdraw, "withdrawing an entry").result(PATIENCE)
        return JSONResponse({"left": left})

    def _line(self, params: dict[str, str]) -> Line:
        line = self._room.lines.get(params["device"])
        if line is None:
            raise LamppostError("There is no such device here.", "Name one of the place's file.")
        return line


def asked(raw: bytes, kind: type[T]) -> T:
    """What the page says with a request. Raises Undecodable."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Undecodable(f"That was not understood: {error}.", "Load the page again.") from error


def _post(path: str, kind: type[T], does: Callable[[dict[str, str], T], Response]) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            said = asked(await request.body(), kind)
        except Undecodable as error:
            return _sorry(400, error.what, error.remedy)
        params = dict(request.path_params)
        return await _said(lambda: does(params, said))

    return Route(path, endpoint, methods=["POST"])


async def _said(does: Callable[[], Response]) -> Response:
    """What comes of it, on a thread that may wait; what goes wrong, in words."""
    try:
        return await run_in_threadpool(does)
    except LamppostError as error:
        return _sorry(409, error.what, error.remedy)
    except TimeoutError:
        return _sorry(504, "The device has not answered.", "See whether it can be reached.")


def _sorry(status: int, what: str, remedy: str) -> Response:
    return JSONResponse({"what": what, "remedy": remedy}, status)

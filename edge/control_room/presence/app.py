"""What the page asks for: how it stands, and what its buttons do. Nothing here signs; the loop does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge.control_room.presence.shift import Shift
from edge.control_room.web import files
from edge.ports import Clock

PAGE: Final = Path(__file__).resolve().parent / "page"


def application(shift: Shift, clock: Clock, stop: Callable[[], None]) -> Starlette:
    """The page. ``stop`` asks for the deployment's end for good."""

    def told() -> Response:
        return Response(msgspec.json.encode(shift.view(clock.now())), media_type="application/json")

    def button(press: Callable[[], object]) -> Callable[[Request], Awaitable[Response]]:
        async def pressed(_: Request) -> Response:
            press()
            return told()

        return pressed

    buttons = {
        "/seen": lambda: shift.seen(clock.now()),
        "/press": lambda: shift.press(clock.now()),
        "/end": lambda: shift.end(clock.now()),
        "/stop": stop,
    }
    own = files.routes([PAGE], needs=("index.html", "presence.js", "presence.css"))
    return Starlette(routes=[*own, *(Route(path, button(press), methods=["POST"]) for path, press in buttons.items())])

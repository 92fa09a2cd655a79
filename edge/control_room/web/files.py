"""A page's own files: a closed list of names, read once into memory. Nothing else on the disk can be asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge.domain.errors import Misconfigured

KINDS: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
}
PARTS: Final = Path(__file__).resolve().parent / "parts"
"""Other people's files: ``render.js`` (htm with Preact, one file) and ``text.woff2`` (Inter). Fetched by the build."""


def routes(folders: Iterable[Path], *, needs: Iterable[str] = ("render.js",)) -> list[Route]:
    """A route for every file of the folders, by its name; ``index.html`` is ``/``. ``needs`` names what must be there.

    Raises Misconfigured where one cannot be read, or the parts were never fetched.
    """
    found = {}
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if path.suffix in KINDS and path.is_file():
                found[path.name] = _answer(path)
    if not found.keys() >= set(needs):
        raise Misconfigured(f"The page's parts are not in {PARTS}.", "Fetch them: make console-parts.")
    return [Route("/" if name == "index.html" else f"/{name}", answer) for name, answer in found.items()]


def _answer(path: Path) -> Callable[[Request], Awaitable[Response]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}.", "Install the program again.") from error

    async def answer(_: Request) -> Response:
        return Response(content, media_type=KINDS[path.suffix])

    return answer

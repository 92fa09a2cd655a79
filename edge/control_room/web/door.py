"""Who may come in, and what is said with every answer. It stands before everything else that a page serves."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.control_room.web.passes import Passes
from edge.ports import Clock

COOKIE: Final = "lamppost-session"
PASS: Final = "pass"  # noqa: S105 the name of a parameter
LARGEST_BODY: Final = 64 * 1024
READS: Final = frozenset({"GET", "HEAD"})
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), serial=()",
}
NO_SESSION: Final = (
    "This page is opened by the link that its program printed in the terminal, and by nothing else. The link works "
    "once. For another one, go to that terminal and press Enter."
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is served."""

    host: str
    """An address, never a name that somebody else could point elsewhere."""
    port: int

    @property
    def authority(self) -> str:
        """As a browser names it in ``Host``."""
        return f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """As a browser names it in ``Origin``."""
        return f"http://{self.authority}"


class Door:
    """Lets a request through to ``app`` where it may come in. Pure but for the clock."""

    def __init__(self, app: ASGIApp, place: Place, passes: Passes, clock: Clock) -> None:
        self._app = app
        self._place = place
        self._passes = passes
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let it through. Web sockets are closed unasked: no page here uses one."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            return
        said = _with_headers(send)
        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, said)
            return
        await self._app(scope, _bounded(receive), self._while_it_holds(_cookie(Headers(scope=scope)), said))

    def _while_it_holds(self, session: str, send: Send) -> Send:
        """A stream ends with the session that it was opened in."""
        over = False

        async def said(message: Message) -> None:
            nonlocal over
            if over:
                return
            if message["type"] == "http.response.body" and not self._passes.holds(session):
                over, message = True, {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        return said

    def _refused(self, scope: Scope) -> Response | None:
        headers, method = Headers(scope=scope), str(scope["method"])
        wrong = self._wrong_origin(headers, method)
        if wrong:
            return PlainTextResponse(wrong, 403)
        secret = _pass_of(scope, method)
        if secret is not None:
            return self._redeemed(secret)
        if not self._passes.holds(_cookie(headers)):
            return PlainTextResponse(NO_SESSION, 403)
        return None if method in READS else _wrong_body(headers)

    def _wrong_origin(self, headers: Headers, method: str) -> str:
        """Why a request does not come from this very page, or from a person who typed its address."""
        if headers.getlist("host") != [self._place.authority]:
            return f"This page is at {self._place.origin} and under no other name."
        origins = headers.getlist("origin")
        if any(origin != self._place.origin for origin in origins) or len(origins) > 1:
            return "Requests come from the page itself and from no other."
        if method not in READS and not origins:
            return "Whatever changes something has to say where it comes from."
        allowed = {"same-origin", "none"} if method in READS else {"same-origin"}
        if any(site not in allowed for site in headers.getlist("sec-fetch-site")):
            return "Requests come from the page itself and from no other."
        return ""

    def _redeemed(self, secret: str) -> Response:
        session = self._passes.redeem(secret, self._clock.now())
        if session is None:
            return PlainTextResponse("This link was used before, or is too old. " + NO_SESSION, 403)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, session, httponly=True, samesite="strict", path="/")
        return answer


def _pass_of(scope: Scope, method: str) -> str | None:
    """The secret of a link, where the request is one."""
    if scope["path"] != "/" or method != "GET" or not scope["query_string"]:
        return None
    try:
        found = parse_qs(scope["query_string"].decode("ascii"), max_num_fields=4)
    except ValueError:
        return ""
    return str(found.get(PASS, [""])[0])


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value


def _wrong_body(headers: Headers) -> Response | None:
    """A form or plain text can be sent by any page without being asked first; JSON cannot."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return PlainTextResponse("JSON is taken here and nothing else.", 415)
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()) or int(length) > LARGEST_BODY:
        return PlainTextResponse(f"At most {LARGEST_BODY} bytes are taken, and their number is said first.", 413)
    return None


def _bounded(receive: Receive) -> Receive:
    """No more of a body than may come, whatever its length was said to be."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return message if taken <= LARGEST_BODY else {"type": "http.disconnect"}

    return bounded


def _with_headers(send: Send) -> Send:
    async def said(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return said

"""What the page is told, as server-sent events (HTML Living Standard, section 9.2), from wherever it left off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import StreamingResponse

from edge.control_room.console.live import Change, Live
from edge.ports import Clock

LOOKS: Final = 0.03
"""Seconds between two looks for something new."""
BEATS: Final = 2.0
"""Seconds between two signs of life: without them a page could not tell silence from absence."""


def answer(request: Request, live: Live, clock: Clock) -> StreamingResponse:
    """A stream that goes on from the marker that a page says that it has."""
    marker = request.headers.get("last-event-id", "") or request.query_params.get("after", "")
    return StreamingResponse(_events(live, clock, live.known(marker)), media_type="text/event-stream")


async def _events(live: Live, clock: Clock, revision: int) -> AsyncIterator[bytes]:
    if revision == 0:
        yield _event("anew", {"life": live.life}, live.marker(0))
    beaten = 0.0
    while not live.over:
        changes = live.since(revision)
        if changes:
            revision = changes[-1].revision
            yield b"".join(_change(one, live) for one in changes)
        now = asyncio.get_running_loop().time()
        if now - beaten >= BEATS:
            beaten = now
            yield _event("beat", {"now": clock.now().wall.isoformat()}, live.marker(revision))
        await asyncio.sleep(LOOKS)


def _change(change: Change, live: Live) -> bytes:
    return _event("is", {"name": change.name, "document": change.document}, live.marker(change.revision))


def _event(kind: str, said: object, marker: str) -> bytes:
    return b"event: %s\nid: %s\ndata: %s\n\n" % (kind.encode(), marker.encode(), msgspec.json.encode(said))

"""Readers of a console: the file of its place, and what its page says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

from edge import connection
from edge.control_room.console import app, place
from edge.domain.errors import Misconfigured
from tests.fuzz import file_samples
from tests.fuzz.examples import documents
from tests.fuzz.reader import Reader

PLACE = b"""\
name = "Square"
keep = "kept"
second_reviewer = "always"
size = [100, 60]

[[blocks]]
name = "Houses"
outline = [[10, 5], [90, 5], [90, 20]]

[[devices]]
connection = "connection.toml"
label = "Post 1"
at = [55, 40]
facing = 300.5
"""


def readers(folder: Path) -> list[Reader]:
    """All of them. What a place names lies beside it."""
    room, fails = folder / "console", (Misconfigured,)
    room.mkdir()
    file_samples.put_away(room)
    (room / "connection.toml").write_bytes(file_samples.connections(room)(Random(1))[0])

    def placed(raw: bytes) -> object:
        (room / "place.toml").write_bytes(raw)
        return place.load(room / "place.toml")

    def trusted(raw: bytes) -> object:
        (room / "other.json").write_bytes(raw)
        return connection.trust_root(room / "other.json")

    said = (app.Decision, app.Reasoned, app.Entry, app.Nothing, app.NamesDeployment)
    return [
        Reader("place of a console", placed, lambda _: [PLACE], fails, ("edge.control_room.console.place:load",), 0.5),
        Reader("trust root of a connection", trusted, file_samples.signed_roots, fails,
               ("edge.connection:trust_root",), 0.5),
        *(Reader(f"request of a page: {kind.__name__}", partial(app.asked, kind=kind), _requests(kind),
                 covers=("edge.control_room.console.app:asked",), share=0.2) for kind in said),
    ]  # fmt: skip


def _requests(kind: type) -> Callable[[Random], list[bytes]]:
    return lambda random: documents(kind, random, 20)

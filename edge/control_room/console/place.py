"""The file of a control room's place: its plan, its devices, where things are kept. TOML, written by a person once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from edge import connection
from edge.connection import Connection
from edge.control_room.console.deciding import Second
from edge.domain.errors import Misconfigured

Metres = Annotated[float, msgspec.Meta(ge=0, le=100_000)]
Point = tuple[Metres, Metres]
"""Metres from the plan's left and upper edge."""
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+\Z")]


class Block(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands on the plan: a building, a square, a stretch of water."""

    outline: Annotated[tuple[Point, ...], msgspec.Meta(min_length=3, max_length=64)]
    name: Words | None = None


class _Device(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    connection: str
    label: Words
    at: Point
    facing: Annotated[float, msgspec.Meta(ge=0, lt=360)] = 0
    """Degrees, clockwise from the plan's upper edge."""
    reach: Metres = 15
    authorisation: str | None = None
    """The signed authorisation that this control room may start it with."""
    watchlist: str | None = None
    onvif: str | None = None
    """The control room's own broker, where its other systems are told of hits."""


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Words
    keep: str
    second_reviewer: Second = Second.CONFIRMED
    size: tuple[Metres, Metres] = (100, 60)
    blocks: Annotated[tuple[Block, ...], msgspec.Meta(max_length=256)] = ()
    devices: Annotated[tuple[_Device, ...], msgspec.Meta(min_length=1, max_length=64)]


@dataclass(frozen=True, slots=True)
class Post:
    """One device, where it stands, and what it may be started with."""

    known: Connection
    label: str
    at: Point
    facing: float
    reach: float
    authorisation: Path | None
    watchlist: Path | None
    onvif: Path | None = None

    @property
    def name(self) -> str:
        """As the page and folders name it."""
        return f"{self.known.topics.site}.{self.known.topics.device}"


@dataclass(frozen=True, slots=True)
class Place:
    """All of it, resolved."""

    name: str
    keep: Path
    second: Second
    size: tuple[float, float]
    blocks: tuple[Block, ...]
    posts: tuple[Post, ...]

    def kept(self, post: Post) -> Path:
        """Where the hits of a device lie."""
        return self.keep / post.name


def load(path: Path) -> Place:
    """Read it; relative paths are relative to it. Raises Misconfigured naming what is wrong."""
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Misconfigured(f"The place {path} cannot be used: {error}.", "The README shows one.") from error
    folder = path.resolve().parent
    posts = tuple(_post(one, folder) for one in found.devices)
    if len({post.name for post in posts}) != len(posts):
        raise Misconfigured(f"{path} names a device twice.", "Name each device once.")
    return Place(found.name, folder / found.keep, found.second_reviewer, found.size, found.blocks, posts)


def _post(one: _Device, folder: Path) -> Post:
    return Post(
        known=connection.load(folder / one.connection),
        label=one.label,
        at=one.at,
        facing=one.facing,
        reach=one.reach,
        authorisation=None if one.authorisation is None else folder / one.authorisation,
        watchlist=None if one.watchlist is None else folder / one.watchlist,
        onvif=None if one.onvif is None else folder / one.onvif,
    )

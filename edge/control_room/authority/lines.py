"""TOML, and the line on which each of its keys stands.

Python's own reader of TOML says nothing of lines, and needs nobody beside it: a key stands on the line after the
longest beginning of the file that can be read and does not have it yet.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from edge.domain.errors import Misconfigured

MOST_BYTES: Final = 32 * 1024
MOST_LINES: Final = 500
Place = tuple[str | int, ...]
"""Names of tables and keys, and numbers of items, from the outside in."""


@dataclass(frozen=True, slots=True)
class Document:
    """What was read, and where each part of it stands."""

    name: str
    values: dict[str, Any]
    places: dict[Place, int]
    """Line numbers, from 1."""

    def line(self, place: Place) -> int:
        """Of a part, or of the nearest part around it that there is; 1 where nothing of it is there."""
        while place and place not in self.places:
            place = place[:-1]
        return self.places.get(place, 1)


def read(path: Path) -> Document:
    """Read a file. Raises Misconfigured naming the line where it is no TOML."""
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise Misconfigured(f"The form {path} cannot be read: {why}.", "Name the right file.") from error
    return parse(raw, str(path))


def parse(raw: bytes, name: str) -> Document:
    """Read bytes. Raises Misconfigured naming the line where they are no TOML."""
    if len(raw) > MOST_BYTES or raw.count(b"\n") > MOST_LINES:
        raise Misconfigured(f"{name} is too long for a form.", f"At most {MOST_LINES} lines are read.")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Misconfigured(f"{name}, line {line}: this is not UTF-8.", "Save it as plain text in UTF-8.") from error
    try:
        values = _loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        what = f"{name} cannot be read: {error}."
        raise Misconfigured(what, 'Write name = value, texts in "quotes", tables in [brackets].') from error
    return Document(name, values, _places(text.splitlines(keepends=True)))


def _loads(text: str) -> dict[str, Any]:
    return tomllib.loads(text, parse_float=Decimal)


def _places(lines: list[str]) -> dict[Place, int]:
    found: dict[Place, int] = {}
    begins = 0
    for end in range(1, len(lines) + 1):
        try:
            values = _loads("".join(lines[:end]))
        except (tomllib.TOMLDecodeError, RecursionError, ValueError):
            continue  # in the middle of something that goes over several lines
        new = [(place, value) for place, value in _walk(values) if place not in found]
        for place, value in new:
            found[place] = begins + 1 + _within(lines[begins:end], place, value)
        begins = end
    return found


def _within(lines: list[str], place: Place, value: object) -> int:
    """How many lines below its beginning an item of a list stands, where that goes over several."""
    if len(lines) > 1 and isinstance(value, str) and any(isinstance(part, int) for part in place):
        return next((number for number, line in enumerate(lines) if value in line), 0)
    return 0


def _walk(value: object, place: Place = ()) -> Iterator[tuple[Place, object]]:
    items: Iterator[tuple[str | int, object]]
    if isinstance(value, dict):
        items = iter(value.items())
    elif isinstance(value, list):
        items = iter(enumerate(value))
    else:
        return
    for name, inner in items:
        yield (*place, name), inner
        yield from _walk(inner, (*place, name))

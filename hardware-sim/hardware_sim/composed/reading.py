"""Reads a scenario's file, and says what is wrong with one: the file, the field and the remedy."""

from __future__ import annotations

import re
import typing
from pathlib import Path
from types import UnionType
from typing import Final, get_args, get_origin

import msgspec
from msgspec import Meta

from edge.domain.errors import Misconfigured
from hardware_sim.composed import curves
from hardware_sim.composed.tables import File, Table

FORMAT: Final = "For what a scenario may say see hardware_sim/composed/tables.py."
_WHERE: Final = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_PART: Final = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")


def read(path: Path) -> File:
    """A scenario from its file. Raises Misconfigured."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"The scenario {path} cannot be read: {error.strerror}.", "Name a TOML file.") from error
    except UnicodeDecodeError as error:
        raise Misconfigured(f"The scenario {path} is no text: {error.reason}.", "Save it as UTF-8.") from error
    try:
        return parsed(text)
    except Misconfigured as error:
        raise Misconfigured(f"{path}: {error.what}", error.remedy) from error


def parsed(text: str) -> File:
    """A scenario from its text. Raises Misconfigured."""
    try:
        file = msgspec.toml.decode(text, type=File)
    except msgspec.ValidationError as error:
        raise _explained(str(error)) from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Misconfigured(f"This is not TOML: {error}.", "Correct the line that it names.") from error
    _check_curves(file)
    _check_camera(file)
    _check_people(file)
    return file


def _check_curves(file: File) -> None:
    for name, curve, least, largest in (
        ("light.lux", file.light.lux, 0.01, 100_000),
        ("light.lamps", file.light.lamps, 0, 1),
        ("light.glare", file.light.glare, 0, 1),
        ("weather.rain", file.weather.rain, 0, 80),
    ):
        curves.checked(curve, name, least, largest)


def _check_camera(file: File) -> None:
    camera = file.camera
    width, height = camera.resolution
    _demand(
        320 <= width <= 4096 and 240 <= height <= 4096 and width % 2 == height % 2 == 0,
        f"camera.resolution is {width} x {height}", "Choose even sides from 320 x 240 to 4096 x 4096",
    )  # fmt: skip
    small = camera.small
    ratio = width // small[0] if small[0] > 0 else 0
    _demand(
        ratio > 0 and (small[0] * ratio, small[1] * ratio) == (width, height) and small[0] % 2 == small[1] % 2 == 0,
        f"camera.small is {small[0]} x {small[1]}, which does not divide {width} x {height}",
        "Choose even sides that are a whole fraction of camera.resolution",
    )
    _demand(
        camera.shortest_exposure <= camera.longest_exposure,
        f"camera.shortest_exposure is {camera.shortest_exposure:g}, and camera.longest_exposure is shorter",
        "Make the longest exposure the longer one",
    )


def _check_people(file: File) -> None:
    _demand(bool(file.walkers or file.crowds), "nobody walks", "Add [[walkers]] or [[crowds]]")
    for number, walkers in enumerate(file.walkers, 1):
        here = f"walkers (the {number}. of them)"
        _demand(
            len(walkers.path) > 1, f"{here}: path has one point or none", "Give two or more [x, z] points in metres"
        )
        _demand(
            all(a != b for a, b in zip(walkers.path, walkers.path[1:], strict=False)),
            f"{here}: path has the same point twice in a row", "Leave one of them out, or say where they stand",
        )  # fmt: skip
        _demand(
            walkers.second <= file.lasts, f"{here}: second {walkers.second:g} is after the end", "Let it last longer"
        )
        _demand(
            walkers.person is None or walkers.group == 1,
            f"{here}: person and group are both there",
            "Name all in group",
        )
        stands = walkers.stands or (0.0, 0.0)
        _demand(min(stands) >= 0, f"{here}: stands is below zero", "Give metres walked and seconds")
    for number, crowd in enumerate(file.crowds, 1):
        here = f"crowds (the {number}. of them)"
        _demand(
            0 < crowd.speeds[0] <= crowd.speeds[1] <= 8, f"{here}: speeds are {crowd.speeds}", "Slow, then fast, m/s"
        )
        _demand(
            bool(crowd.groups) and min(crowd.groups) >= 0 and 0 < sum(crowd.groups) < 1e6 and len(crowd.groups) <= 5,
            f"{here}: groups are {crowd.groups}", "Give shares of those alone, in twos, in threes: at most five",
        )  # fmt: skip


def _demand(so: bool, what: str, remedy: str) -> None:
    if not so:
        raise Misconfigured(f"{what}.", f"{remedy}.")


def _explained(message: str) -> Misconfigured:
    """What msgspec says, in the words of the file."""
    found = _WHERE.search(message)
    path = found["path"] if found else ""
    field = (
        _PART.sub(lambda part: f".{part[1]}" if part[1] else f" (number {_counted(part[2])})", path).strip(". ")
        or "the file"
    )
    said = _WHERE.sub("", message)
    kind = _kind(path)
    unknown = re.search(r"unknown field `(\w+)`", said)
    if unknown and isinstance(kind, type) and issubclass(kind, Table):
        return Misconfigured(f"{field} has no field {unknown[1]!r}.", f"It takes: {', '.join(kind.__struct_fields__)}.")
    missing = re.search(r"missing required field `(\w+)`", said)
    if missing:
        return Misconfigured(f"{field} says no {missing[1]!r}.", "Add it.")
    means = _meaning(kind)
    return Misconfigured(f"{field}: {said[:1].lower() + said[1:]}.", f"It is {means}." if means else FORMAT)


def _counted(index: str) -> str:
    """As people count, from one."""
    return str(int(index) + 1) if index.isdecimal() else "?"


def _kind(path: str) -> object:
    """The type of the field that a path names."""
    kind: object = File
    for name, index in _PART.findall(path):
        options = [kind, *get_args(kind)] if get_origin(kind) in (typing.Union, UnionType) else [kind]
        if name:
            table = next((one for one in options if isinstance(one, type) and issubclass(one, Table)), None)
            if table is None:
                return None
            kind = typing.get_type_hints(table, include_extras=True).get(name)
        else:
            kind = _within(next((one for one in options if get_origin(one) is tuple), None), index)
    return kind


def _within(row: object, index: str) -> object:
    """The type of a member of a list."""
    inside = get_args(row)
    if not inside:
        return None
    return inside[0] if inside[-1] is ... or not index.isdecimal() else inside[min(int(index), len(inside) - 1)]


def _meaning(kind: object) -> str:
    """What its description says, if it has one."""
    for one in (kind, *get_args(kind)):
        for note in getattr(one, "__metadata__", ()):
            if isinstance(note, Meta) and note.description:
                return note.description
        if get_origin(one) is typing.Literal:
            return "one of " + ", ".join(map(str, get_args(one)))
    return ""

"""What a device writes to its own log: a closed set of remarks, none of which can hold anything about anybody.

An error's message may quote what it choked on, so it is never written. Its type, and the places in the code that it
came through, are.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from types import TracebackType
from typing import Annotated, Final

from msgspec import Meta

from edge.domain.errors import Undecodable

_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9_./:,<>-]")
_LONGEST: Final = 240
_PLACES: Final = 4
_ROOTS: Final = ("site-packages", "dist-packages", "edge", "hardware_sim")


class Part(enum.Enum):
    """Which part of the daemon a remark is about."""

    MAIN = "main"
    CAPTURE = "capture"
    RECOGNISE = "recognise"
    WRITER = "writer"
    LINK = "link"
    ELSEWHERE = "elsewhere"
    """A library's own thread, a destructor, the interpreter."""


class Cause(enum.Enum):
    """Why a process ends itself at once."""

    CAMERA_NOT_SHUT = "camera-not-shut"
    """A second after its permit's end the capture device was still open."""
    STUCK = "stuck"
    """A thread has not come round for too long."""


@dataclass(frozen=True, slots=True)
class Failed:
    """An error ended a part."""

    part: Part
    error: str
    """Name of its type."""
    at: str
    """Where it came from: the last few places in the code, the innermost last."""

    @classmethod
    def of(cls, part: Part, error: BaseException) -> Failed:
        """Only type and places of an error; its message stays unread."""
        return cls(part, type(error).__name__, places(error.__traceback__))


@dataclass(frozen=True, slots=True)
class Warned:
    """A library warned."""

    category: str
    at: str


@dataclass(frozen=True, slots=True)
class Dying:
    """The process ends itself."""

    why: Cause
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Exposed:
    """The metrics endpoint can be reached from outside this machine, because the configuration says so."""

    port: int


Remark = Failed | Warned | Dying | Exposed


SAID: Final = r"^lamppost: (failed|warned|dying|exposed)( [a-z]{1,16}=[A-Za-z0-9_./:,<>?-]{1,240}| metrics){1,4}\Z"
"""What every line of the log looks like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A remark, as it was written, and when by the device's clock."""

    at: datetime
    remark: Annotated[str, Meta(pattern=SAID)]

    def line(self) -> str:
        """As it is kept."""
        return f"{self.at.isoformat()} {self.remark}"

    @classmethod
    def read(cls, line: str) -> Said:
        """From such a line. Raises Undecodable."""
        when, _, what = line.partition(" ")
        try:
            at = datetime.fromisoformat(when)
        except ValueError:
            at = None
        if at is None or at.tzinfo is None or not re.match(SAID, what):
            raise Undecodable("That is no remark.", "Nothing is to be done: it is left out.")
        return cls(at=at, remark=what)


def line(remark: Remark) -> str:
    """A remark as one line of printable ASCII. Raises TypeError for anything else."""
    what, told = _told(remark)
    return " ".join([f"lamppost: {what}", *(f"{name}={value}" for name, value in told.items())])


def fields(remark: Remark) -> dict[str, str]:
    """A remark as the journal's fields (systemd.journal-fields(7)): printable ASCII. Raises TypeError as :func:`line`.

    What a remark says has fields of its own, ``LAMPPOST_REMARK`` and ``LAMPPOST_<NAME>``.
    """
    what, told = _told(remark)
    return {
        "MESSAGE": line(remark).removeprefix("lamppost: "),
        "PRIORITY": str(_PRIORITIES[type(remark)]),
        "SYSLOG_IDENTIFIER": "lamppost",
        "LAMPPOST_REMARK": what,
        **{f"LAMPPOST_{name.upper()}": value for name, value in told.items()},
    }


_PRIORITIES: Final[dict[type, int]] = {Failed: 3, Dying: 2, Warned: 4, Exposed: 5}
"""As syslog(3) counts them: 2 is critical, 5 a notice."""


def _told(remark: Remark) -> tuple[str, dict[str, str]]:
    match remark:
        case Failed(part, error, at):
            return "failed", {"part": part.value, "error": plain(error), "at": plain(at)}
        case Warned(category, at):
            return "warned", {"category": plain(category), "at": plain(at)}
        case Dying(why, parts):
            return "dying", {"why": why.value, "parts": ",".join(part.value for part in parts) or "-"}
        case Exposed(port):
            return "exposed", {"endpoint": "metrics", "port": f"{port:d}"}
        case _:
            raise TypeError("only remarks are written to the log")


def places(trace: TracebackType | None) -> str:
    """Files and line numbers that an error came through."""
    found = []
    while trace is not None:
        found.append(place(trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return ",".join(found[-_PLACES:]) or "-"


def place(file: str, number: int) -> str:
    """A place in the code. Of folders only those inside the package are told."""
    parts = PurePath(file).parts
    start = max((index for index, part in enumerate(parts) if part in _ROOTS), default=len(parts) - 1)
    return f"{'/'.join(parts[start:])}:{number}"


def plain(text: str) -> str:
    """What is left of a text that is no name or place."""
    return _NOT_PLAIN.sub("?", text)[:_LONGEST]

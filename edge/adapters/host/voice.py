"""The daemon's log: typed remarks on the standard error that it was started with, and nothing else.

Where that is the journal, a remark goes there with fields of its own.

Libraries print: OpenCV, LiteRT, libcamera, the C library before it aborts, the interpreter with an error's message.
From :func:`hush` on all of that goes nowhere, whether it comes through Python or past it, and errors that nobody
catches are reduced to their type and the place in the code.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import threading
import warnings
from types import TracebackType
from typing import Final, TextIO

from edge.adapters.host import journald
from edge.adapters.host.ring import Ring
from edge.domain import remark
from edge.domain.remark import Failed, Part, Remark, Warned, place, places

_STDOUT: Final = 1
_STDERR: Final = 2


RING: Final = Ring()
"""What was said of late."""


class _Voice:
    """The standard error that the process was started with, once everything else is mute."""

    stream: TextIO | None = None


def voice() -> TextIO:
    """Where a command may still write a line: before :func:`hush` this is the standard error."""
    return _Voice.stream or sys.stderr


def say(said: Remark) -> None:
    """Write a remark. Raises TypeError for anything else."""
    text, told, stream = remark.line(said), remark.fields(said), voice()
    RING.hold(said)
    try:
        if journald.is_journal(stream.fileno()) and journald.send(told):
            return
        stream.write(text + "\n")
        stream.flush()
    except (OSError, ValueError):
        pass  # nobody listens: the daemon does not end for it


def hush() -> None:
    """Mute everything but :func:`say`. Doing it again does no harm."""
    if _Voice.stream is None:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        _Voice.stream = os.fdopen(os.dup(_STDERR), "w", encoding="ascii", errors="replace")
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for number in (_STDOUT, _STDERR):
            os.dup2(nowhere, number)
        os.close(nowhere)
    # A signal that kills would have the stacks of all threads printed.
    faulthandler.disable()
    logging.disable(logging.CRITICAL)
    logging.raiseExceptions = False
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable
    warnings.showwarning = _warned


def _uncaught(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    say(Failed.of(Part.MAIN, error))


def _uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    say(Failed(Part.ELSEWHERE, arguments.exc_type.__name__, places(arguments.exc_traceback)))


def _unraisable(arguments: sys.UnraisableHookArgs) -> None:
    say(Failed(Part.ELSEWHERE, arguments.exc_type.__name__, places(arguments.exc_traceback)))


def _warned(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, file: TextIO | None = None,
    line: str | None = None,
) -> None:  # fmt: skip
    del message, file, line  # what a warning says may quote what it is about
    say(Warned(category.__name__, place(filename, lineno)))

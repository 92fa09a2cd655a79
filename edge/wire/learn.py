"""Teaching the decoder every type while there is one thread.

msgspec works out a dataclass at its first use. While it does, it calls Python, and so lets other threads run; what it
has of the type by then is already where they find it, unfinished (so that a type may contain itself). A second thread
that decodes the same type, or one that contains it, reads past the end of that and the process is killed: seen with
msgspec 0.22.0 and CPython 3.11, about once in eight tries of two dozen threads. What was worked out is never changed
again, so that it is enough to use every type once beforehand.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Final

import msgspec

PLACES: Final = ("edge.domain", "edge.wire", "edge.steps", "edge.safeguards")
"""Packages whose nouns may be read from bytes."""


def learn() -> None:
    """Call it before the second thread is started. Types that JSON cannot hold are passed over."""
    for kind in nouns():
        with contextlib.suppress(msgspec.MsgspecError, TypeError, NameError):
            msgspec.json.decode(b"null", type=kind)


def nouns() -> Iterator[type]:
    """Every dataclass and struct of the packages that have been imported."""
    for name, module in sorted(sys.modules.items()):
        if name.startswith(PLACES):
            for noun in vars(module).values():
                if isinstance(noun, type) and noun.__module__ == name and _is_noun(noun):
                    yield noun


def _is_noun(kind: type) -> bool:
    return is_dataclass(kind) or issubclass(kind, msgspec.Struct)

"""What one way in is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from edge.domain.errors import Undecodable

Read = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Reader:
    """One way in."""

    name: str
    read: Read
    seeds: Callable[[Random], list[bytes]]
    fails: tuple[type[Exception], ...] = (Undecodable,)
    """The only errors that it may raise."""
    covers: tuple[str, ...] = ()
    """Functions that this reaches, as ``module:function``."""
    share: float = 1.0
    """How many inputs it gets, against the others."""

"""What a simulated camera plays: pictures with the times at which they were captured."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple, Protocol

from edge.domain.capture import Picture


class Pictures(NamedTuple):
    """Both streams of one exposure."""

    main: Picture
    small: Picture


class Shot(Protocol):
    """One exposure. Its pictures are made only when somebody asks for them."""

    @property
    def offset(self) -> timedelta:
        """When it is captured, counted from the start of the footage."""
        ...

    def pictures(self) -> Pictures:
        """Its two streams. The planes stay as they are for as long as somebody refers to them."""
        ...


class Footage(Protocol):
    """A sequence of shots."""

    @property
    def interval(self) -> timedelta:
        """The usual time between two shots."""
        ...

    def shots(self) -> Iterator[Shot]:
        """All shots from the start, offsets rising. Raises Undecodable where the input breaks off."""
        ...

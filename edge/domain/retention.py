"""How long what is kept: the one list of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import timedelta

from edge.domain.authority import Identifier


class Kept(enum.Enum):
    """Where."""

    MEMORY = "memory of the device's process"
    LOCKED = "locked memory of the device's process"
    DISK = "disk of the device"
    CONTROL_ROOM = "control room"


class Fate(enum.Enum):
    """What becomes of it."""

    OVERWRITTEN = "overwritten"
    DELETED = "deleted, and its room on disk overwritten"
    DROPPED = "dropped"
    KEY_DESTROYED = "its key is destroyed"
    STAYS = "stays: it says nothing about anybody who was not listed, nor who a listed person is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One thing that is kept."""

    name: Identifier
    what: str
    where: Kept
    at_most: timedelta | None
    """However long everything else lasts. None: only ``until`` ends it."""
    until: str
    """What ends it before that."""
    fate: Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """All of it. Its digest is part of the configuration's, so that every authorisation binds it."""

    periods: tuple[Period, ...]
    """Whatever is not named here is not kept."""

    def of(self, name: Identifier) -> Period:
        """One of them. Raises KeyError."""
        return {period.name: period for period in self.periods}[name]

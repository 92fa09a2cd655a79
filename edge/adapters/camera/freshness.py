"""Whether a picture is a new one: by its age, by its timestamp, and by what is in it."""

from __future__ import annotations

import enum
import zlib
from datetime import timedelta
from typing import Final

import numpy as np

from edge.adapters.camera.source import Shot
from edge.domain.capture import Instant

OLD: Final = timedelta(seconds=1)
"""A picture that was exposed longer ago is stale: it waited somewhere, perhaps since before the stream was started."""
AHEAD: Final = timedelta(milliseconds=50)
"""A timestamp that far in the future belongs to another clock, and says nothing about age."""
EVERY: Final = 4
"""Of so many rows one is looked at."""


class Verdict(enum.Enum):
    """What a shot is."""

    FRESH = "fresh"
    STALE = "stale"
    REPEATED = "repeated"


class Freshness:
    """Keeps the last timestamp and a checksum, over closing and opening: a picture can be had from neither."""

    def __init__(self, still: timedelta) -> None:
        """``still`` is how long pictures alike to the last bit are believed."""
        self._still = still
        self._sensed: timedelta | None = None
        self._sum: int | None = None
        self._alike_since: timedelta | None = None

    def judge(self, shot: Shot, now: Instant) -> Verdict:
        """Judge the shots of one stream in their order."""
        if shot.sensed is not None:
            if not -AHEAD <= now.boot - shot.sensed <= OLD:
                return Verdict.STALE
            if self._sensed is not None and shot.sensed <= self._sensed:
                return Verdict.REPEATED
            self._sensed = shot.sensed
        return Verdict.REPEATED if self._is_frozen(shot, now) else Verdict.FRESH

    def forget(self) -> None:
        """The stream was started anew. What was seen before stays old."""
        self._alike_since = None

    def _is_frozen(self, shot: Shot, now: Instant) -> bool:
        rows = np.ascontiguousarray(shot.small.y[::EVERY])
        # All of one grey, as a sensor in the dark behind noise reduction gives it: that proves nothing either way.
        total = None if rows.min() == rows.max() else zlib.crc32(rows.data)
        if total is None or total != self._sum:
            self._sum, self._alike_since = total, None
            return False
        self._alike_since = now.boot if self._alike_since is None else self._alike_since
        return now.boot - self._alike_since >= self._still

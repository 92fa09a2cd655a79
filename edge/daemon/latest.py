"""A mailbox of one: the newest frame wins, because an old one is of no use to anybody waiting for a hit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from edge.domain.capture import Frame

WAIT: Final = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class Lapse:
    """The permit lapsed: forget everything. It cannot be overtaken or dropped."""

    generation: int


class Latest:
    """One slot. :meth:`put` and :meth:`lapse` never wait."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._lapse: Lapse | None = None
        self._closed = False
        self.skipped = 0
        """Frames that were replaced before anybody took them."""

    def put(self, frame: Frame) -> None:
        """Offer a frame, in place of one that was not taken yet."""
        with self._changed:
            self.skipped += self._frame is not None
            self._frame = frame
            self._changed.notify()

    def lapse(self, generation: int) -> None:
        """Drop the frame that waits, and have everything forgotten before the next one is seen."""
        with self._changed:
            self._frame, self._lapse = None, Lapse(generation)
            self._changed.notify()

    def close(self) -> None:
        """End the iteration."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def take(self, timeout: timedelta) -> Frame | Lapse | None:
        """What is there, a lapse before any frame; None after the timeout."""
        with self._changed:
            if self._frame is None and self._lapse is None and not self._closed and timeout:
                self._changed.wait(timeout.total_seconds())
            if self._lapse is not None:
                lapse, self._lapse = self._lapse, None
                return lapse
            frame, self._frame = self._frame, None
            return frame

    def __iter__(self) -> Iterator[Frame | Lapse | None]:
        """Until closed: what is there, or None when nothing came for a while (still alive, nothing to do)."""
        while not self._closed:
            yield self.take(WAIT)

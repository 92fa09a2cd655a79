"""A source that can only be read by blocking: a thread reads it, and the newest shot waits in one place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

from edge.adapters.camera.source import Shot
from edge.domain.errors import CaptureLost

Reads = Callable[[threading.Event], Iterator[Shot]]
"""Opens, gives shots until the event is set, and closes. Raises CaptureLost."""


class Pump:
    """One reading, from its beginning to its end."""

    def __init__(self, reads: Reads) -> None:
        """Begin at once."""
        self._reads = reads
        self._changed = threading.Condition()
        self._shot: Shot | None = None
        self._lost: CaptureLost | None = None
        self._over = threading.Event()
        self._ended = self._cancelled = False
        # A driver that never comes back must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, daemon=True, name="camera")
        self._thread.start()

    def next(self, timeout: timedelta) -> Shot | None:
        """The newest shot, or None after the timeout, when cancelled and at the end. Raises what ended the reading."""
        with self._changed:
            if self._shot is None and not self._is_over():
                self._changed.wait(timeout.total_seconds())
            if self._cancelled:
                return None
            if self._shot is None and self._lost is not None:
                raise CaptureLost(self._lost.what, self._lost.remedy) from self._lost
            shot, self._shot = self._shot, None
            return shot

    def cancel(self) -> None:
        """Have :meth:`next` return None from now on."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def stop(self, within: timedelta | None = None) -> bool:
        """Have the reading end, and wait for it. False where it has not ended in time: what it reads is dropped."""
        self._over.set()
        self.cancel()
        self._thread.join(None if within is None else within.total_seconds())
        with self._changed:
            self._shot = None
        return not self._thread.is_alive()

    def _is_over(self) -> bool:
        return self._cancelled or self._ended

    def _run(self) -> None:
        lost: CaptureLost | None = None
        try:
            for shot in self._reads(self._over):
                if self._over.is_set():
                    break
                with self._changed:
                    self._shot = shot
                    self._changed.notify_all()
        except CaptureLost as error:
            lost = error
        with self._changed:
            self._lost, self._ended = lost, True
            self._changed.notify_all()


class Pumped:
    """What sources that are read so have in common: they set the pump when they open, and take it away to close."""

    _pump: Pump | None = None

    def next(self, timeout: timedelta) -> Shot | None:
        """The newest shot. Raises CaptureLost."""
        return None if self._pump is None else self._pump.next(timeout)

    def cancel(self) -> None:
        """Make :meth:`next` return."""
        if self._pump is not None:
            self._pump.cancel()

"""A camera that plays footage through the product's own port, and breaks on demand."""

from __future__ import annotations

import enum
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from edge.domain.capture import Frame, Instant
from edge.domain.errors import CaptureLost, Undecodable
from edge.ports import Clock
from hardware_sim.footage import Footage, Shot
from hardware_sim.lens import Effect, Lens

NOTHING = timedelta()


class Pace(enum.Enum):
    """Whose time it is."""

    REAL = "real"
    """A shot is there once so much time has gone by on the clock; those that came while nobody asked are skipped."""
    LOCKSTEP = "lockstep"
    """Every call of ``next`` gives the next shot at once; time belongs to the footage."""


class Fault(enum.Enum):
    """What may be wrong with the camera."""

    UNPLUGGED = "unplugged"
    """It cannot be opened, and is lost where it was open."""
    FROZEN = "frozen"
    """It opens, and gives no frames."""


@dataclass(frozen=True, slots=True)
class CameraCounts:
    """What has happened to a camera."""

    opens: int = 0
    closes: int = 0
    frames: int = 0
    skipped: int = 0
    """Shots that came and went while the open, healthy camera was not asked."""
    losses: int = 0
    """CaptureLost raised."""


class SimulatedCamera:
    """Implements :class:`edge.ports.Camera` over footage.

    The footage starts when the camera is first opened, and goes on while it is shut, as a street does. In lockstep it
    goes on by as much as the clock was moved meanwhile; frames are captured at the first opening plus their offset.
    A cancelled camera gives no frame until it is opened again. ``next`` belongs to one thread, all else to any.
    """

    simulated = True

    def __init__(self, footage: Footage, clock: Clock, pace: Pace = Pace.REAL, *, repeat: bool = False) -> None:
        """``repeat`` starts the footage again whenever it is over, with offsets that go on rising."""
        self._footage, self._clock, self._pace, self._repeat = footage, clock, pace, repeat
        self._changed = threading.Condition()
        self._open = self._cancelled = False
        self._fault: Fault | None = None
        self._start: Instant | None = None
        self._resumed = NOTHING
        """Shots before it were missed because the camera was shut or broken."""
        self._counts = CameraCounts()
        # From here on only the thread that calls next.
        self._shots: Iterator[Shot] = iter(())
        self._coming: tuple[timedelta, Shot] | None = None
        self._round = self._last = NOTHING
        self._sequence = 0
        self._ended = False
        self.lens = Effect(Lens.CLEAN)
        """What is on the lens, for the frames that come."""

    @property
    def counts(self) -> CameraCounts:
        """What has happened so far."""
        with self._changed:
            return self._counts

    @property
    def ended(self) -> bool:
        """Whether the footage is over."""
        return self._ended

    @property
    def start(self) -> Instant | None:
        """When the footage started; None before the first opening."""
        return self._start

    def open(self) -> None:
        """Start capturing. Raises CaptureLost where it is unplugged. Does nothing where it is open."""
        with self._changed:
            self._raise_unplugged()
            if self._open:
                return
            now = self._clock.now()
            if self._start is None:
                self._start = now
                self._shots = self._footage.shots()
                self._proceed()
            self._open, self._cancelled = True, False
            self._resumed = now.since(self._start)
            self._count(opens=1)

    def next(self, timeout: timedelta) -> Frame | None:
        """The next frame, or None after the timeout, after :meth:`cancel` and where the camera is shut.

        In lockstep it never waits: None means that there is nothing. Raises CaptureLost.
        """
        until = time.monotonic() + timeout.total_seconds()
        while self._ready():
            due = None if self._fault is Fault.FROZEN else self._due()
            if due is not None:
                return self._frame(*due)
            if self._pace is Pace.LOCKSTEP or not self._waited(until):
                break
        return None

    def cancel(self) -> None:
        """Make :meth:`next` return None at once, until the camera is opened again."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def close(self) -> None:
        """Stop capturing. Does nothing where it is closed."""
        with self._changed:
            if self._open:
                self._open = False
                self._count(closes=1)
                self._changed.notify_all()

    def fail(self, fault: Fault) -> None:
        """Break it."""
        with self._changed:
            self._fault = fault
            self._changed.notify_all()

    def mend(self) -> None:
        """Make it whole again. What happened in the street meanwhile was not seen."""
        with self._changed:
            self._fault = None
            if self._start is not None:
                self._resumed = self._clock.now().since(self._start)
            self._changed.notify_all()

    def _ready(self) -> bool:
        """Whether frames may be given at all. Raises CaptureLost."""
        with self._changed:
            if self._open:
                self._raise_unplugged()
            return self._open and not self._cancelled

    def _due(self) -> tuple[timedelta, Shot] | None:
        """The shot to give now, with its offset. Shots that it makes obsolete are dropped."""
        found = None
        while self._coming is not None and (found is None or self._pace is Pace.REAL):
            offset = self._coming[0]
            if self._pace is Pace.REAL and offset > self._elapsed():
                break
            if found is not None:
                self._count(skipped=1)
            self._sequence += 1
            # Nobody was there for what came earlier: neither given nor counted.
            found = self._coming if offset >= self._resumed else None
            self._proceed()
            if self._cancelled or not self._open:
                return None
        return found

    def _frame(self, offset: timedelta, shot: Shot) -> Frame | None:
        sequence, pictures = self._sequence, shot.pictures()
        if not self._ready():
            return None
        self._count(frames=1)
        main, small = self.lens.over(pictures.main), self.lens.over(pictures.small)
        return Frame(sequence, self._captured(offset), main, small)

    def _captured(self, offset: timedelta) -> Instant:
        assert self._start is not None
        if self._pace is Pace.LOCKSTEP:
            return self._start.later(offset)
        now = self._clock.now()
        return now.later(offset - now.since(self._start))  # so that a step of the wall clock shows

    def _waited(self, until: float) -> bool:
        """Sleep until the next shot, the given time, or a change. False where the time is up."""
        left = until - time.monotonic()
        if left <= 0:
            return False
        with self._changed:
            if not self._open or self._cancelled or self._fault is Fault.UNPLUGGED:
                return True
            if self._coming is not None and self._fault is None:
                left = min(left, (self._coming[0] - self._elapsed()).total_seconds())
            self._changed.wait(max(left, 0.0005))
        return True

    def _proceed(self) -> None:
        """Have the next shot ready, if there is one. Raises CaptureLost where the footage breaks off."""
        try:
            shot = next(self._shots, None)
            if shot is None and self._repeat and self._coming is not None:
                self._round = self._last + self._footage.interval
                self._shots = self._footage.shots()
                shot = next(self._shots, None)
        except Undecodable as error:
            self._coming = None
            self._count(losses=1)
            raise CaptureLost(error.what, error.remedy) from error
        self._ended = shot is None
        self._coming = (self._round + shot.offset, shot) if shot is not None else None
        self._last = self._coming[0] if self._coming is not None else self._last

    def _elapsed(self) -> timedelta:
        return self._clock.now().since(self._start) if self._start is not None else NOTHING

    def _raise_unplugged(self) -> None:
        if self._fault is Fault.UNPLUGGED:
            self._count(losses=1)
            raise CaptureLost("The simulated camera is unplugged.", "Mend it in the scenario.")

    def _count(self, **more: int) -> None:
        with self._changed:
            self._counts = replace(self._counts, **{name: getattr(self._counts, name) + n for name, n in more.items()})

"""The sensor on the cable: what it sees, when, and what is wrong with it."""

from __future__ import annotations

import enum
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.ports import Clock
from hardware_sim.footage import Footage, Pictures, Shot

NOISE: Final = 512
"""Rows and columns of a patch of noise."""


class Pace(enum.Enum):
    """Whose time it is."""

    REAL = "real"
    """A thread exposes frames as they fall due on the clock."""
    LOCKSTEP = "lockstep"
    """A frame is exposed for each instant of the clock at which somebody asks. Nothing waits."""


class Model(enum.Enum):
    """Whose ISP it is: its rows of luma are padded to so many bytes."""

    PI_4 = 64
    PI_5 = 128


class Fault(enum.Enum):
    """What goes wrong, as people report it."""

    UNPLUGGED = "unplugged"
    """The cable came off: "Camera frontend has timed out" in the log, no frame any more, no error for the program
    (issues 962, 1264, 1295); once it was closed, no camera is found at all (issue 1081: IndexError)."""
    STALLED = "stalled"
    """No buffers any more, until the stream is stopped and started (a sensor that browned out)."""
    STALLED_DEEPLY = "stalled-deeply"
    """No buffers any more, until the camera is closed and opened (issues 1090 and 1392)."""
    FROZEN = "frozen"
    """The same picture again and again, each with a timestamp of its own."""
    STUCK_CLOCK = "stuck-clock"
    """Frames whose timestamp stands still."""
    STALE = "stale"
    """Frames that were exposed two seconds ago (issues 426 and 849; the kernel's issue 1984 for a first frame of
    before)."""
    HANGS = "hangs"
    """``stop`` does not come back: the kernel waits for a buffer that is lost (issue 1275)."""
    BUSY = "busy"
    """Another program has it: ``Camera __init__ sequence did not complete`` (issues 399, 483 and 627)."""


LATE: Final = timedelta(seconds=2)
ADVERTISED: Final = frozenset(
    {"AeEnable", "AeFlickerMode", "AeFlickerPeriod", "AnalogueGain", "ExposureTime", "ExposureValue",
     "FrameDurationLimits", "NoiseReductionMode", "ScalerCrop"}
)  # fmt: skip
MOTOR: Final = frozenset({"AfMode", "LensPosition"})


@dataclass(slots=True)
class Sensor:
    """One camera module. ``fail`` and ``mend`` may be called from any thread."""

    footage: Footage
    clock: Clock
    model: Model = Model.PI_5
    pace: Pace = Pace.REAL
    motor: bool = True
    """Whether its lens can be focused."""
    lux: float = 400.0
    celsius: float = 41.0
    faults: set[Fault] = field(default_factory=set)
    held: bool = False
    """Whether a program of this process has it open."""
    mended: threading.Event = field(default_factory=threading.Event)
    """Set while nothing makes a stop hang."""
    _shots: Iterator[Shot] = field(default_factory=lambda: iter(()))
    _coming: tuple[timedelta, Shot] | None = None
    _showing: Shot | None = None
    _began: timedelta | None = None
    _lap: timedelta = timedelta(0)
    _noise: NDArray[np.uint8] = field(
        default_factory=lambda: np.random.default_rng(7).integers(0, 2, (NOISE, NOISE), np.uint8), repr=False
    )
    _exposures: int = 0

    def fail(self, fault: Fault) -> None:
        """Break it."""
        self.mended.clear()
        self.faults.add(fault)

    def mend(self) -> None:
        """Make it whole."""
        self.faults.clear()
        self.mended.set()

    @property
    def controls(self) -> frozenset[str]:
        """What it lets be set."""
        return ADVERTISED | MOTOR if self.motor else ADVERTISED

    @property
    def silent(self) -> bool:
        """Whether no buffer is filled."""
        return not self.faults.isdisjoint({Fault.UNPLUGGED, Fault.STALLED, Fault.STALLED_DEEPLY, Fault.HANGS})

    def started(self) -> None:
        """The stream was started: a brown-out is over."""
        self.faults.discard(Fault.STALLED)

    def opened(self) -> None:
        """The camera was opened."""
        self.faults.discard(Fault.STALLED_DEEPLY)

    def sees(self, at: timedelta) -> Pictures:
        """The scene at an instant of the boot clock. It begins when it is first seen, and over again at its end."""
        if Fault.FROZEN in self.faults and self._showing is not None:
            return self._showing.pictures()
        began = self._began = at if self._began is None else self._began
        while self._coming is None or self._coming[0] <= at - began:
            self._proceed()
        assert self._showing is not None
        return self._showing.pictures()

    def shake(self, luma: NDArray[np.uint8]) -> None:
        """Add the noise of one exposure: the lowest bit, differently each time. ``luma`` is (h, w), and is changed."""
        if Fault.FROZEN in self.faults:
            return
        self._exposures += 1
        down, along = self._exposures * 37 % 64, self._exposures * 101 % 64
        part = luma[: NOISE - 64, : NOISE - 64]
        part ^= self._noise[down : down + part.shape[0], along : along + part.shape[1]]

    def _proceed(self) -> None:
        """Show what was coming, and see what comes next."""
        coming, shot = self._coming, next(self._shots, None)
        if shot is None:
            self._lap = timedelta(0) if coming is None else coming[0] + self.footage.interval
            self._shots = iter(self.footage.shots())
            shot = next(self._shots)
        self._showing = shot if coming is None else coming[1]
        self._coming = (self._lap + shot.offset, shot)

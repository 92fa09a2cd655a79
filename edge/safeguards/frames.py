"""Frames, as the gate lets them through: only while a permit holds, and blanked outside the zone of recognition."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from edge.domain.capture import Frame, Instant
from edge.domain.comparison import Permit
from edge.domain.errors import CaptureGivenUp, CaptureLost, Reason, Refusal, Unsafe
from edge.domain.leaves.deployment import CaptureClosed, CaptureOpened, SightChanged
from edge.domain.zone import Zone
from edge.ports import Clock, Store
from edge.safeguards.journal import Journal
from edge.safeguards.shutter import Shutter
from edge.safeguards.sight import Sight
from edge.safeguards.zone import Veil

WAIT: Final = timedelta(milliseconds=500)
FROZEN: Final = timedelta(seconds=2)
"""A device that delivers nothing for so long is lost."""
FIRST: Final = timedelta(seconds=5)
"""The first frame after an opening may take so long: exposure is found, a network camera's stream is joined."""
RETRY: Final = (1.0, 2.0, 4.0, 8.0)
"""Seconds to wait before the device is opened again, after each loss in a row."""
GIVEN_UP: Final = timedelta(minutes=2)
"""Without a frame for so long when its deployment ends, the process ends too: another may have better luck with driver
and library, and nothing is lost by it. While a deployment is in force its list would be."""
GIVEN_UP_TIMES: Final = "capture-given-up"
"""Under this name the store keeps how often, over all lives."""


class Permits(Protocol):
    """The side of the gate that frames need."""

    def permit(self, now: Instant) -> Permit | Refusal:
        """Whether capturing is allowed right now."""
        ...

    def holds(self, permit: Permit, now: Instant) -> bool:
        """Whether a permit given earlier is still good."""
        ...

    def reasons(self, now: Instant) -> tuple[Reason, ...]:
        """What is missing."""
        ...

    def void(self, permit: Permit, now: Instant) -> None:
        """Make a permit lapse that has not yet."""
        ...

    def forget(self) -> None:
        """Have what is in flight forgotten; the permit stands."""
        ...

    def wait(self, timeout: timedelta) -> None:
        """Sleep until something changed, or the timeout."""
        ...


@dataclass(slots=True)
class CaptureCounts:
    """What the capture device has done since boot."""

    opens: int = 0
    frames: int = 0
    losses: int = 0


def given_up(store: Store) -> int:
    """How often a process ended because no frame would come, in all lives. 0 where the store cannot say."""
    with contextlib.suppress(Unsafe, ValueError):
        return int(store.get(GIVEN_UP_TIMES) or b"0")
    return 0


class Frames:
    """An endless iterator over permitted frames. One thread reads it; :meth:`cancel` may be called from any."""

    def __init__(self, gate: Permits, shutter: Shutter, clock: Clock, journal: Journal, zone: Zone) -> None:
        self._gate = gate
        self._shutter = shutter
        self._clock = clock
        self._journal = journal
        self._veil = Veil(zone)
        self._sight = Sight()
        self._opened_for: Permit | None = None
        self._retry_at: Instant | None = None
        self._lost_in_a_row = 0
        self._lost_since: Instant | None = None
        self._waiting_since: Instant | None = None
        self.latest: Instant | None = None
        """When the latest frame came."""
        self.counts = CaptureCounts()
        self._frames_before = 0

    def __iter__(self) -> Iterator[Frame]:
        while True:
            frame = self.poll(WAIT)
            if frame is not None:
                yield frame

    @property
    def is_open(self) -> bool:
        """Whether the capture device, its power or its lamp may be on."""
        return self._opened_for is not None

    @property
    def generation(self) -> int | None:
        """Of the permit that the capture device is open for."""
        permit = self._opened_for
        return None if permit is None else permit.generation

    @property
    def lost(self) -> bool:
        """Whether the capture device was lost and has delivered nothing since."""
        return self._lost_in_a_row > 0

    @property
    def blind(self) -> Reason | None:
        """What is wrong with the view, if anything is."""
        return self._sight.lost

    @property
    def moved(self) -> Instant | None:
        """Since when the camera is known to look elsewhere than it did, if it does."""
        return self._sight.moved

    def answered(self, right: bool) -> None:
        """What became of the picture with a known answer. Any thread may say so; it counts from the next look on."""
        self._sight.answered(right)

    def poll(self, timeout: timedelta) -> Frame | None:
        """The next frame, if a permit holds before and after it was captured; else None after the timeout.

        It is black outside the zone. None too while the view cannot be relied on: then a frame is judged, and nobody
        else sees it. Raises Unsafe where the opening cannot be recorded; the device then stays shut. Raises
        CaptureGivenUp where opening it over and over brought nothing, and no deployment is left to wait for.
        """
        now = self._clock.now()
        permit = self._gate.permit(now)
        stale = self._opened_for
        if isinstance(permit, Refusal) or (stale is not None and stale.generation != permit.generation):
            self.shut(now, self._gate.reasons(now))
            if isinstance(permit, Refusal):
                self._shutter.settle()
                self._give_up(now)
                self._gate.wait(timeout)
                return None
        try:
            if not self._open(permit, now):
                self._gate.wait(timeout)
                return None
            frame = self._shutter.next(min(timeout, permit.deadline.boot - now.boot))
        except CaptureLost:
            self._lost(self._clock.now())
            return None
        return self._admit(frame, permit)

    def shut(self, now: Instant, why: tuple[Reason, ...]) -> None:
        """Close the capture device, and record it.

        Its permit is void before the closing is recorded. Nobody else may have noticed yet that it lapsed, or it stood
        until now; a hit that waits for the writer would be committed after the closing.
        """
        permit = self._opened_for
        if permit is None:
            return
        self._shutter.close()
        self._opened_for = None
        self.latest = self._waiting_since = None
        self._sight.pause()
        # After the latest frame is forgotten: the permit that may follow at once must not search either.
        self._gate.void(permit, now)
        why = (*why, Reason.SWITCH_STUCK) if self._shutter.stuck else why
        frames = self.counts.frames - self._frames_before
        reasons = ",".join(reason.value for reason in why) or Reason.PERMIT_LAPSED.value
        # The device is shut; where this cannot be recorded, the journal itself says so.
        with contextlib.suppress(Unsafe):
            self._journal.record(CaptureClosed(authorisation=permit.authorisation, frames=frames, why=reasons), now)

    def cancel(self) -> None:
        """Wake the reader, so that it notices that its permit has lapsed."""
        self._shutter.cancel()

    def _open(self, permit: Permit, now: Instant) -> bool:
        if self._opened_for is None:
            self._sight.watch_for(permit.authorisation)
            if self._retry_at is not None and not now.reached(self._retry_at):
                return False
            self._journal.record(CaptureOpened(authorisation=permit.authorisation), now)
            self._opened_for = permit
            self.counts.opens += 1
            self._frames_before = self.counts.frames
        if not self._shutter.open(now):
            return False
        self._waiting_since = self._waiting_since or now
        return True

    def _admit(self, frame: Frame | None, permit: Permit) -> Frame | None:
        now = self._clock.now()
        if frame is None:
            patience = FIRST if self.latest is None else FROZEN
            if self._waiting_since is not None and now.since(self._waiting_since) > patience:
                self._lost(now)
            return None
        self.latest = self._waiting_since = now
        self._lost_in_a_row, self._lost_since = 0, None
        self.counts.frames += 1
        if not self._gate.holds(permit, now):
            return None
        seen = self._veil.over(frame)
        if self._sight.look(seen, self._veil.hidden, now):
            why = "" if self._sight.lost is None else self._sight.lost.value
            # Whoever was in view is forgotten: no frame will come for a while that would make their time run out.
            self._gate.forget()
            self._journal.record(SightChanged(authorisation=permit.authorisation, why=why), now)
        return seen if self._sight.lost is None else None

    def _lost(self, now: Instant) -> None:
        self.counts.losses += 1
        wait = RETRY[min(self._lost_in_a_row, len(RETRY) - 1)]
        self._lost_in_a_row += 1
        self._lost_since = self._lost_since or now
        self._retry_at = now.later(timedelta(seconds=wait))
        self.shut(now, (Reason.CAPTURE_STALE,))

    def _give_up(self, now: Instant) -> None:
        """Unless there is a deployment to be lost. One that never had a frame would be followed by another like it."""
        if self._lost_since is None or not self.counts.frames or now.since(self._lost_since) < GIVEN_UP:
            return
        if Reason.NO_AUTHORISATION not in self._gate.reasons(now):
            return
        with contextlib.suppress(Unsafe):
            self._journal.count(GIVEN_UP_TIMES, now)
        raise CaptureGivenUp("The camera was lost and did not come back.", "Check it, its cable and its power.")

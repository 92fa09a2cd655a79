"""One officer's shift: whether presence is to be confirmed now, and what they are told. Instants are arguments."""

from __future__ import annotations

import enum
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from edge.domain.authority import Identifier
from edge.domain.capture import Instant
from edge.wire.events import Deployment, State

EVERY: Final = timedelta(seconds=45)
"""Between two confirmations: three may fail before the lease runs out."""
AGAIN: Final = timedelta(seconds=5)
"""After one that failed."""
AWAY: Final = timedelta(seconds=20)
"""A page that was not heard of for so long is closed, or out of sight."""
WITHIN: Final = timedelta(minutes=15)
SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(minutes=30)
WARNED: Final = timedelta(minutes=2)
"""So long before the officer has to press again they are told, but for no more than half the time."""


class Stage(enum.Enum):
    """What the page says."""

    NOTHING = "nothing"
    """No deployment is in force."""
    READY = "ready"
    """One is, and nobody has begun."""
    PRESENT = "present"
    DUE = "due"
    """Present, and about to lapse unless the officer presses again."""
    LAPSED = "lapsed"
    """The officer has not pressed in time, or the page was out of sight: nothing is confirmed any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the page shows."""

    stage: Stage
    site: str
    device: str
    condition: str
    reasons: tuple[str, ...]
    authorisation: str | None
    listed: int | None
    not_after: datetime | None
    lease_until: datetime | None
    """Until when the camera may be open, as the device says."""
    press_before: datetime | None
    """When the officer has to press again."""
    within_minutes: float
    """How long one press counts."""
    lost: bool
    """Whether the device is not heard of."""
    trouble: str
    """Why the last confirmation failed, and what to do."""
    now: datetime


class Shift:
    """Any thread may call it. ``officer`` methods come from the page, the others from the loop."""

    def __init__(self, within: timedelta = WITHIN) -> None:
        self._within = within
        self._lock = threading.Lock()
        self._state: State | None = None
        self._deployment: Deployment | None = None
        self._lost = False
        self._began: Identifier | None = None
        self._pressed: Instant | None = None
        self._seen: Instant | None = None
        self._lapsed = False
        self._next: Instant | None = None
        self._trouble = ""

    # The officer.

    def press(self, now: Instant) -> bool:
        """Begin, or say again that they are here. False where there is nothing to be present for."""
        with self._lock:
            self._seen = now
            if self._state is None or self._state.authorisation is None:
                return False
            if self._began != self._state.authorisation or self._lapsed:
                self._next = now
            self._began, self._pressed, self._lapsed = self._state.authorisation, now, False
            return True

    def end(self, now: Instant) -> None:
        """Confirm nothing any more."""
        with self._lock:
            self._seen = now
            self._forget()

    def seen(self, now: Instant) -> None:
        """The page is open and in sight."""
        with self._lock:
            self._judge(now)
            self._seen = now

    # The loop.

    def hear(self, state: State | None, deployment: Deployment | None, *, lost: bool) -> None:
        """What the device says now."""
        with self._lock:
            self._state, self._deployment, self._lost = state, deployment, lost
            if state is None or state.authorisation != self._began:
                self._forget()

    def due(self, now: Instant) -> bool:
        """Whether presence is to be confirmed now."""
        with self._lock:
            self._judge(now)
            return self._is_here() and self._next is not None and now.reached(self._next)

    def confirmed(self, now: Instant) -> None:
        """The device has taken it."""
        with self._lock:
            self._next, self._trouble = now.later(EVERY), ""

    def failed(self, why: str, now: Instant) -> None:
        """It has not."""
        with self._lock:
            self._next, self._trouble = now.later(AGAIN), why

    def view(self, now: Instant) -> View:
        """What the page shows now."""
        with self._lock:
            self._judge(now)
            state, said = self._state, self._deployment
            name = None if state is None else state.authorisation
            announced = said is not None and said.authorisation == name
            pressed = self._pressed if self._is_here() else None
            return View(
                stage=self._stage(now),
                site="" if state is None else state.site,
                device="" if state is None else state.device,
                condition="unknown" if state is None else state.condition.value,
                reasons=() if state is None else state.reasons,
                authorisation=name,
                listed=said.list_entries if said is not None and announced else None,
                not_after=None if state is None else state.not_after,
                lease_until=None if state is None or name is None else state.presence_until,
                press_before=None if pressed is None else pressed.wall + self._within,
                within_minutes=self._within / timedelta(minutes=1),
                lost=self._lost or state is None,
                trouble=self._trouble,
                now=now.wall,
            )

    def _stage(self, now: Instant) -> Stage:
        if self._state is None or self._state.authorisation is None:
            return Stage.NOTHING
        if self._lapsed:
            return Stage.LAPSED
        if not self._is_here() or self._pressed is None:
            return Stage.READY
        warned = min(WARNED, self._within / 2)
        return Stage.DUE if now.since(self._pressed) >= self._within - warned else Stage.PRESENT

    def _is_here(self) -> bool:
        return self._began is not None and not self._lapsed

    def _judge(self, now: Instant) -> None:
        if self._began is None or self._pressed is None or self._seen is None:
            return
        if now.since(self._pressed) >= self._within or now.since(self._seen) >= AWAY:
            self._lapsed = True

    def _forget(self) -> None:
        self._began, self._pressed, self._next = None, None, None
        self._lapsed, self._trouble = False, ""

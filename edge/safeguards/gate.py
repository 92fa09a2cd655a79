"""The gate: the only holder of the capture device.

It opens the device for a permit and shuts it at the permit's deadline, whatever the loop does. A permit needs, all at
once: an authorisation in force and in its window, the list opened, presence alive, a trusted clock and a writable
journal; and whatever the demands ask for besides. Default deny: no flag, variable or order skips any of it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from edge.domain.authority import Identifier, Key
from edge.domain.capture import Instant
from edge.domain.comparison import Permit
from edge.domain.condition import Condition, EndReason
from edge.domain.errors import Reason, Refusal, Unsafe
from edge.domain.remark import Cause, Dying
from edge.domain.zone import Zone
from edge.ports import Host, Store
from edge.safeguards import milestones
from edge.safeguards.clock import Timekeeper
from edge.safeguards.conditions import Conditions
from edge.safeguards.demands import Demand
from edge.safeguards.deployment import Deployment
from edge.safeguards.frames import Frames
from edge.safeguards.journal import Journal
from edge.safeguards.presence import Presence
from edge.safeguards.shutter import Shutter
from edge.safeguards.verify import Believed

FRESH: Final = timedelta(seconds=2)
"""A search needs a frame no older than this."""
MOVED_LIMIT: Final = timedelta(minutes=1)
"""A camera that was moved is put back within so long after it was noticed, or the deployment ends."""
CLOSING: Final = timedelta(seconds=1)
"""A camera that is not shut so long after its permit ended ends the process."""


class Gate:
    """Permits, and the capture device behind them.

    Permits may be asked for by any thread. Deployments begin and end on one thread, which also calls :meth:`tick`.
    The lock is never held while the journal, the gallery or the device is called.
    """

    def __init__(
        self, shutter: Shutter, clock: Timekeeper, journal: Journal, presence: Presence, host: Host, zone: Zone,
        demands: Sequence[Demand],
    ) -> None:  # fmt: skip
        self._clock = clock
        self._journal = journal
        self._presence = presence
        self._host = host
        self._conditions = Conditions(clock, journal, presence, shutter, demands)
        self._changed = threading.Condition(threading.RLock())
        self._deployment: Deployment | None = None
        self._generation = 0
        self._permitted_at: Instant | None = None
        self._permitted_until: Instant | None = None
        self._lapsed_at: Instant | None = None
        self._on_lapse: list[Callable[[int], None]] = []
        self._on_end: list[Callable[[], None]] = []
        self._frames = Frames(self, shutter, clock, journal, zone)
        self.last_end: EndReason | None = None
        """Why the latest deployment of this life ended."""
        self.shutter = shutter

    def on_lapse(self, forget: Callable[[int], None]) -> None:
        """Have ``forget`` called with the new generation whenever a permit lapses."""
        self._on_lapse.append(forget)

    def on_end(self, destroy: Callable[[], None]) -> None:
        """Have ``destroy`` called whenever a deployment ends."""
        self._on_end.append(destroy)

    def begin(self, believed: Believed, list_key: Key, threshold: Decimal, now: Instant) -> Refusal | None:
        """Put a verified authorisation in force. The camera stays shut until everything else is there too."""
        if self._deployment is not None:
            return Refusal(Reason.OTHER_AUTHORISATION, self._deployment.id)
        refusal = self._conditions.refuses(believed, now)
        if refusal is not None:
            return refusal
        milestones.began(self._journal, believed, list_key, threshold, now)
        self._presence.forget()
        with self._changed:
            self._deployment = Deployment.begun(believed, now)
            self._changed.notify_all()
        return None

    def list_opened(self, now: Instant) -> None:
        """The gallery holds the authorised list. Recorded before it may be searched."""
        deployment = self._deployment
        if deployment is None or deployment.list_opened is not None:
            return
        milestones.list_opened(self._journal, deployment, now)
        with self._changed:
            deployment.list_opened = now
            deployment.watched(now, looking=False)
            self._changed.notify_all()

    def end(self, why: EndReason, now: Instant) -> bool:
        """End the deployment: permit, list key, references, presence. False where none was in force.

        Destruction comes first and happens even where it cannot be recorded.
        """
        with self._changed:
            deployment, self._deployment = self._deployment, None
            self._lapse(now)
        if deployment is None:
            return False
        self.last_end = why
        for destroy in self._on_end:
            destroy()
        self._presence.forget()
        # Where this fails, the journal says so itself, and the gate stays shut for it.
        with contextlib.suppress(Unsafe):
            milestones.ended(self._journal, deployment, why, now)
        return True

    def reasons(self, now: Instant) -> tuple[Reason, ...]:
        """Everything that stands between now and a permit. Empty: looking is allowed."""
        with self._changed:
            return self._conditions.missing(self._deployment, now)

    def explain(self, now: Instant) -> tuple[Reason, ...]:
        """Everything that stands between now and a search: as :meth:`reasons`, and what is wrong with the frames."""
        missing = self.reasons(now)
        if missing or self._is_opening(now):
            return missing
        return self._sees(now)

    def permit(self, now: Instant) -> Permit | Refusal:
        """The gate's word that capturing is allowed right now, and until when; or the first reason why not."""
        with self._changed:
            missing = self.reasons(now)
            deployment = self._deployment
            if missing or deployment is None:
                return Refusal(missing[0] if missing else Reason.NO_AUTHORISATION)
            if self._permitted_at is None:
                self._permitted_at, deployment.was_active = now, True
            self._permitted_until = self._conditions.deadline(deployment)
            return Permit(deployment.id, self._generation, self._permitted_until)

    def permit_to_search(self, now: Instant) -> Permit | Refusal:
        """As :meth:`permit`, and the capture device has delivered a frame just now, and sees."""
        permit, unseen = self.permit(now), self._sees(now)
        return Refusal(unseen[0]) if isinstance(permit, Permit) and unseen else permit

    def holds(self, permit: Permit, now: Instant) -> bool:
        """Whether a permit given earlier is still good: none has lapsed since, and everything is still there."""
        current = self.permit(now)
        return isinstance(current, Permit) and current.generation == permit.generation

    @contextlib.contextmanager
    def camera(self) -> Iterator[Frames]:
        """The only way to frames. Without a permit it blocks, and no frame exists."""
        try:
            yield self._frames
        finally:
            self._frames.shut(self._clock.now(), (Reason.PERMIT_LAPSED,))

    @property
    def frames(self) -> Frames:
        """The same, for a reader that never waits."""
        return self._frames

    def tick(self, now: Instant) -> None:
        """Let time act: called often, by a thread that never waits for camera, model, disk or broker."""
        with self._changed:
            if self._permitted_at is not None and isinstance(self.permit(now), Refusal):
                self._lapse(now)
            if self._deployment is not None:
                self._deployment.watched(now, looking=self._permitted_at is not None and not self._sees(now))
            why = None if self._deployment is None else self._over(self._deployment, now)
        if why is not None:
            self.end(why, now)
        if self._frames.generation in (None, self._generation):
            self._lapsed_at = None
        elif self._lapsed_at is not None and now.since(self._lapsed_at) > CLOSING:
            self._host.die(Dying(Cause.CAMERA_NOT_SHUT))

    def condition(self, now: Instant) -> Condition:
        """What the device is doing, in one word."""
        missing, deployment = self.reasons(now), self._deployment
        if not {Reason.UNSAFE, Reason.SWITCH_STUCK}.isdisjoint(missing):
            return Condition.UNSAFE
        if Reason.CLOCK_UNTRUSTED in missing and deployment is None:
            return Condition.UNSAFE
        if deployment is None:
            return Condition.IDLE
        if not missing and self._is_fresh(now):
            return Condition.DEGRADED if self._frames.blind else Condition.ACTIVE
        if not missing and self._is_opening(now):
            return Condition.WAITING
        return Condition.PAUSED if deployment.was_active else Condition.WAITING

    def lapse(self, now: Instant) -> None:
        """Void the present permit: whatever is in flight is dropped. A new one may follow at once."""
        with self._changed:
            self._lapse(now)

    def void(self, permit: Permit, now: Instant) -> None:
        """As :meth:`lapse`, for this very permit; nothing where it has lapsed already."""
        with self._changed:
            if permit.generation == self._generation:
                self._lapse(now)

    def forget(self) -> None:
        """Have what is in flight forgotten, although the permit stands."""
        with self._changed:
            for forget in self._on_lapse:
                forget(self._generation)

    def wait(self, timeout: timedelta) -> None:
        """Sleep until something changed, or the timeout."""
        with self._changed:
            self._changed.wait(timeout.total_seconds())

    def authorisation_id(self) -> Identifier | None:
        """The id of the authorisation in force."""
        believed = self.believed
        return None if believed is None else believed.authorisation.id

    def recover(self, store: Store, now: Instant) -> None:
        """Record the end of a deployment that an unclean end of the process cut off: its list key died with it."""
        milestones.cut_off(self._journal, store, now)

    def changed(self) -> None:
        """Something that a permit depends on changed: wake whoever waits for one."""
        with self._changed:
            self._changed.notify_all()

    @property
    def believed(self) -> Believed | None:
        """The authorisation in force."""
        deployment = self._deployment
        return None if deployment is None else deployment.believed

    def _lapse(self, now: Instant) -> None:
        self._generation += 1
        self._permitted_at = None
        if self._frames.is_open and self._lapsed_at is None:
            self._lapsed_at = now
        if self._deployment is not None:
            # Where nobody was there to notice (the machine slept), the pause began when the permit had ended.
            ended = now if self._permitted_until is None else min(now, self._permitted_until, key=_boot)
            self._deployment.watched(ended, looking=False)
        self._permitted_until = None
        self._frames.cancel()
        for forget in self._on_lapse:
            forget(self._generation)
        self._changed.notify_all()

    def _over(self, deployment: Deployment, now: Instant) -> EndReason | None:
        """Why the deployment is over. *Where* is authorised as *when* is: a camera that looks elsewhere may not look.

        It is given a moment, because whoever pushed it may be about to put it back; nobody is looked at meanwhile.
        """
        why, moved = self._conditions.over(deployment, now), self._frames.moved
        left = moved is not None and now.since(moved) >= MOVED_LIMIT
        return EndReason.CAMERA_MOVED if why is None and left else why

    def _sees(self, now: Instant) -> tuple[Reason, ...]:
        """What is wrong with the frames, if anything is."""
        if not self._is_fresh(now):
            return (Reason.CAPTURE_STALE,)
        blind = self._frames.blind
        return () if blind is None else (blind,)

    def _is_fresh(self, now: Instant) -> bool:
        latest = self._frames.latest
        return latest is not None and now.since(latest) <= FRESH

    def _is_opening(self, now: Instant) -> bool:
        """Whether the first frame of a permit may still come."""
        return self._permitted_at is not None and now.since(self._permitted_at) <= FRESH and not self._frames.lost


def _boot(instant: Instant) -> timedelta:
    return instant.boot

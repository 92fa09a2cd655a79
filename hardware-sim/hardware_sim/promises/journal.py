"""The journal against what happened."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from edge.domain.condition import EndReason
from edge.domain.leaves.deployment import (
    Began,
    CaptureClosed,
    CaptureOpened,
    Ended,
    ListDestroyed,
    ListOpened,
    PresenceConfirmed,
    Searched,
)
from edge.domain.leaves.device import Booted
from edge.domain.leaves.hits import HitReviewed, HitUnreviewed
from hardware_sim.promises.promise import Broken, Promise
from hardware_sim.timeline.record import Recorded
from hardware_sim.timeline.story import Story

LEASE: Final = timedelta(seconds=180)
CLOSE: Final = timedelta(seconds=1)


class CameraIsAccountedFor(Promise):
    """Every opening has its leaf before it, every closing its leaf after it."""

    name = "every-opening-of-the-camera-has-its-leaf"
    says = "The camera is open exactly where the journal says so, within a deployment."

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._open = False
        self._in_force = False

    def leaf(self, recorded: Recorded) -> Broken:
        """Openings and closings take turns, within a deployment."""
        event = recorded.leaf.event
        if isinstance(event, Booted):
            self._open = self._in_force = False
        elif isinstance(event, Began):
            self._in_force = True
        elif isinstance(event, Ended):
            self._in_force = False
        elif isinstance(event, CaptureOpened):
            if self._open or not self._in_force:
                yield "the camera was opened twice, or outside a deployment"
            self._open = True
        elif isinstance(event, CaptureClosed):
            if not self._open:
                yield "the camera was closed that was not open"
            self._open = False

    def turn(self) -> Broken:
        """After every turn both agree, where the journal can be written."""
        if not self.recording:
            return
        if self.camera_is_open and not self._open:
            yield "the camera is open, and the journal does not say so"
        if self._open and not self.camera_is_open and not self.stand.device.daemon.gate.frames.is_open:
            yield "the camera is shut, and the journal says that it is open"


class DeploymentsHaveOneEnd(Promise):
    """Beginnings and ends take turns, over all lives of the device."""

    name = "every-deployment-has-one-end"
    says = "Each deployment that began has one end; a list that was opened was destroyed before it, but for a restart."

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._began: str | None = None
        self._opened = False
        self._destroyed = False
        self._booted = False

    def leaf(self, recorded: Recorded) -> Broken:
        """One after the other."""
        event = recorded.leaf.event
        if isinstance(event, Booted):
            self._booted = self._began is not None
        elif isinstance(event, Began):
            if self._began is not None:
                yield f"a deployment began, and {self._began} had no end"
            self._began, self._opened, self._destroyed = event.authorisation, False, False
        elif isinstance(event, ListOpened):
            self._opened = True
        elif isinstance(event, ListDestroyed):
            self._destroyed = True
        elif isinstance(event, Ended):
            if event.authorisation != self._began:
                yield f"{event.authorisation} ended, and was not in force"
            if self._opened and not self._destroyed and event.why is not EndReason.RESTART:
                yield f"{event.authorisation} ended, and the destruction of its list is not recorded"
            self._began, self._booted = None, False
        elif self._booted:
            yield "a deployment was cut off by a restart, and its end is not recorded first"
            self._booted = False


class LeasesAreShort(Promise):
    """By when the nonce was first seen, not by what the device says."""

    name = "a-lease-lasts-three-minutes-from-its-nonce"
    says = "Presence is good for 180 seconds from the nonce that an officer has signed, and only where one has."

    def leaf(self, recorded: Recorded) -> Broken:
        """The leaf's own end of the lease, where the clock is right."""
        event, stand = recorded.leaf.event, self.stand
        if not isinstance(event, PresenceConfirmed):
            return
        lease = stand.truth.last_lease
        if lease is None:
            yield "presence was confirmed, and no officer has signed"
        elif stand.truth.honest and event.until - stand.clock.true > lease - stand.clock.elapsed + CLOSE:
            late = event.until - stand.clock.true - (lease - stand.clock.elapsed)
            yield f"a lease lasts {late.total_seconds():.0f} s longer than its nonce allows"


class SearchesAreCounted(Promise):
    """Unlisted people are a number, and the number is right."""

    name = "searches-are-counted-and-not-listed"
    says = "At a deployment's end the journal has as many searches as were made, in counts of a minute."

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._counted: dict[int, int] = {}
        self._leaves = 0
        self._other = 0
        self._first: timedelta | None = None

    def leaf(self, recorded: Recorded) -> Broken:
        """Counts, and whatever else makes one due."""
        event = recorded.leaf.event
        if isinstance(event, Searched):
            self._counted[recorded.life] = self._counted.get(recorded.life, 0) + event.searches
            self._leaves += 1
            self._first = self._first if self._first is not None else recorded.at
            minutes = (recorded.at - self._first) / timedelta(minutes=1)
            if self._leaves > minutes + self._other + 3:
                yield f"{self._leaves} counts of searches in {minutes:.1f} minutes: they are listed one by one"
        elif isinstance(event, Began | HitReviewed | HitUnreviewed | Booted):
            self._other += 1
        elif isinstance(event, Ended) and not self.stand.off and event.why is not EndReason.RESTART:
            made = self.stand.device.daemon.pulse.counters().get("searches", 0)
            if self.recording and self._counted.get(recorded.life, 0) != made:
                yield f"{made} searches were made, and {self._counted.get(recorded.life, 0)} are counted"

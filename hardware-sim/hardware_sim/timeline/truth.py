"""What is so in the simulated world, whatever the device believes: promises are held against it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from edge.domain.authorisation import Authorisation
from edge.domain.face import Box
from hardware_sim.scripted import Walk
from hardware_sim.timeline.clock import ScenarioClock

LEASE = timedelta(seconds=180)
"""What an officer's signature is good for, from the instant at which the nonce was first seen."""


@dataclass(frozen=True, slots=True)
class Passing(Walk):
    """A walk by the scenario's time, which no fault of the device's clock and no restart touches."""

    clock: ScenarioClock | None = None

    def box(self, now: object) -> Box | None:
        """Where the face is at this moment of the scenario, or None where it is not in view."""
        assert self.clock is not None
        share = (self.clock.elapsed - self.begins.boot) / self.lasts
        return self.at(share) if 0 <= share <= 1 else None


@dataclass(frozen=True, slots=True)
class HeldUp(Passing):
    """A picture that is held before the camera, and stands still."""

    def at(self, share: float) -> Box:
        """In the middle, all the while."""
        return Passing.at(self, 0.5)


@dataclass(slots=True)
class Passage:
    """Somebody going by once."""

    person: int
    begins: timedelta
    ends: timedelta
    listed: bool = False
    """Whether the list in force names them."""
    watched: bool = True
    """Whether the device said, all the while, that it was looking."""
    was_seen: bool = False
    """Whether the device had a turn while they were in view."""
    found: int = 0
    """Hits of it."""
    hit_after: timedelta | None = None
    """From the passage's begin to the commit of its first hit."""
    same_as: int | None = None
    """Whom they resemble to the chain."""


@dataclass(slots=True)
class Force:
    """A deployment that the control room has begun, and the device has accepted."""

    document: Authorisation
    people: frozenset[int]
    listed: bool = False
    """Whether the list was sent and taken in."""


@dataclass(slots=True)
class Truth:
    """All of it, as the harness knows it without asking the device."""

    force: Force | None = None
    lease: timedelta | None = None
    """Until when an officer's signature is good, by the scenario's time."""
    last_lease: timedelta | None = None
    """The latest end of any lease that an officer has signed for."""
    nonces: dict[str, timedelta] = field(default_factory=dict)
    """When each nonce was first seen."""
    honest: bool = True
    """Whether the device's clock was neither stepped nor undisciplined since the deployment began."""
    withdrawn: set[int] = field(default_factory=set)
    withdrawn_at: timedelta = timedelta(0)
    passages: list[Passage] = field(default_factory=list)
    _coming: list[Passage] = field(default_factory=list)
    _seen: int = 0

    def may_look(self, clock: ScenarioClock) -> str:
        """Why nobody may be looked at now; empty where somebody may."""
        force = self.force
        if force is None:
            return "no authorisation is in force"
        if not force.listed:
            return "the list is not open"
        if self.lease is None or clock.elapsed >= self.lease:
            return "no officer has signed a fresh nonce"
        if not self.honest:
            return "the clock cannot be relied on"
        document = force.document
        return "" if document.not_before <= clock.true < document.not_after else "it is not its time"

    def look(self, now: timedelta, *, active: bool) -> None:
        """After a turn: who of those in view is listed, and whether they could be found."""
        if self._seen < len(self.passages):
            self._coming += self.passages[self._seen :]
            self._seen = len(self.passages)
        if not self._coming:
            return
        people = self.force.people - self.withdrawn if self.force is not None else frozenset()
        for one in self._coming:
            if one.begins <= now <= one.ends:
                one.watched = one.watched and active
                one.listed = one.listed or one.person in people
                one.was_seen = True
        self._coming = [one for one in self._coming if one.ends >= now]

    def forget(self) -> None:
        """Passages were dropped from the list: begin to read it anew behind those that are left."""
        self._seen = len(self.passages)

    def saw(self, nonce: str, now: timedelta) -> None:
        """The device has published a nonce."""
        if nonce not in self.nonces:
            self.nonces[nonce] = now
            for old in list(self.nonces)[:-64]:
                del self.nonces[old]

    def confirmed(self, nonce: str) -> None:
        """An officer has signed it."""
        until = self.nonces[nonce] + LEASE
        self.lease = until if self.lease is None else max(self.lease, until)
        self.last_lease = until if self.last_lease is None else max(self.last_lease, until)

    @contextmanager
    def unless_refused(self) -> Iterator[None]:
        """What is done in the block about leases is undone where it raises."""
        before = self.lease, self.last_lease
        try:
            yield
        except Exception:
            self.lease, self.last_lease = before
            raise

    def ended(self) -> None:
        """Whatever was in force is not any more."""
        self.force = self.lease = None
        self.honest = True

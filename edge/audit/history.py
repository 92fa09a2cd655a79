"""The journal as a story: lives of the device, deployments, what happened in each. One pass, no judgement but order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from edge.audit.bundle import Entry
from edge.audit.failures import Failure, Finding
from edge.audit.limits import AT_ONCE
from edge.domain.authority import Identifier
from edge.domain.condition import EndReason
from edge.domain.leaves.deployment import (
    AccuracyTested,
    Began,
    CaptureClosed,
    CaptureOpened,
    Ended,
    EntryWithdrawn,
    Flooded,
    ListDestroyed,
    ListOpened,
    PresenceConfirmed,
    RatificationLapsed,
    Ratified,
    Searched,
    SightChanged,
    Suspended,
)
from edge.domain.leaves.device import Alive, Booted, TrustRotated
from edge.domain.leaves.hits import (
    HitAcknowledged,
    HitCommitted,
    HitExpired,
    HitHeld,
    HitReviewed,
    HitUnreviewed,
    HitWithheld,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mark(Generic[T]):
    """A leaf of one kind, and where and when it was written."""

    index: int
    at: datetime
    boot: Identifier
    event: T


@dataclass(slots=True)
class Capture:
    """An interval in which the camera was open."""

    opened: Mark[CaptureOpened]
    until: datetime
    """When it was closed; where that is not recorded, the last that is known of it."""
    closed: Mark[CaptureClosed] | None = None


@dataclass(slots=True)
class Hit:
    """A hit, and what became of it."""

    committed: Mark[HitCommitted]
    deployment: Deployment
    acknowledged: Mark[HitAcknowledged] | None = None
    expired: Mark[HitExpired] | None = None
    reviews: list[Mark[HitReviewed]] = field(default_factory=list)
    unreviewed: Mark[HitUnreviewed] | None = None
    holds: list[Mark[HitHeld]] = field(default_factory=list)


@dataclass(slots=True)
class Deployment:
    """One deployment, from its beginning to its end. An authorisation that goes on after a restart has several."""

    began: Mark[Began]
    booted: Mark[Booted] | None
    """The life of the device in which it began."""
    opened: Mark[ListOpened] | None = None
    destroyed: Mark[ListDestroyed] | None = None
    ended: Mark[Ended] | None = None
    suspended: Mark[Suspended] | None = None
    presence: list[Mark[PresenceConfirmed]] = field(default_factory=list)
    captures: list[Capture] = field(default_factory=list)
    sight: list[Mark[SightChanged]] = field(default_factory=list)
    flooded: list[Mark[Flooded]] = field(default_factory=list)
    searched: list[Mark[Searched]] = field(default_factory=list)
    withdrawn: list[Mark[EntryWithdrawn]] = field(default_factory=list)
    withheld: list[Mark[HitWithheld]] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    ratified: list[Mark[Ratified]] = field(default_factory=list)
    lapsed: list[Mark[RatificationLapsed]] = field(default_factory=list)
    tested: list[Mark[AccuracyTested]] = field(default_factory=list)
    uncounted: int = 0
    """Searches that may have been made before it was cut off, and were not counted."""

    @property
    def id(self) -> Identifier:
        """The authorisation's."""
        return self.began.event.authorisation

    @property
    def searches(self) -> int:
        """That were counted."""
        return sum(mark.event.searches for mark in self.searched)

    @property
    def was_cut_off(self) -> bool:
        """Whether the device lost power or failed under way: then its list died with it."""
        return self.ended is not None and self.ended.event.why is EndReason.RESTART


@dataclass(slots=True)
class Life:
    """The device from one start to the next."""

    booted: Mark[Booted]
    last: datetime
    """The last that was heard of it."""
    alive: list[Mark[Alive]] = field(default_factory=list)


@dataclass(slots=True)
class History:
    """All of it."""

    lives: list[Life] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    hits: dict[int, Hit] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    of: dict[Identifier, list[Mark[Any]]] = field(default_factory=dict)
    """Everything that names an authorisation, in order."""
    rotations: list[Mark[TrustRotated]] = field(default_factory=list)
    end: datetime | None = None
    """The latest time in the journal: what is not due by then cannot be missed."""


def tell(entries: Iterable[Entry]) -> History:
    """The story of a journal."""
    telling = _Telling(History())
    for entry in entries:
        telling.take(Mark(entry.index, entry.leaf.at, entry.leaf.boot, entry.leaf.event))
    return telling.history


class _Telling:
    def __init__(self, history: History) -> None:
        self.history = history
        self._named: dict[Identifier, Deployment] = {}

    def take(self, mark: Mark[Any]) -> None:
        history = self.history
        history.end = mark.at if history.end is None else max(history.end, mark.at)
        self._live(mark)
        event = mark.event
        if hasattr(event, "authorisation"):
            history.of.setdefault(event.authorisation, []).append(mark)
        if isinstance(event, Began):
            booted = history.lives[-1].booted if history.lives else None
            self._named[event.authorisation] = deployment = Deployment(mark, booted)
            history.deployments.append(deployment)
        elif isinstance(event, TrustRotated):
            history.rotations.append(mark)
        elif hasattr(event, "authorisation"):
            self._in_deployment(mark)
        elif hasattr(event, "sequence"):
            self._of_hit(mark)

    def _live(self, mark: Mark[Any]) -> None:
        lives = self.history.lives
        if isinstance(mark.event, Booted):
            lives.append(Life(mark, mark.at))
            for deployment in reversed(self.history.deployments[-1:]):
                if deployment.ended is None:
                    deployment.uncounted += mark.event.uncounted
        elif lives:
            lives[-1].last = max(lives[-1].last, mark.at)
            if isinstance(mark.event, Alive):
                lives[-1].alive.append(mark)

    def _in_deployment(self, mark: Mark[Any]) -> None:
        event = mark.event
        deployment = self._named.get(event.authorisation)
        if deployment is None:
            self._stray(mark, "it never began")
            return
        ended = deployment.ended
        if ended is not None and mark.at - ended.at > _AFTER.get(type(event), timedelta.max):
            self._stray(mark, f"it had ended {_ago(mark.at - ended.at)} before")
            return
        if ended is not None and type(event) not in _AFTER:
            self._stray(mark, "it had ended")
            return
        if mark.boot != deployment.began.boot and type(event) not in _AFTER and not isinstance(event, Ended):
            self._stray(mark, "it did not begin in this life of the device")
            return
        self._add(deployment, mark)

    def _add(self, deployment: Deployment, mark: Mark[Any]) -> None:
        event = mark.event
        if isinstance(event, CaptureOpened):
            deployment.captures.append(Capture(mark, mark.at))
        elif isinstance(event, CaptureClosed):
            if deployment.captures and deployment.captures[-1].closed is None:
                deployment.captures[-1].closed, deployment.captures[-1].until = mark, mark.at
            else:
                self._stray(mark, "the camera was not open")
        elif isinstance(event, HitCommitted):
            self._commit(deployment, mark)
        elif isinstance(event, HitReviewed | HitUnreviewed):
            self._of_hit(mark)
        elif type(event) in _ONE:
            if getattr(deployment, _ONE[type(event)]) is not None:
                self._stray(mark, "it stands twice")
            setattr(deployment, _ONE[type(event)], mark)
        elif type(event) in _MANY:
            getattr(deployment, _MANY[type(event)]).append(mark)

    def _commit(self, deployment: Deployment, mark: Mark[HitCommitted]) -> None:
        hits, sequence = self.history.hits, mark.event.sequence
        expected = max(hits, default=0) + 1
        if sequence != expected:
            self._find(Failure.HIT_SEQUENCE, f"number {sequence} where {expected} was due", mark)
        hit = Hit(mark, deployment)
        deployment.hits.append(hit)
        hits.setdefault(sequence, hit)

    def _of_hit(self, mark: Mark[Any]) -> None:
        event = mark.event
        hit = self.history.hits.get(event.sequence)
        other = getattr(event, "authorisation", None)
        if hit is None or (other is not None and other != hit.deployment.id):
            self._find(Failure.HIT_UNKNOWN, f"number {event.sequence}", mark)
            return
        if isinstance(event, HitReviewed):
            hit.reviews.append(mark)
        elif isinstance(event, HitHeld):
            hit.holds.append(mark)
        else:
            self._settle(hit, mark)

    def _settle(self, hit: Hit, mark: Mark[Any]) -> None:
        name = _SETTLES[type(mark.event)]
        others = {"acknowledged": (hit.acknowledged, hit.expired), "expired": (hit.acknowledged, hit.expired)}
        if any(others.get(name, (hit.unreviewed,))):
            self._find(Failure.HIT_SETTLED_TWICE, f"number {mark.event.sequence}", mark)
        setattr(hit, name, mark)

    def _stray(self, mark: Mark[Any], why: str) -> None:
        what = f"{mark.event.kind} under {mark.event.authorisation}: {why}"
        self._find(Failure.OUTSIDE_DEPLOYMENT, what, mark)

    def _find(self, failure: Failure, detail: str, mark: Mark[Any]) -> None:
        self.history.findings.append(Finding(failure, detail, mark.index))


_AFTER = {
    CaptureClosed: AT_ONCE,
    HitWithheld: AT_ONCE,
    Suspended: AT_ONCE,
    Flooded: AT_ONCE,
    HitReviewed: timedelta.max,
    HitUnreviewed: timedelta.max,
    Ratified: timedelta.max,
    RatificationLapsed: timedelta.max,
    AccuracyTested: timedelta.max,
}
"""What may be recorded of a deployment that has ended, and how long afterwards."""
_ONE = {ListOpened: "opened", ListDestroyed: "destroyed", Ended: "ended", Suspended: "suspended"}
_MANY = {
    PresenceConfirmed: "presence",
    SightChanged: "sight",
    Flooded: "flooded",
    Searched: "searched",
    EntryWithdrawn: "withdrawn",
    HitWithheld: "withheld",
    Ratified: "ratified",
    RatificationLapsed: "lapsed",
    AccuracyTested: "tested",
}
_SETTLES = {HitAcknowledged: "acknowledged", HitExpired: "expired", HitUnreviewed: "unreviewed"}


def _ago(span: timedelta) -> str:
    return f"{span.total_seconds():.0f} s"

"""The public status record, from the journal: see :mod:`edge.wire.public` for what it says, and why so late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edge.domain.authorisation import Authorisation, UseCase
from edge.domain.authority import Digest, Name, TrustRoot
from edge.domain.capture import Instant
from edge.domain.condition import Condition
from edge.domain.errors import Undecodable, Unsafe
from edge.domain.leaves.deployment import Began, Ended, ListOpened, Searched
from edge.domain.leaves.hits import HitCommitted
from edge.domain.record import Leaf
from edge.ports import Store
from edge.safeguards import papers
from edge.safeguards.gate import Gate
from edge.safeguards.journal import Journal
from edge.wire.public import HOUR, HOURS, PAST, PastDeployment, PastHour, Public
from edge.wire.signed import parse, payload_of

_AT_ONCE: Final = 256
"""Leaves that are read in one turn, so that a long journal delays nothing else."""


@dataclass(slots=True)
class _Running:
    """A deployment, while its leaves are read."""

    digest: Digest
    began: datetime
    listed: int = 0
    faces: int = 0
    alerts: int = 0


class Bulletin:
    """Reads every leaf once, some in each turn. Counts are told when all of them have been read, and not before."""

    def __init__(
        self, gate: Gate, journal: Journal, store: Store, root: Callable[[], TrustRoot], *, site: Name, device: Name
    ) -> None:
        self._gate = gate
        self._journal = journal
        self._store = store
        self._root = root
        self._site = site
        self._device = device
        self._read = 0
        self._hours: dict[datetime, int] = {}
        self._running: _Running | None = None
        self._past: list[PastDeployment] = []

    def record(self, now: Instant) -> Public:
        """What may be known at this instant."""
        self._catch_up()
        root, believed = self._root(), self._gate.believed
        authorised = None if believed is None else believed.authorisation
        complete = self._read == self._journal.size
        return Public(
            site=self._site,
            device=self._device,
            at=now.wall,
            test=root.test,
            looking=self._gate.condition(now) is Condition.ACTIVE,
            purpose=None if authorised is None else authorised.use_case,
            until=None if authorised is None else authorised.not_after,
            organisation=root.organisation,
            contact=root.contact,
            hours=self._hours_over(now.wall) if complete else (),
            past=self._deployments_over(now.wall) if complete else (),
        )

    def _catch_up(self) -> None:
        try:
            leaves = self._journal.leaves(self._read, min(self._read + _AT_ONCE, self._journal.size))
        except (Unsafe, Undecodable):
            return  # the journal says so itself, and the state with it
        for leaf in leaves:
            self._take(leaf)
        self._read += len(leaves)

    def _take(self, leaf: Leaf) -> None:
        event, running = leaf.event, self._running
        if isinstance(event, Began):
            self._running = _Running(event.digest, leaf.at)
        elif running is None:
            return
        elif isinstance(event, ListOpened):
            running.listed = event.entries
        elif isinstance(event, HitCommitted):
            running.alerts += 1
        elif isinstance(event, Searched):
            running.faces += event.searches
            begins = _hour(leaf.at)
            self._hours[begins] = self._hours.get(begins, 0) + event.searches
            for old in sorted(self._hours)[: -HOURS - 1]:
                del self._hours[old]
        elif isinstance(event, Ended):
            self._past.append(self._ended(running, leaf.at))
            self._running = None
            # More than are told, for those that ended within the hour are not told yet.
            del self._past[: -4 * PAST]

    def _ended(self, running: _Running, ended: datetime) -> PastDeployment:
        return PastDeployment(
            began=running.began, ended=ended, purpose=self._purpose(running.digest), listed=running.listed,
            faces=running.faces, alerts=running.alerts,
        )  # fmt: skip

    def _purpose(self, name: Digest) -> UseCase | None:
        try:
            signed = papers.find(self._store, name)
            return None if signed is None else parse(payload_of(signed), Authorisation).use_case
        except (Unsafe, Undecodable):
            return None

    def _hours_over(self, now: datetime) -> tuple[PastHour, ...]:
        oldest, present = _hour(now) - HOURS * HOUR, _hour(now)
        return tuple(
            PastHour(begins=begins, faces=faces)
            for begins, faces in sorted(self._hours.items())
            if oldest <= begins < present
        )

    def _deployments_over(self, now: datetime) -> tuple[PastDeployment, ...]:
        return tuple(one for one in self._past if now - one.ended >= HOUR)[-PAST:]


def _hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)

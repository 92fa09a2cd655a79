"""The breaker: more false alerts than the authorised FPIR explains end the deployment, and so does a flood of hits.

It knows nothing but the journal's leaves, the same at the start of the device as while it runs, so that a restart
closes nothing that was open. Only another authorisation, of a higher sequence, may look again.

Two things open it. The sequential test of :mod:`edge.steps.sequential`, on what reviewers signed and on hits that
nobody reviewed in time. And a flood: a crowd that holds up printed pictures of listed people buries the reviewers,
until nobody can decide any more. In either case looking ends; hits that were told stay told, and are to be reviewed.

An accuracy test cannot flood, for its volunteers walk by again and again; its list is of volunteers alone.
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import timedelta
from typing import Final

from edge.domain.authorisation import UseCase
from edge.domain.authority import Identifier
from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import Reason, Refusal
from edge.domain.leaves.deployment import Flooded, Searched, Suspended
from edge.domain.leaves.hits import HitReviewed, HitUnreviewed
from edge.domain.record import Event
from edge.ports import Store
from edge.safeguards.journal import Journal
from edge.safeguards.recalled import recalled
from edge.safeguards.verify import Believed
from edge.steps.sequential import Course

FLOOD_SPAN: Final = timedelta(minutes=10)
FLOOD_HITS: Final = 30
"""In that span. One every twenty seconds is a hundred times what deployments on busy streets had (2,077 alerts in 203
deployments), and more than people can decide."""
FLOOD_SUSPECTED: Final = 6
"""Of hits that look like a picture held up."""


class Breaker:
    """A demand of the gate. Any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._courses: dict[Identifier, Course] = {}
        self._hits: deque[tuple[Instant, bool]] = deque()
        self._flooded_id: Identifier | None = None

    def recall(self, store: Store) -> None:
        """Read the journal that is there. The leaves of later on come by :meth:`take`. Raises SealBroken."""
        for event in recalled(store, Searched, HitReviewed, HitUnreviewed, Suspended, Flooded):
            self.take(event)

    def take(self, event: Event) -> None:
        """A leaf was committed."""
        authorisation = getattr(event, "authorisation", None)
        if authorisation is not None:
            with self._lock:
                self._courses.setdefault(authorisation, Course()).take(event)

    def told(self, believed: Believed, now: Instant, *, suspected: bool) -> None:
        """A hit of the deployment in force was committed."""
        with self._lock:
            if self._flooded_id != believed.authorisation.id:
                self._flooded_id = believed.authorisation.id
                self._hits.clear()
            self._hits.append((now, suspected))
            while now.since(self._hits[0][0]) > FLOOD_SPAN:
                self._hits.popleft()

    def settle(self, believed: Believed, journal: Journal, now: Instant) -> None:
        """Record that the breaker opens, where it does. The leaf is what opens it. Raises Unsafe."""
        event = self._due(believed)
        if event is not None:
            journal.record(event, now)

    def refuses(self, believed: Believed, now: Instant) -> Refusal | None:
        """An authorisation under which the breaker opened, or would have if the device had lived, is spent."""
        course = self._course(believed)
        if course is not None and course.suspends(believed.authorisation.max_fpir):
            return Refusal(Reason.SUSPENDED)
        return None

    def missing(self, believed: Believed, now: Instant) -> Reason | None:
        """Until the gate has ended it, nothing is looked at any more."""
        return Reason.SUSPENDED if self.refuses(believed, now) is not None else None

    def over(self, believed: Believed, now: Instant) -> EndReason | None:
        """The leaf that opened it is written: the list is destroyed for good."""
        course = self._course(believed)
        return EndReason.SUSPENDED if course is not None and course.closed else None

    def _course(self, believed: Believed) -> Course | None:
        with self._lock:
            return self._courses.get(believed.authorisation.id)

    def _due(self, believed: Believed) -> Event | None:
        document = believed.authorisation
        with self._lock:
            course = self._courses.get(document.id, Course())
            if course.closed:
                return None
            if course.suspends(document.max_fpir):
                return Suspended(authorisation=document.id, searches=course.searches, false=course.false)
            hits = len(self._hits) if self._flooded_id == document.id else 0
            suspected = sum(flag for _, flag in self._hits) if hits else 0
        if document.use_case is UseCase.ACCURACY_TEST or (hits < FLOOD_HITS and suspected < FLOOD_SUSPECTED):
            return None
        return Flooded(authorisation=document.id, hits=hits, suspected=suspected)

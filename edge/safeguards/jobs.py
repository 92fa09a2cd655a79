"""Long orders, remembered over restarts: none is lost without a word, and none is begun twice.

A job is kept for a day after it has ended, and at most so many at once; whoever asks for the order again, or for the
status, hears its present state. One that a restart cut off is taken up again where it can be, or has failed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from edge.domain.authority import Identifier
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal
from edge.domain.jobs import Facts, Job, JobState
from edge.ports import Store
from edge.safeguards.recalled import kept
from edge.wire.signed import canonical

PREFIX: Final = "job/"
KEPT: Final = timedelta(hours=24)
MOST: Final = 32


class Jobs:
    """Runs on the main thread alone. Every change is on disk before it is said."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._jobs: dict[Identifier, Job] = {}
        self._unsaid: dict[Identifier, None] = {}

    def recall(self) -> None:
        """After a start: what was under way. Raises Unsafe."""
        self._jobs = {job.order: job for job in kept(self._store, PREFIX, Job)}

    def refuses(self) -> Refusal | None:
        """Why no more may begin."""
        unfinished = sum(job.unfinished for job in self._jobs.values())
        return Refusal(Reason.BUSY, f"{unfinished} long orders are under way") if unfinished >= MOST else None

    def begin(self, job: Job) -> None:
        """Remember a job. Raises Unsafe."""
        self._keep(job)

    def get(self, order: Identifier) -> Job | None:
        """A job that is remembered."""
        return self._jobs.get(order)

    @property
    def all(self) -> tuple[Job, ...]:
        """Every job that is remembered, the oldest first."""
        return tuple(sorted(self._jobs.values(), key=lambda job: (job.changed, job.order)))

    def tell(self, order: Identifier, facts: Facts, *, say: bool = True) -> None:
        """How far it is now: said at once, or when somebody asks; and not worth writing down."""
        job = self._jobs.get(order)
        if job is not None and job.unfinished:
            self._jobs[order] = replace(job, facts=facts)
            if say:
                self._unsaid[order] = None

    def start(self, order: Identifier, now: Instant) -> None:
        """Its turn has come. Raises Unsafe."""
        job = self._jobs.get(order)
        if job is not None and job.state is JobState.QUEUED:
            self._keep(replace(job, state=JobState.IN_PROGRESS, changed=now.wall))
            self._unsaid[order] = None

    def end(
        self, order: Identifier, state: JobState, now: Instant, refusal: Refusal | None = None,
        facts: Facts | None = None,
    ) -> None:  # fmt: skip
        """It is over, for good. Does nothing for one that is over already. Raises Unsafe."""
        job = self._jobs.get(order)
        if job is None or not job.unfinished:
            return
        said, remedy = ("", "") if refusal is None else (refusal.said, refusal.remedy)
        self._keep(replace(job, state=state, changed=now.wall, reason=said, remedy=remedy, facts=facts))
        self._unsaid[order] = None

    def say_again(self) -> None:
        """The connection is a new one: whoever asked may not have heard."""
        self._unsaid |= {order: None for order, job in self._jobs.items() if job.unfinished}

    def unsaid(self) -> tuple[Job, ...]:
        """What is to be said, and was not yet."""
        return tuple(job for order in self._unsaid if (job := self._jobs.get(order)) is not None)

    def said(self, order: Identifier) -> None:
        """It was."""
        self._unsaid.pop(order, None)

    def facts(self) -> Facts:
        """The state of each, the oldest first, for whoever asks how the device is."""
        return {"jobs": ",".join(f"{job.order}={job.state.value}" for job in self.all)}

    def _keep(self, job: Job) -> None:
        """Write it down, and forget those that are over for long, or too many."""
        jobs = {**self._jobs, job.order: job}
        over = sorted((one for one in jobs.values() if not one.unfinished), key=lambda one: one.changed)
        many = len(jobs) - MOST
        old = [one for place, one in enumerate(over) if place < many or job.changed - one.changed >= KEPT]
        with self._store.transaction() as transaction:
            for one in old:
                transaction.delete(PREFIX + one.order)
            transaction.put(PREFIX + job.order, canonical(replace(job, facts=None) if job.unfinished else job))
        self._jobs = {order: one for order, one in jobs.items() if one not in old}
        self._unsaid = {order: None for order in self._unsaid if order in self._jobs}

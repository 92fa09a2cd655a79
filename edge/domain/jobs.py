"""Answers to orders; and how far a long one has got, in the words of AWS IoT Jobs, so that what knows those need learn
no others.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edge.domain.authority import Identifier
from edge.domain.errors import Refusal


class JobState(enum.Enum):
    """How far a long order has got (AWS IoT Jobs, job execution states)."""

    QUEUED = "QUEUED"
    """Accepted; another one comes first."""
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    REJECTED = "REJECTED"
    """Never begun."""
    CANCELED = "CANCELED"
    """Given up for another order, or because what it was for has ended."""


UNFINISHED: Final = frozenset({JobState.QUEUED, JobState.IN_PROGRESS})

Facts = dict[str, str | int]


class Answer(enum.Enum):
    """How far an order has got."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    """Not done, and it will not be: the reason says why. A long order's state tells whether it had begun."""
    DONE = "done"
    IN_PROGRESS = "in-progress"


ANSWERS: Final[dict[JobState, Answer]] = {
    JobState.QUEUED: Answer.ACCEPTED,
    JobState.IN_PROGRESS: Answer.IN_PROGRESS,
    JobState.SUCCEEDED: Answer.DONE,
    JobState.FAILED: Answer.REJECTED,
    JobState.TIMED_OUT: Answer.REJECTED,
    JobState.REJECTED: Answer.REJECTED,
    JobState.CANCELED: Answer.REJECTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The device's signed answer to an order."""

    order: Identifier
    answer: Answer
    reason: str = ""
    remedy: str = ""
    facts: Facts | None = None
    """What the order asked for: closed vocabulary per verb, nothing personal."""
    job: JobState | None = None
    """How far a long order has got; None for one that is done or refused at once."""

    @classmethod
    def no(cls, order: Identifier, refusal: Refusal, job: JobState | None = None) -> Reply:
        """A refusal, as a reply."""
        return cls(order=order, answer=Answer.REJECTED, reason=refusal.said, remedy=refusal.remedy, job=job)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One long order, as it is remembered over restarts."""

    order: Identifier
    verb: str
    state: JobState
    changed: datetime
    respond_to: str | None
    """Where every answer about it goes."""
    correlation: str | None
    """As it came with the order, base64url."""
    reason: str = ""
    remedy: str = ""
    facts: Facts | None = None

    @property
    def unfinished(self) -> bool:
        """Whether something is still to come."""
        return self.state in UNFINISHED

    @property
    def reply(self) -> Reply:
        """What is answered about it now."""
        return Reply(
            order=self.order, answer=ANSWERS[self.state], reason=self.reason, remedy=self.remedy, facts=self.facts,
            job=self.state,
        )  # fmt: skip

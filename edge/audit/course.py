"""What became of a deployment's hits: how many went each way, within what certainty, and how long it took.

Counts are of this deployment; what they say of others like it is the interval: exact, after Clopper and Pearson
(Biometrika 26, 1934), which covers the true share at least as often as it says. It takes each hit for a draw by itself,
and several hits of one person are none: then it is too narrow, and nothing here can know.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from edge.audit.history import Deployment, Hit
from edge.domain.orders import Verdict
from edge.steps.interval import clopper_pearson

LATE: Final = timedelta(seconds=10)
"""A hit that a recipient signs for later than this is called late: whoever is sent after it has to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many, and between which shares the true one lies."""

    count: int
    of: int
    low: float
    """95 % interval (Clopper and Pearson)."""
    high: float

    @classmethod
    def among(cls, count: int, of: int) -> Share:
        """Everything is possible where there is none."""
        low, high = clopper_pearson(count, of)
        return cls(count=count, of=of, low=low, high=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What people decided, among all hits of the deployment. Confirmed is a person's word too, and no identification
    by the device.
    """

    confirmed: Share
    not_the_person: Share
    cannot_tell: Share
    unreviewed: Share
    """Nobody reviewed them in time, nobody signed for them, or they still wait."""
    revised: int
    """Hits that were reviewed more than once, and not the same way: the last word counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Seconds that something took."""

    of: int
    median: float
    nine_in_ten: float
    """So long or shorter did nine in ten take."""
    longest: float

    @classmethod
    def across(cls, spans: Iterable[timedelta]) -> Spread | None:
        """None where there are none."""
        found = sorted(span.total_seconds() for span in spans)
        if not found:
            return None
        ninth = found[math.ceil(0.9 * len(found)) - 1]
        return cls(of=len(found), median=statistics.median(found), nine_in_ten=ninth, longest=found[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long it took. The instant of a capture is sealed inside its hit: times begin when the hit was recorded."""

    to_first_hit: float | None
    """Seconds from the camera's first opening."""
    to_delivery: Spread | None
    """From the hit's record to a recipient's signature."""
    to_decision: Spread | None
    """From the hit's record to the first review."""
    looked_at: Spread | None
    """That reviewers looked before they decided, as they signed."""
    late: int
    """Hits that were delivered later than ten seconds after their record."""
    expired: int
    """Hits that nobody signed for while they were of use: no alert any more."""


def decisions(hits: Sequence[Hit]) -> Decisions:
    """What became of these hits."""
    last = [hit.reviews[-1].event.verdict for hit in hits if hit.reviews]

    def share(count: int) -> Share:
        return Share.among(count, len(hits))

    return Decisions(
        confirmed=share(last.count(Verdict.CONFIRMED)),
        not_the_person=share(last.count(Verdict.FALSE)),
        cannot_tell=share(last.count(Verdict.INCONCLUSIVE)),
        unreviewed=share(len(hits) - len(last)),
        revised=sum(len({mark.event.verdict for mark in hit.reviews}) > 1 for hit in hits),
    )


def times(deployment: Deployment) -> Times:
    """How long it took in one deployment."""
    hits = deployment.hits
    delivered = [hit.acknowledged.at - hit.committed.at for hit in hits if hit.acknowledged is not None]
    return Times(
        to_first_hit=_first(deployment),
        to_delivery=Spread.across(delivered),
        to_decision=Spread.across(hit.reviews[0].at - hit.committed.at for hit in hits if hit.reviews),
        looked_at=Spread.across(timedelta(seconds=hit.reviews[0].event.seconds) for hit in hits if hit.reviews),
        late=sum(span > LATE for span in delivered),
        expired=sum(hit.expired is not None for hit in hits),
    )


def ended_early(deployment: Deployment) -> datetime | None:
    """When the breaker ended it, if it did."""
    marks = [mark.at for mark in (deployment.suspended, *deployment.flooded) if mark is not None]
    return min(marks, default=None)


def _first(deployment: Deployment) -> float | None:
    if not deployment.hits or not deployment.captures:
        return None
    opened = min(capture.opened.at for capture in deployment.captures)
    return (min(hit.committed.at for hit in deployment.hits) - opened).total_seconds()

"""What a device did, in numbers: by deployment and over all. Counts say how many more there may have been uncounted."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal

from edge.audit import course
from edge.audit.case import Case
from edge.audit.checks import capture
from edge.audit.course import Decisions, Times
from edge.audit.history import Deployment, Hit
from edge.domain.authorisation import References
from edge.domain.orders import Verdict
from edge.steps.interval import clopper_pearson


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What became of hits. They are as many as their parts together."""

    committed: int
    confirmed: int
    false: int
    inconclusive: int
    unreviewed: int
    """Acknowledged, and nobody reviewed them in time."""
    undelivered: int
    """Expired before anybody acknowledged them."""
    open: int
    """Still waiting for a recipient or a reviewer when the journal ends."""
    withheld: int
    """Candidates that were dropped before they were told; not among the hits."""

    @property
    def unresolved(self) -> int:
        """Nobody knows what they were."""
        return self.unreviewed + self.undelivered + self.open


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """False alerts among the faces that were searched, and between which rates the true one lies."""

    false: int
    searches: int
    low: float
    """95 % interval (Clopper and Pearson)."""
    high: float
    high_if_unresolved_were_false: float
    """The interval's upper end if every unresolved hit were a false alert."""

    @classmethod
    def of(cls, hits: Hits, searches: int) -> Rate:
        """More hits than searches is a finding of its own; here the searches are then at least the hits."""
        among = max(searches, hits.committed)
        low, high = clopper_pearson(hits.false, among)
        _, worst = clopper_pearson(hits.false + hits.unresolved, among)
        return cls(false=hits.false, searches=among, low=low, high=high, high_if_unresolved_were_false=worst)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One deployment."""

    authorisation: str
    digest: str
    use_case: str | None
    zone: str | None
    references: dict[str, str]
    """Of what was written and decided before."""
    test: bool | None
    urgent: bool | None
    began: datetime
    ended: datetime | None
    why: str | None
    window: tuple[datetime, datetime] | None
    looked: timedelta
    """How long the camera was open and could see."""
    blind: timedelta
    """How long it was open and could not: that does not count as deployed."""
    intervals: int
    presence: int
    """Confirmations."""
    list_entries: int | None
    categories: dict[str, int]
    list_built: datetime | None
    list_opened: datetime | None
    list_destroyed: datetime | None
    withdrawn: int
    threshold: str
    max_fpir: Decimal | None
    searches: int
    uncounted: int
    """So many more may have been searched for than were counted, because the device was cut off."""
    hits: Hits
    rate: Rate
    above_authorised: bool
    """Whether even the interval's lower end lies above the authorised rate: then it was not chance."""
    decisions: Decisions
    times: Times
    review_seconds: float | None
    """Median that a reviewer looked at a hit."""
    minutes_to_review: float | None
    """Median from the hit to its review."""
    suspended: bool
    """Whether the sequential test on false alerts ended it."""
    flooded: bool
    """Whether more hits than any street gives ended it."""
    ended_early: datetime | None
    """When either did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """All deployments together."""

    deployments: int
    looked: timedelta
    searches: int
    uncounted: int
    hits: Hits
    rate: Rate
    decisions: Decisions
    suspended: int
    """Deployments that the breaker ended."""


def of_deployment(case: Case, deployment: Deployment) -> Figures:
    """The figures of one deployment."""
    document, over = case.authorisation(deployment), capture.end(case, deployment)
    listed = None if document is None else document.watchlist
    hits = of_hits(deployment.hits, len(deployment.withheld))
    rate = Rate.of(hits, deployment.searches)
    reviews = [(hit, mark) for hit in deployment.hits for mark in hit.reviews[-1:]]
    opened, destroyed = deployment.opened, deployment.destroyed
    return Figures(
        authorisation=deployment.id,
        digest=deployment.began.event.digest,
        use_case=None if document is None else document.use_case.value,
        zone=None if document is None else document.zone,
        references={} if document is None else _references(document.references),
        test=None if document is None else document.test,
        urgent=None if document is None else document.urgent,
        began=deployment.began.at,
        ended=over,
        why=None if deployment.ended is None else deployment.ended.event.why.value,
        window=None if document is None else (document.not_before, document.not_after),
        looked=_looked(case, deployment),
        blind=_blind(case, deployment),
        intervals=len(deployment.captures),
        presence=len(deployment.presence),
        list_entries=None if opened is None else opened.event.entries,
        categories={} if listed is None else {one.category.value: one.entries for one in listed.categories},
        list_built=None if listed is None else listed.built,
        list_opened=None if opened is None else opened.at,
        list_destroyed=_destroyed(deployment, over) if destroyed is None else destroyed.at,
        withdrawn=len(deployment.withdrawn),
        threshold=str(deployment.began.event.threshold),
        max_fpir=None if document is None else document.max_fpir,
        searches=deployment.searches,
        uncounted=deployment.uncounted,
        hits=hits,
        rate=rate,
        above_authorised=document is not None and rate.low > document.max_fpir,
        decisions=course.decisions(deployment.hits),
        times=course.times(deployment),
        review_seconds=statistics.median(mark.event.seconds for _, mark in reviews) if reviews else None,
        minutes_to_review=_minutes(mark.at - hit.committed.at for hit, mark in reviews),
        suspended=deployment.suspended is not None,
        flooded=bool(deployment.flooded),
        ended_early=course.ended_early(deployment),
    )


def of_all(case: Case) -> Totals:
    """The figures of all deployments together."""
    deployments = case.history.deployments
    everything = [hit for deployment in deployments for hit in deployment.hits]
    hits = of_hits(everything, sum(len(deployment.withheld) for deployment in deployments))
    searches = sum(deployment.searches for deployment in deployments)
    return Totals(
        deployments=len(deployments),
        looked=sum((_looked(case, deployment) for deployment in deployments), timedelta(0)),
        searches=searches,
        uncounted=sum(deployment.uncounted for deployment in deployments),
        hits=hits,
        rate=Rate.of(hits, searches),
        decisions=course.decisions(everything),
        suspended=sum(course.ended_early(deployment) is not None for deployment in deployments),
    )


def of_hits(hits: Iterable[Hit], withheld: int) -> Hits:
    """Each hit in one place."""
    counted = dict.fromkeys(("confirmed", "false", "inconclusive", "unreviewed", "undelivered", "open"), 0)
    for hit in hits:
        counted[_became(hit)] += 1
    return Hits(committed=sum(counted.values()), withheld=withheld, **counted)


def _became(hit: Hit) -> str:
    if hit.reviews:
        return _VERDICTS[hit.reviews[-1].event.verdict]
    if hit.unreviewed is not None:
        return "unreviewed"
    return "undelivered" if hit.expired is not None else "open"


_VERDICTS = {Verdict.CONFIRMED: "confirmed", Verdict.FALSE: "false", Verdict.INCONCLUSIVE: "inconclusive"}


def _references(found: References) -> dict[str, str]:
    return {one.name: getattr(found, one.name) for one in fields(found)}


def _looked(case: Case, deployment: Deployment) -> timedelta:
    spans = (capture.until(case, one) - one.opened.at for one in deployment.captures)
    return sum((max(span, timedelta(0)) for span in spans), timedelta(0)) - _blind(case, deployment)


def _blind(case: Case, deployment: Deployment) -> timedelta:
    return sum((ends - begins for begins, ends in capture.blind(case, deployment)), timedelta(0))


def _destroyed(deployment: Deployment, over: datetime | None) -> datetime | None:
    """Where the device was cut off, the list's key died with the process."""
    return over if deployment.opened is not None and deployment.was_cut_off else None


def _minutes(spans: Iterable[timedelta]) -> float | None:
    found = [span / timedelta(minutes=1) for span in spans]
    return round(statistics.median(found), 1) if found else None

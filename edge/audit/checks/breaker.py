"""(6, continued) Whether the breaker opened when it had to: the sequential test, run again over the journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from edge.audit.case import Case
from edge.audit.failures import Failure, Finding
from edge.audit.history import Deployment
from edge.audit.limits import AT_ONCE, FLOOD_HITS, FLOOD_SPAN, FLOOD_SUSPECTED, SHUT
from edge.domain.authorisation import UseCase
from edge.domain.authority import Identifier
from edge.domain.leaves.deployment import Suspended
from edge.steps.sequential import Course, suspends

SUBJECT = "The breaker"


def check(case: Case) -> Iterator[Finding]:
    """Each authorisation's searches and false alerts, in the journal's order, over all of its deployments."""
    by_authorisation: dict[Identifier, list[Deployment]] = {}
    for deployment in case.history.deployments:
        by_authorisation.setdefault(deployment.id, []).append(deployment)
    for identifier, deployments in by_authorisation.items():
        yield from _course(case, identifier, deployments)
    for deployment in case.history.deployments:
        document = case.authorisation(deployment)
        if document is not None and document.use_case is not UseCase.ACCURACY_TEST:
            yield from _flood(case, deployment)


def _course(case: Case, identifier: Identifier, deployments: list[Deployment]) -> Iterator[Finding]:
    document = case.authorisation(deployments[0])
    if document is None:
        return
    course, due = Course(), None
    for mark in case.history.of[identifier]:
        event = mark.event
        raised = len(course.raised)
        before = (course.searches, course.false)
        course.take(event)
        if len(course.raised) > raised and suspends(course.false, course.searches, document.max_fpir) and due is None:
            due = mark.index, mark.at
        if isinstance(event, Suspended) and (due is None or (event.searches, event.false) != before):
            detail = f"{event.false} in {event.searches}; the journal has {before[1]} in {before[0]}"
            yield Finding(Failure.SUSPENDED_WRONGLY, detail, mark.index)
    if due is not None:
        yield from _went_on(case, deployments, *due)


def _flood(case: Case, deployment: Deployment) -> Iterator[Finding]:
    """More hits than people can decide on. How many looked like pictures held up, the device alone knows."""
    times = [hit.committed.at for hit in deployment.hits]
    for place in range(FLOOD_HITS - 1, len(times)):
        if times[place] - times[place - FLOOD_HITS + 1] < FLOOD_SPAN:
            yield from _went_on(case, [deployment], deployment.hits[place].committed.index, times[place])
            break
    for mark in deployment.flooded:
        event, lately = mark.event, sum(timedelta(0) <= mark.at - at <= FLOOD_SPAN + SHUT for at in times)
        if event.hits > lately or (event.hits < FLOOD_HITS and event.suspected < FLOOD_SUSPECTED):
            detail = f"{event.hits} hits, {event.suspected} of them pictures; the journal has {lately}"
            yield Finding(Failure.SUSPENDED_WRONGLY, detail, mark.index)


def _went_on(case: Case, deployments: list[Deployment], index: int, at: datetime) -> Iterator[Finding]:
    for deployment in deployments:
        ended = deployment.ended
        if ended is not None and ended.index < index:
            continue
        until = case.history.end if ended is None else ended.at
        if deployment.began.index > index or (until is not None and until - at > AT_ONCE):
            yield Finding(Failure.NOT_SUSPENDED, f"{deployment.id} should have ended at {at:%Y-%m-%d %H:%M:%S}", index)

"""(7) Retention: every hit claimed, expired or within its time; urgent authorisations decided; tests not overdue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from edge.audit.case import Case
from edge.audit.checks.capture import end
from edge.audit.failures import Failure, Finding
from edge.audit.history import Deployment, Hit
from edge.audit.limits import AT_ONCE, SHUT, SWEPT
from edge.domain.authorisation import RATIFY_WITHIN, Authorisation, UseCase

SUBJECT = "Retention and decisions"


def check(case: Case) -> Iterator[Finding]:
    """What had to be gone is gone, and what had to be decided was."""
    for deployment in case.history.deployments:
        document = case.authorisation(deployment)
        if document is None:
            continue
        for hit in deployment.hits:
            yield from _expired(case, deployment, hit, document)
        yield from _ratified(case, deployment, document)
        yield from _tested(case, deployment, document)


def _expired(case: Case, deployment: Deployment, hit: Hit, document: Authorisation) -> Iterator[Finding]:
    number = f"number {hit.committed.event.sequence}"
    expires = hit.committed.at + document.retention.undelivered
    settled = [mark.at for mark in (hit.acknowledged, hit.expired) if mark is not None]
    if hit.expired is not None and expires - hit.expired.at > SHUT and not _unwanted(deployment, hit.expired.at):
        yield Finding(Failure.HIT_EXPIRED_EARLY, f"{number}, {expires - hit.expired.at} early", hit.expired.index)
    at = min(settled, default=case.history.end)
    due = case.up_from(expires)
    if at is not None and due is not None and at - due > SWEPT:
        yield Finding(Failure.HIT_KEPT, f"{number}, for {at - expires} too long", hit.committed.index)


def _unwanted(deployment: Deployment, at: datetime) -> bool:
    """Whether everything that came of a deployment had to be destroyed by then: nobody ratified it."""
    refused = [mark.at for mark in deployment.ratified if not mark.event.ratified]
    return any(moment <= at for moment in [*refused, *(mark.at for mark in deployment.lapsed)])


def _ratified(case: Case, deployment: Deployment, document: Authorisation) -> Iterator[Finding]:
    over, last = end(case, deployment), case.history.end
    refused = next((mark for mark in deployment.ratified if not mark.event.ratified), None)
    until = over if over is not None else last
    if refused is not None and until is not None and until - refused.at > AT_ONCE:
        yield Finding(Failure.WENT_ON_UNRATIFIED, document.id, refused.index)
    if not document.urgent:
        return
    by = document.not_before + RATIFY_WITHIN
    decided = min([*(mark.at for mark in deployment.ratified), *(mark.at for mark in deployment.lapsed)], default=last)
    due = case.up_from(by)
    if decided is not None and due is not None and decided - due > SWEPT:
        yield Finding(Failure.RATIFICATION_LATE, document.id, deployment.began.index)


def _tested(case: Case, deployment: Deployment, document: Authorisation) -> Iterator[Finding]:
    """Where the policy wants it, a fresh accuracy test of this very chain at this very place came before."""
    index, root = deployment.began.index, case.root_at(deployment.began.index)
    within = None if root is None else root.document.policy.accuracy_test_within
    if within is None or document.use_case is UseCase.ACCURACY_TEST:
        return
    for earlier in case.history.deployments:
        tested = case.authorisation(earlier)
        if tested is None or _chain(tested) != _chain(document):
            continue
        if any(mark.index < index and deployment.began.at - mark.event.tested <= within for mark in earlier.tested):
            return
    yield Finding(Failure.ACCURACY_OVERDUE, document.id, index)


def _chain(document: Authorisation) -> tuple[object, ...]:
    return document.models, document.calibration, document.zone, document.configuration

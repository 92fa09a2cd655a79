"""(6) Hits: each committed while the camera was open, and settled once; what people found out about them."""

from __future__ import annotations

from collections.abc import Iterator

from edge.audit.case import Case
from edge.audit.checks import capture
from edge.audit.failures import Failure, Finding
from edge.audit.history import Deployment, Hit
from edge.audit.limits import AT_ONCE, REVIEW_WITHIN, SHUT, SWEPT
from edge.domain.authorisation import UseCase
from edge.domain.orders import Verdict
from edge.wire.signed import key_id

SUBJECT = "Hits and reviews"


def check(case: Case) -> Iterator[Finding]:
    """Hits, acknowledgements and reviews of every deployment."""
    for deployment in case.history.deployments:
        for hit in deployment.hits:
            yield from _seen(case, deployment, hit)
            yield from _acknowledged(case, deployment, hit)
            yield from _reviewed_in_time(case, deployment, hit)
        found = len(deployment.hits) + len(deployment.withheld)
        if deployment.ended is not None and found > deployment.searches + deployment.uncounted:
            detail = f"{found} of {deployment.searches} searches, up to {deployment.uncounted} uncounted"
            yield Finding(Failure.MORE_HITS, detail, deployment.began.index)


def verdict(hit: Hit) -> Verdict | None:
    """What a person found out; None where nobody has, or nobody in time."""
    return hit.reviews[-1].event.verdict if hit.reviews else None


def _seen(case: Case, deployment: Deployment, hit: Hit) -> Iterator[Finding]:
    index, at = hit.committed.index, hit.committed.at
    # What was searched for just before may be told just after.
    sightless = any(begins + AT_ONCE < at < ends for begins, ends in capture.blind(case, deployment))
    if sightless or not any(
        one.opened.index < index and (one.closed is None or index < one.closed.index) for one in deployment.captures
    ):
        yield Finding(Failure.HIT_BLIND, f"number {hit.committed.event.sequence}", index)


def _acknowledged(case: Case, deployment: Deployment, hit: Hit) -> Iterator[Finding]:
    document, mark = case.authorisation(deployment), hit.acknowledged
    if document is None or mark is None:
        return
    if mark.event.key not in {key_id(recipient.sign) for recipient in document.recipients}:
        yield Finding(Failure.ACKNOWLEDGED_BY_STRANGER, f"number {mark.event.sequence}", mark.index)


def _reviewed_in_time(case: Case, deployment: Deployment, hit: Hit) -> Iterator[Finding]:
    """From the acknowledgement a reviewer has 15 minutes. In a test nobody acts on hits, and the evaluator counts."""
    document = case.authorisation(deployment)
    number = f"number {hit.committed.event.sequence}"
    for again in hit.reviews[1:]:
        yield Finding(Failure.HIT_SETTLED_TWICE, f"{number} was reviewed again", again.index)
    if hit.reviews and (hit.acknowledged is None or hit.reviews[0].index < hit.acknowledged.index):
        yield Finding(Failure.REVIEWED_UNSEEN, number, hit.reviews[0].index)
    if hit.unreviewed is not None:
        taken = hit.acknowledged
        early = taken is None or hit.unreviewed.at - taken.at < REVIEW_WITHIN - SHUT
        if early or (hit.reviews and hit.reviews[0].index < hit.unreviewed.index):
            yield Finding(Failure.UNREVIEWED_TOO_SOON, number, hit.unreviewed.index)
        return
    if hit.acknowledged is None or document is None or document.use_case is UseCase.ACCURACY_TEST:
        return
    first = min((mark.at for mark in hit.reviews), default=case.history.end)
    due = case.up_from(hit.acknowledged.at + REVIEW_WITHIN)
    if first is not None and due is not None and first - due > SWEPT:
        yield Finding(Failure.LEFT_UNREVIEWED, number, hit.committed.index)

"""(1, continued) What other people signed: ratifications, reviews, holds, accuracy reports, custodians' decisions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from edge.audit import trust
from edge.audit.case import Case
from edge.audit.failures import Failure, Finding
from edge.audit.history import Deployment, Hit, Mark
from edge.domain.authorisation import AccuracyReport, Ratification
from edge.domain.authority import Digest, KeyId, Role
from edge.domain.custody import NewClock, NewEpoch
from edge.domain.errors import Undecodable
from edge.domain.leaves.device import ClockReset, EpochOpened
from edge.domain.leaves.hits import HitHeld, HitReviewed
from edge.domain.orders import ROLES, Hold, Order, Review, Verb
from edge.wire.events import read_order
from edge.wire.signed import Kind, key_id

SUBJECT = "Other signed documents"
T = TypeVar("T")


def check(case: Case) -> Iterator[Finding]:
    """Each is there, is signed by the role that it takes, and says what the journal says of it.

    Where the trust root that was in force is not believed, that is a finding of its own, and nothing is said here.
    """
    if not case.chain.roots:
        return
    for deployment in case.history.deployments:
        for ratified in deployment.ratified:
            yield from _ratified(case, deployment, ratified.event.digest, ratified.event.ratified, ratified.index)
        for tested in deployment.tested:
            yield from _tested(case, deployment, tested.event.digest, tested.index)
        for hit in deployment.hits:
            for review in hit.reviews:
                yield from _reviewed(case, hit, review)
    for hit in case.history.hits.values():
        for held in hit.holds:
            yield from _held(case, held)
    yield from _custodians(case)


def _ratified(case: Case, deployment: Deployment, name: Digest, yes: bool, index: int) -> Iterator[Finding]:
    signed, root = case.paper(name), case.root_at(index)
    if signed is None:
        yield Finding(Failure.PAPER_MISSING, f"ratification {name}", index)
    if signed is None or root is None:
        return
    document = trust.content(signed, Ratification)
    roles = trust.signed_by(signed, Kind.RATIFICATION, root.keys).values()
    said = document is not None and (document.authorisation, document.digest, document.ratified)
    if Role.AUTHORISING_OFFICER not in roles or said != (deployment.id, deployment.began.event.digest, yes):
        yield Finding(Failure.RATIFICATION_NOT_SIGNED, deployment.id, index)


def _tested(case: Case, deployment: Deployment, name: Digest, index: int) -> Iterator[Finding]:
    signed, root = case.paper(name), case.root_at(index)
    if signed is None:
        yield Finding(Failure.PAPER_MISSING, f"accuracy report {name}", index)
    if signed is None or root is None:
        return
    report = trust.content(signed, AccuracyReport)
    roles = trust.signed_by(signed, Kind.ACCURACY_REPORT, root.keys).values()
    event = next(mark.event for mark in deployment.tested if mark.index == index)
    said = report is not None and (report.authorisation, report.digest, report.passages, report.found, report.tested)
    here = (deployment.id, deployment.began.event.digest, event.passages, event.found, event.tested)
    if Role.EVALUATOR not in roles or said != here:
        yield Finding(Failure.ACCURACY_NOT_SIGNED, deployment.id, index)
    committed = sum(len(one.hits) for one in case.history.deployments if one.id == deployment.id)
    if report is not None and report.found + report.false > committed:
        detail = f"{report.found} found and {report.false} false, of {committed} hits"
        yield Finding(Failure.ACCURACY_NOT_BORNE_OUT, detail, index)


def _reviewed(case: Case, hit: Hit, mark: Mark[HitReviewed]) -> Iterator[Finding]:
    event = mark.event
    if case.paper(event.order) is None:
        yield Finding(Failure.PAPER_MISSING, f"review of number {event.sequence}", mark.index)
        return
    if case.root_at(mark.index) is None:
        return
    order = _order(case, event.order, event.key, Verb.REVIEW, mark.index)
    if order is None:
        yield Finding(Failure.REVIEW_NOT_SIGNED, f"review of number {event.sequence}", mark.index)
        return
    document = case.authorisation(hit.deployment)
    if document is not None and event.key not in document.reviewers:
        yield Finding(Failure.REVIEW_NOT_SIGNED, f"{event.key} was not authorised", mark.index)
    body = order.body
    said = isinstance(body, Review) and (body.sequence, body.verdict, body.seconds)
    if said != (event.sequence, event.verdict, event.seconds):
        yield Finding(Failure.REVIEW_DIFFERS, f"number {event.sequence}", mark.index)


def _held(case: Case, mark: Mark[HitHeld]) -> Iterator[Finding]:
    event = mark.event
    if case.paper(event.order) is None:
        yield Finding(Failure.PAPER_MISSING, f"hold of number {event.sequence}", mark.index)
        return
    if case.root_at(mark.index) is None:
        return
    order = _order(case, event.order, event.key, Verb.HOLD, mark.index)
    body = None if order is None else order.body
    if not isinstance(body, Hold) or (body.sequence, body.until) != (event.sequence, event.until):
        yield Finding(Failure.HOLD_NOT_SIGNED, f"number {event.sequence}", mark.index)


def _order(case: Case, name: Digest, identifier: KeyId, verb: Verb, index: int) -> Order | None:
    """A signed order, where it is there, for this device and epoch, and by this key in a role that may give it."""
    signed, root = case.paper(name), case.root_at(index)
    if signed is None or root is None:
        return None
    signers = trust.signed_by(signed, Kind.ORDER, root.keys)
    if signers.get(identifier) not in ROLES[verb]:
        return None
    try:
        order = read_order(signed, root.keys[identifier][0])
    except Undecodable:
        return None
    page, heading = case.bundle.page, order.heading
    meant = (heading.verb, heading.site, heading.device, heading.epoch) == (verb, page.site, page.device, page.epoch)
    return order if meant and key_id(order.key) == identifier else None


def _custodians(case: Case) -> Iterator[Finding]:
    for entry in case.bundle.entries:
        event, index = entry.leaf.event, entry.index
        if isinstance(event, EpochOpened):
            epoch = _decision(case, event.digest, Kind.NEW_EPOCH, NewEpoch, index)
            bound = (event.previous_origin, event.previous_size, event.previous_root)
            here = (*_whose(case), *bound)
            if epoch is None or (
                epoch.site, epoch.device, epoch.epoch, epoch.previous_origin, epoch.previous_size, epoch.previous_root,
            ) != here:  # fmt: skip
                yield _unsigned(case, event.digest, Failure.EPOCH_NOT_SIGNED, index)
        elif isinstance(event, ClockReset):
            clock = _decision(case, event.digest, Kind.NEW_CLOCK, NewClock, index)
            if clock is None or (clock.site, clock.device, clock.epoch, clock.to) != (*_whose(case), event.to):
                yield _unsigned(case, event.digest, Failure.CLOCK_RESET_NOT_SIGNED, index)


def _whose(case: Case) -> tuple[str, str, str]:
    page = case.bundle.page
    return page.site, page.device, page.epoch


def _decision(case: Case, name: Digest, kind: Kind, noun: type[T], index: int) -> T | None:
    signed = case.paper(name)
    # The first leaf of a new journal comes before the start that names the trust root.
    root = case.root_at(index) or (case.root_at(case.in_force[0][0]) if case.in_force else None)
    if signed is None or root is None or not trust.custodians_agree(signed, kind, root):
        return None
    return trust.content(signed, noun)


def _unsigned(case: Case, name: Digest, failure: Failure, index: int) -> Finding:
    return Finding(Failure.PAPER_MISSING if case.paper(name) is None else failure, name, index)

"""(3) Every interval in which the camera was open: inside authorisation, window, presence and an open list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from edge.audit.case import Case
from edge.audit.failures import Failure, Finding
from edge.audit.history import Capture, Deployment
from edge.audit.limits import AT_ONCE, LEASE, SHUT
from edge.domain.authority import Role

SUBJECT = "When the camera was open"


def check(case: Case) -> Iterator[Finding]:
    """Capture, presence, searches, and the end of each deployment."""
    for deployment in case.history.deployments:
        yield from _ended(case, deployment)
        yield from _present(case, deployment)
        for number, capture in enumerate(deployment.captures):
            yield from _closed(case, deployment, number)
            yield from _inside(case, deployment, capture)
        yield from _searched(deployment)


def until(case: Case, capture: Capture) -> datetime:
    """When an interval ended; one that was cut off was open until the last that was heard of that life."""
    if capture.closed is not None:
        return capture.closed.at
    heard = [life.last for life in case.history.lives if life.booted.boot == capture.opened.boot]
    return max([capture.opened.at, *heard])


def end(case: Case, deployment: Deployment) -> datetime | None:
    """When a deployment was over; None while it is in force. One that was cut off ended with its life."""
    if deployment.ended is None:
        return None
    if deployment.was_cut_off:
        heard = [life.last for life in case.history.lives if life.booted.boot == deployment.began.boot]
        return max([deployment.began.at, *heard])
    return deployment.ended.at


def _ended(case: Case, deployment: Deployment) -> Iterator[Finding]:
    if deployment.ended is not None:
        return
    later = [life for life in case.history.lives if life.booted.index > deployment.began.index]
    others = [one for one in case.history.deployments if one.began.index > deployment.began.index]
    settled = any(life.last - life.booted.at > AT_ONCE for life in later)
    if others or len(later) > 1 or settled:
        yield Finding(Failure.NOT_ENDED, deployment.id, deployment.began.index)


def _present(case: Case, deployment: Deployment) -> Iterator[Finding]:
    document = case.authorisation(deployment)
    for mark in deployment.presence:
        root = case.root_at(mark.index)
        stranger = root is not None and root.role(mark.event.key) is not Role.PRESENCE
        if stranger or (document is not None and mark.event.key not in document.presence):
            yield Finding(Failure.PRESENCE_BY_STRANGER, mark.event.key, mark.index)
        if mark.event.until - mark.at > LEASE + SHUT:
            yield Finding(Failure.LEASE_TOO_LONG, f"{mark.event.until - mark.at}, at most {LEASE}", mark.index)


def _closed(case: Case, deployment: Deployment, number: int) -> Iterator[Finding]:
    capture = deployment.captures[number]
    if capture.closed is not None:
        return
    again = number + 1 < len(deployment.captures)
    over = None if deployment.was_cut_off else end(case, deployment)
    heard = until(case, capture)
    if again or (over is not None and heard - over > SHUT):
        yield Finding(Failure.CAPTURE_NOT_CLOSED, f"opened {capture.opened.at:%Y-%m-%d %H:%M:%S}", capture.opened.index)


def _inside(case: Case, deployment: Deployment, capture: Capture) -> Iterator[Finding]:
    begins, ends, index = capture.opened.at, until(case, capture), capture.opened.index
    over, document, opened = end(case, deployment), case.authorisation(deployment), deployment.opened
    # Nothing says when a camera was shut that was never recorded as shut: that is a finding of its own.
    known = capture.closed is not None or deployment.ended is None or deployment.was_cut_off
    if known and over is not None and ends - over > SHUT:
        yield Finding(Failure.CAPTURED_AFTER_END, f"for {ends - over}", index)
    if document is not None and (begins < document.not_before or (known and ends - document.not_after > SHUT)):
        yield Finding(Failure.CAPTURED_OUTSIDE_WINDOW, _span(begins, ends), index)
    if opened is None or opened.index > index:
        yield Finding(Failure.CAPTURED_WITHOUT_LIST, "it was not open yet", index)
    elif known and deployment.destroyed is not None and ends - deployment.destroyed.at > SHUT:
        yield Finding(Failure.CAPTURED_WITHOUT_LIST, "it had been destroyed", index)
    if known:
        yield from _leased(deployment, begins, ends, index)


def _leased(deployment: Deployment, begins: datetime, ends: datetime, index: int) -> Iterator[Finding]:
    """Leases cover all of it, each begun before the one before it had run out."""
    covered = begins
    for mark in deployment.presence:
        if mark.at > covered + SHUT:
            break
        # A lease is worth no more than it may last, whatever the leaf says.
        covered = max(covered, min(mark.event.until, mark.at + LEASE)) if mark.at <= ends else covered
    confirmed = any(mark.index < index and mark.event.until > begins for mark in deployment.presence)
    if not confirmed or ends - covered > SHUT:
        yield Finding(Failure.CAPTURED_WITHOUT_PRESENCE, _span(covered if confirmed else begins, ends), index)


def _searched(deployment: Deployment) -> Iterator[Finding]:
    """Searches are counted once a minute: since the count before there was a camera that was open."""
    before = deployment.began.index
    for mark in deployment.searched:
        looked = any(
            capture.opened.index < mark.index and (capture.closed is None or capture.closed.index > before)
            for capture in deployment.captures
        )
        if mark.event.searches and not looked:
            yield Finding(Failure.SEARCHED_BLIND, f"{mark.event.searches} searches", mark.index)
        before = mark.index


def _span(begins: datetime, ends: datetime) -> str:
    return f"from {begins:%Y-%m-%d %H:%M:%S} to {ends:%H:%M:%S}"


def pauses(deployment: Deployment) -> list[tuple[datetime, datetime]]:
    """When the list was open and the camera was not."""
    if deployment.opened is None:
        return []
    edges = [deployment.opened.at]
    for capture in deployment.captures:
        edges += [capture.opened.at, capture.until]
    last = deployment.destroyed or deployment.ended
    if last is not None and (not deployment.captures or deployment.captures[-1].closed is not None):
        edges.append(last.at)
    return [(edges[place], edges[place + 1]) for place in range(0, len(edges) - 1, 2)]


def blind(case: Case, deployment: Deployment) -> list[tuple[datetime, datetime]]:
    """When the camera was open and could not see: nobody is searched for then, and it does not count as looking."""
    found = []
    for capture in deployment.captures:
        ends = until(case, capture)
        closed = None if capture.closed is None else capture.closed.index
        within = [
            mark
            for mark in deployment.sight
            if capture.opened.index < mark.index and (not closed or mark.index < closed)
        ]
        since: datetime | None = None
        for mark in within:
            if mark.event.why:
                since = since or mark.at
            elif since is not None:
                found.append((since, mark.at))
                since = None
        if since is not None:
            found.append((since, ends))
            if closed is None:
                break
    return found

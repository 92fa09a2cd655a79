"""(4) The list: the authorised one, within its limits and fresh, open no longer than it may be, and destroyed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from edge.audit.case import Case
from edge.audit.checks.capture import end, pauses
from edge.audit.failures import Failure, Finding
from edge.audit.history import Deployment
from edge.audit.limits import AT_ONCE, LIST_LIFE, PAUSE_LIMIT, SHUT
from edge.domain.authorisation import MAX_LIST_AGE, SENSITIVE, Authorisation, Category, ImageSource, UseCase
from edge.domain.authority import Role

SUBJECT = "The list"


def check(case: Case) -> Iterator[Finding]:
    """What was authorised, what was opened, and its end."""
    for deployment in case.history.deployments:
        document = case.authorisation(deployment)
        if document is not None:
            yield from _admissible(document, deployment)
            yield from _opened(document, deployment)
        yield from _withdrawn(case, deployment)
        yield from _destroyed(case, deployment, document)
        for begins, ends in pauses(deployment):
            if ends - begins > PAUSE_LIMIT + SHUT:
                detail = f"for {ends - begins} from {begins:%Y-%m-%d %H:%M:%S} on"
                yield Finding(Failure.LIST_KEPT_PAUSED, detail, deployment.began.index)


def must_be_destroyed_by(document: Authorisation | None, opened: datetime) -> datetime:
    """The latest that a list may last, whatever happens."""
    latest = opened + LIST_LIFE
    return latest if document is None else min(latest, document.not_after)


def _admissible(document: Authorisation, deployment: Deployment) -> Iterator[Finding]:
    listed, index = document.watchlist, deployment.began.index
    if deployment.began.at - listed.built > MAX_LIST_AGE or listed.built > deployment.began.at + AT_ONCE:
        yield Finding(Failure.LIST_STALE, f"built {listed.built:%Y-%m-%d %H:%M}", index)
    caps = {cap.category: cap.most for cap in listed.caps}
    counts = {count.category: count.entries for count in listed.categories}
    if listed.entries > listed.cap:
        yield Finding(Failure.LIST_OVER_CAP, f"{listed.entries} entries, at most {listed.cap}", index)
    for category, entries in counts.items():
        if entries > caps.get(category, entries):
            yield Finding(Failure.LIST_OVER_CAP, f"{entries} of {category.value}, at most {caps[category]}", index)
    uncapped = counts.keys() ^ caps.keys()
    for category in sorted(uncapped, key=lambda one: one.value):
        yield Finding(Failure.LIST_CATEGORY, f"{category.value} is listed and limited in one place only", index)
    for why in _wrong_kinds(document, counts):
        yield Finding(Failure.LIST_CATEGORY, why, index)


def _wrong_kinds(document: Authorisation, counts: dict[Category, int]) -> Iterator[str]:
    sensitive = {category for category in counts if category in SENSITIVE}
    named = set(document.sensitive.categories) if document.sensitive is not None else set()
    if sensitive != named:
        yield "sensitive categories without an authority of their own"
    if Category.SYNTHETIC in counts and not document.test:
        yield "synthetic entries outside a simulator"
    people = counts.keys() - {Category.SYNTHETIC}
    if document.use_case is UseCase.ACCURACY_TEST:
        wrong = bool(people - {Category.VOLUNTEER})
    else:  # in a simulator volunteers stand for anybody, and the device takes them for that
        wrong = Category.VOLUNTEER in people and not document.test
    if wrong:
        yield "volunteers belong in an accuracy test, and nobody else does"
    sources = {count.source: count.entries for count in document.watchlist.sources}
    synthetic = counts.get(Category.SYNTHETIC, 0)
    pictured = sum(entries for source, entries in sources.items() if source is not ImageSource.NONE)
    if sources.get(ImageSource.NONE, 0) != synthetic or pictured < document.watchlist.entries - synthetic:
        yield "entries whose pictures come from nowhere"


def _opened(document: Authorisation, deployment: Deployment) -> Iterator[Finding]:
    opened = deployment.opened
    if opened is None:
        return
    authorised = (document.watchlist.digest, document.watchlist.entries)
    if (opened.event.digest, opened.event.entries) != authorised:
        yield Finding(Failure.LIST_OTHER, f"{opened.event.digest}, {opened.event.entries} entries", opened.index)


def _withdrawn(case: Case, deployment: Deployment) -> Iterator[Finding]:
    left = None if deployment.opened is None else deployment.opened.event.entries
    for mark in deployment.withdrawn:
        expected = None if left is None else left - 1
        root = case.root_at(mark.index)
        may = root is None or root.role(mark.event.key) in _MAY_WITHDRAW
        if mark.event.left != expected or not may:
            yield Finding(Failure.WITHDRAWN_WRONGLY, f"{mark.event.left} left, {expected} expected", mark.index)
        left = mark.event.left


_MAY_WITHDRAW = {Role.OPERATOR, Role.AUTHORISING_OFFICER, Role.COUNTERSIGNING_OFFICER}


def _destroyed(case: Case, deployment: Deployment, document: Authorisation | None) -> Iterator[Finding]:
    opened, destroyed, over = deployment.opened, deployment.destroyed, end(case, deployment)
    if opened is None:
        return
    if destroyed is None and over is None:
        last = max((life.last for life in case.history.lives if life.booted.boot == opened.boot), default=opened.at)
        if last - must_be_destroyed_by(document, opened.at) > SHUT:
            yield Finding(Failure.LIST_DESTROYED_LATE, f"it was still there at {last:%Y-%m-%d %H:%M:%S}", opened.index)
        return
    if destroyed is None and not deployment.was_cut_off:
        yield Finding(Failure.LIST_NOT_DESTROYED, deployment.id, opened.index)
        return
    # Where the device was cut off, the key died with the process: it lasted no longer than its life did.
    at = over if destroyed is None else destroyed.at
    if at is not None and at - must_be_destroyed_by(document, opened.at) > SHUT:
        yield Finding(Failure.LIST_DESTROYED_LATE, f"at {at:%Y-%m-%d %H:%M:%S}", opened.index)

"""(1) Signatures and roles: every paper, against the trust root that was in force when the journal names it."""

from __future__ import annotations

from collections.abc import Iterator

from edge.audit import trust
from edge.audit.case import Case
from edge.audit.checks import capture
from edge.audit.failures import Failure, Finding
from edge.audit.history import Deployment
from edge.audit.limits import AT_ONCE
from edge.audit.trust import Root
from edge.domain.authorisation import (
    MAX_FPIR,
    MAX_URGENT_WINDOW,
    MAX_WINDOW,
    Authorisation,
)
from edge.domain.authority import Role
from edge.domain.leaves.device import Booted, TrustRotated
from edge.wire.signed import Kind, key_id

SUBJECT = "Signatures and roles"


def check(case: Case) -> Iterator[Finding]:
    """Trust roots, authorisations, and whether their signers were believed for as long as they lasted."""
    yield from case.chain.findings
    if not case.chain.roots:
        return
    yield from _roots_in_force(case)
    sequence: tuple[int, str] = (0, "")
    for deployment in case.history.deployments:
        yield from _authorised(case, deployment)
        document = case.authorisation(deployment)
        if document is None:
            continue
        now = (document.sequence, deployment.began.event.digest)
        if now[0] < sequence[0] or (now[0] == sequence[0] and now[1] != sequence[1]):
            yield _at(deployment, Failure.REPLAYED, f"sequence {now[0]} after {sequence[0]}")
        sequence = max(sequence, now)
    yield from _resumed(case)


def _roots_in_force(case: Case) -> Iterator[Finding]:
    place = 0
    for index, name in case.in_force:
        found = case.chain.position(name)
        if found is None:
            failure = Failure.ROOT_SKIPPED if index != case.in_force[0][0] else Failure.ROOT_OTHER
            yield Finding(failure, name, index)
            return
        if found < place:
            yield Finding(
                Failure.ROOT_WENT_BACK, f"from version {_version(case, place)} to {_version(case, found)}", index
            )
        place = max(place, found)
    for entry in case.bundle.entries:
        root, event = case.root_at(entry.index), entry.leaf.event
        if isinstance(event, Booted) and root is not None and root.role(key_id(event.device_key)) is not Role.DEVICE:
            yield Finding(Failure.DEVICE_KEY_UNKNOWN, key_id(event.device_key), entry.index)
        if isinstance(event, TrustRotated) and root is not None and event.version != root.document.version:
            yield Finding(Failure.ROOT_SKIPPED, f"called version {event.version}", entry.index)


def _version(case: Case, place: int) -> int:
    return case.chain.roots[place].document.version


def _authorised(case: Case, deployment: Deployment) -> Iterator[Finding]:
    signed, document = case.paper(deployment.began.event.digest), case.authorisation(deployment)
    if signed is None or document is None:
        yield _at(deployment, Failure.PAPER_MISSING, f"authorisation {deployment.began.event.digest}")
        return
    root = case.root_at(deployment.began.index)
    if root is None:
        return
    roles = set(trust.signed_by(signed, Kind.AUTHORISATION, root.keys).values())
    missing = document.signers - roles
    if missing:
        yield _at(deployment, Failure.NOT_SIGNED, "missing: " + ", ".join(sorted(role.value for role in missing)))
    if root.document.policy.independent and Role.INDEPENDENT not in roles:
        yield _at(deployment, Failure.INDEPENDENT_MISSING, document.id)
    until = capture.end(case, deployment) or case.history.end or deployment.began.at
    last = case.root_at(deployment.ended.index) if deployment.ended is not None else root
    if last is not None and until - last.document.expires > AT_ONCE:
        yield _at(deployment, Failure.ROOT_EXPIRED, f"{last.document.expires:%Y-%m-%d %H:%M}")
    yield from _pinned(document, root, deployment)
    yield from _says(case, document, root, deployment)
    yield from _revoked(case, document, deployment)


def _pinned(document: Authorisation, root: Root, deployment: Deployment) -> Iterator[Finding]:
    for keys, role in (
        (document.operators, Role.OPERATOR),
        (document.presence, Role.PRESENCE),
        (document.reviewers, Role.REVIEWER),
    ):
        for identifier in keys:
            if root.role(identifier) is not role:
                yield _at(deployment, Failure.KEY_NOT_PINNED, f"{identifier} for {role.value}")


def _says(case: Case, document: Authorisation, root: Root, deployment: Deployment) -> Iterator[Finding]:
    page = case.bundle.page
    if (document.site, document.device) != (page.site, page.device):
        yield _at(deployment, Failure.OTHER_DEVICE, f"{document.site}/{document.device}")
    if document.id != deployment.id:
        yield _at(deployment, Failure.MISNAMED, f"{deployment.id} is authorised as {document.id}")
    if document.test is not root.document.test:
        yield _at(deployment, Failure.TEST_MIXED, document.id)
    most = MAX_URGENT_WINDOW if document.urgent else MAX_WINDOW
    if document.not_after - document.not_before > most:
        yield _at(deployment, Failure.WINDOW_TOO_LONG, f"{document.not_after - document.not_before}, at most {most}")
    if not document.not_before <= deployment.began.at < document.not_after:
        yield _at(deployment, Failure.BEGAN_OUTSIDE_WINDOW, f"at {deployment.began.at:%Y-%m-%d %H:%M:%S}")
    if document.max_fpir > MAX_FPIR and not document.test:
        yield _at(deployment, Failure.FPIR_TOO_HIGH, f"{document.max_fpir}")


def _revoked(case: Case, document: Authorisation, deployment: Deployment) -> Iterator[Finding]:
    """A key that a newer root no longer names stands for nothing; what it signed ends at once."""
    signed = case.paper(deployment.began.event.digest)
    for rotated in case.history.rotations:
        root, ended = case.root_at(rotated.index), deployment.ended
        over = rotated.index < deployment.began.index or (ended is not None and ended.index < rotated.index)
        if signed is None or root is None or over:
            continue
        if document.signers <= set(trust.signed_by(signed, Kind.AUTHORISATION, root.keys).values()) and _vouched(
            case, document, root
        ):
            continue
        until = case.history.end if ended is None else ended.at
        if until is not None and until - rotated.at > AT_ONCE:
            yield Finding(Failure.WENT_ON_REVOKED, document.id, rotated.index)


def _vouched(case: Case, document: Authorisation, root: Root) -> bool:
    """Whether somebody who is still believed stands by the evidence of the threshold."""
    table = case.paper(document.calibration)
    return table is None or Role.EVALUATOR in trust.signed_by(table, Kind.CALIBRATION, root.keys).values()


def _resumed(case: Case) -> Iterator[Finding]:
    """An authorisation goes on after a restart, and after nothing else."""
    last: dict[str, Deployment] = {}
    for deployment in case.history.deployments:
        before = last.get(deployment.began.event.digest)
        if before is not None and before.ended is not None and before.ended.event.why.value not in _GOES_ON:
            yield _at(deployment, Failure.REPLAYED, f"it had ended: {before.ended.event.why.value}")
        last[deployment.began.event.digest] = deployment


_GOES_ON = {"restart", "shutdown"}


def _at(deployment: Deployment, failure: Failure, detail: str) -> Finding:
    return Finding(failure, detail, deployment.began.index)

"""(5) The threshold, computed again from the calibration; (8) what was installed, and what was published, against what
was authorised.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from edge.audit import trust
from edge.audit.case import Case
from edge.audit.failures import Failure, Finding
from edge.audit.history import Deployment
from edge.domain.authorisation import Authorisation
from edge.domain.authority import Role
from edge.domain.errors import Refusal
from edge.steps.calibrate import threshold
from edge.wire.signed import Kind

SUBJECT = "Threshold, models and configuration"


def check(case: Case) -> Iterator[Finding]:
    """From the evidence to the score, and from the papers to the device."""
    for deployment in case.history.deployments:
        document = case.authorisation(deployment)
        if document is not None:
            yield from _threshold(case, deployment, document)
            yield from _installed(deployment, document)
            yield from _equal(case, deployment, document)
    yield from _released(case)


def recomputed(case: Case, document: Authorisation) -> Decimal | Refusal | None:
    """What the threshold had to be, in the form in which the journal gives it; None without a calibration."""
    table = case.calibrations.get(document.calibration)
    if table is None:
        return None
    found = threshold(
        table, document.calibration, document.max_fpir, document.watchlist.entries,
        extrapolation=document.accepts_extrapolation,
    )  # fmt: skip
    return found if isinstance(found, Refusal) else Decimal(str(found.score))


def _threshold(case: Case, deployment: Deployment, document: Authorisation) -> Iterator[Finding]:
    index, signed = deployment.began.index, case.paper(document.calibration)
    table, root = case.calibrations.get(document.calibration), case.root_at(index)
    if signed is None or table is None:
        yield Finding(Failure.PAPER_MISSING, f"calibration {document.calibration}", index)
        return
    if root is not None and Role.EVALUATOR not in trust.signed_by(signed, Kind.CALIBRATION, root.keys).values():
        yield Finding(Failure.CALIBRATION_NOT_SIGNED, document.calibration, index)
    if (table.detector, table.embedder) != (document.models.detector, document.models.embedder):
        yield Finding(Failure.CALIBRATION_OTHER, f"embedder {table.embedder}", index)
    found, used = recomputed(case, document), deployment.began.event.threshold
    if isinstance(found, Refusal):
        yield Finding(Failure.THRESHOLD_UNSUPPORTED, found.detail, index)
    elif str(found) != str(used):
        yield Finding(Failure.THRESHOLD_DIFFERS, f"{used}, computed {found}", index)


def _installed(deployment: Deployment, document: Authorisation) -> Iterator[Finding]:
    booted = deployment.booted
    if booted is None:
        return
    event, index = booted.event, deployment.began.index
    if (event.detector, event.embedder) != (document.models.detector, document.models.embedder):
        yield Finding(Failure.MODELS_OTHER, f"detector {event.detector}, embedder {event.embedder}", index)
    if event.calibration != document.calibration:
        yield Finding(Failure.CALIBRATION_INSTALLED, event.calibration, index)
    if event.zone != document.zone:
        yield Finding(Failure.ZONE_OTHER, event.zone, index)
    if event.configuration != document.configuration:
        yield Finding(Failure.CONFIGURATION_OTHER, event.configuration, index)


def _equal(case: Case, deployment: Deployment, document: Authorisation) -> Iterator[Finding]:
    """Against the publications that were brought; without any, against nothing."""
    named = document.references.equality_assessment
    if case.brought.assessments and named not in case.brought.assessments:
        yield Finding(Failure.EQUALITY_OTHER, named, deployment.began.index)


def _released(case: Case) -> Iterator[Finding]:
    """Every start, against the manifests that were brought; without any, against nothing."""
    for life in case.history.lives:
        event, index = life.booted.event, life.booted.index
        versions = [release for release in case.brought.releases if release.version == event.version]
        if case.brought.releases and not versions:
            yield Finding(Failure.RELEASE_VERSION, event.version, index)
        elif versions and not any((event.detector, event.embedder) == (one.detector, one.embedder) for one in versions):
            yield Finding(Failure.RELEASE_MODELS, f"detector {event.detector}, embedder {event.embedder}", index)
    shown = case.bundle.release
    if shown is not None and case.brought.releases and shown not in case.brought.releases:
        yield Finding(Failure.RELEASE_FILES, f"version {shown.version}: {_first_difference(case)}")


def _first_difference(case: Case) -> str:
    shown = case.bundle.release
    published = next((one for one in case.brought.releases if shown and one.version == shown.version), None)
    if shown is None or published is None:
        return "it is none of those that were brought"
    names = sorted(shown.files.keys() | published.files.keys())
    differing = [name for name in names if shown.files.get(name) != published.files.get(name)]
    return f"{len(differing)} files differ, {differing[0]} first" if differing else "its digests differ"

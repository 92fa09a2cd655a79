"""What a person signs, all of it, in plain words: for a terminal here, for paper in ``page``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import UnsetType

from edge.domain.authorisation import SENSITIVE, Authorisation, Category, ImageSource, Preview, UseCase
from edge.domain.authority import Role
from edge.wire.signed import canonical, digest, key_id

PURPOSES = {
    UseCase.CRIME_HOTSPOT: "to find people who are sought, at a place where much crime happens",
    UseCase.PROTECTIVE_SECURITY: "to protect a place or an event",
    UseCase.SOUGHT_PERSON_EXPECTED: "to find a person who is sought and expected here",
    UseCase.ACCURACY_TEST: "to measure with volunteers how well it works; nobody else is sought",
}
CATEGORIES = {
    Category.WANTED_BY_COURT: "wanted by a court",
    Category.WANTED_FOR_OFFENCE: "wanted for an offence",
    Category.COURT_CONDITIONS: "under conditions of a court",
    Category.MISSING_AT_RISK: "missing and at risk",
    Category.RISK_OF_HARM: "at risk of harming or being harmed",
    Category.VOLUNTEER: "volunteers who consented",
    Category.SYNTHETIC: "decoys, nobody",
    Category.UNDER_18_AT_RISK: "under 18 and at risk",
    Category.VICTIM_OR_WITNESS_AT_RISK: "victims or witnesses at risk",
}
SOURCES = {
    ImageSource.CUSTODY: "taken in custody",
    ImageSource.COURT_OR_PRISON: "from a court or prison",
    ImageSource.MISSING_PERSON_FILE: "from a missing person's file",
    ImageSource.INVESTIGATION: "from an investigation",
    ImageSource.GIVEN_BY_FAMILY: "given by family",
    ImageSource.VOLUNTEER: "given by the volunteers",
    ImageSource.NONE: "none, for they are decoys",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is said."""

    text: str
    value: str = ""
    """Its value as the document has it, where that is a digest, a key or a word of a closed list."""
    loud: bool = False
    """Whether it is unusual, and must not be passed over."""


@dataclass(frozen=True, slots=True)
class Section:
    """The answer to one question."""

    name: str
    rows: tuple[Row, ...]


def title(document: Authorisation) -> str:
    """What it is called."""
    kind = ("TEST " if document.test else "") + ("URGENT " if document.urgent else "")
    return f"{kind}Authorisation {document.id}, number {document.sequence}"


def sections(document: Authorisation) -> tuple[Section, ...]:
    """All that it says."""
    return (
        Section("why", (Row(PURPOSES[document.use_case], document.use_case.value),)),
        Section("where", tuple(_where(document))),
        Section("when", tuple(_when(document))),
        Section("who", tuple(_who(document))),
        Section("how", tuple(_how(document))),
        Section("hits", tuple(_hits(document))),
        Section("view", (_view(document.preview),)),
        Section("by", tuple(_by(document))),
        Section("after", tuple(_after(document))),
    )


def as_text(document: Authorisation) -> str:
    """For a terminal; without colour, and nothing in it but what can be printed."""
    lines = [title(document)]
    for section in sections(document):
        name = section.name
        for row in section.rows:
            text = row.text.upper() if row.loud else row.text
            said = f"{text}{': ' if text and row.value else ''}{row.value}"
            lines.append(f"  {name:6} {said}")
            name = ""
    return "\n".join([*lines, f"  digest {digest(canonical(document))}"])


def signed_by(signers: tuple[tuple[Role, str], ...], missing: tuple[Role, ...]) -> str:
    """Whose signatures hold, and whose are missing."""
    lines = [f"  signed {role.value}: {identifier}" for role, identifier in signers]
    return "\n".join([*lines, *(f"  MISSING {role.value}" for role in missing)])


def one_in(rate: Decimal) -> str:
    """A rate as people say it."""
    return f"1 in {int(1 / rate):,}" if rate > Decimal("1e-15") else "1 in very many"


def instant(at: datetime) -> str:
    """A time, in UTC."""
    return f"{at:%Y-%m-%d %H:%M}Z"


def _where(document: Authorisation) -> Iterator[Row]:
    yield Row("the device", f"{document.site}/{document.device}")
    yield Row("what it may look at, its zone", document.zone)
    yield Row("signs set up", document.references.signage)


def _when(document: Authorisation) -> Iterator[Row]:
    hours = (document.not_after - document.not_before) / timedelta(hours=1)
    yield Row(f"{instant(document.not_before)} to {instant(document.not_after)} ({hours:g} h)")
    if document.urgent:
        yield Row("urgent: to be ratified by the authorising officer within 24 h, or all of it is destroyed", loud=True)


def _who(document: Authorisation) -> Iterator[Row]:
    listed, sensitive = document.watchlist, document.sensitive
    caps = {cap.category: cap.most for cap in listed.caps}
    yield Row(f"{listed.entries} entries, at most {listed.cap} for this purpose")
    for count in listed.categories:
        category = count.category
        most = f"at most {caps[category]}" if category in caps else "NO LIMIT STATED"
        mark = ", sensitive" if category in SENSITIVE else ""
        said = f"{count.entries} {CATEGORIES[category]} ({most}{mark})"
        yield Row(said, category.value, loud=bool(mark) or category not in caps)
    if sensitive is not None:
        yield Row("sensitive categories decided on in", sensitive.reference, loud=True)
        for category in sensitive.categories:
            yield Row(f"it covers {CATEGORIES[category]}", category.value, loud=True)
    for source in listed.sources:
        yield Row(f"pictures of {source.entries} {SOURCES[source.source]}", source.source.value)
    yield Row(f"built {instant(listed.built)}, the list", listed.digest)


def _how(document: Authorisation) -> Iterator[Row]:
    rate = document.max_fpir
    yield Row(
        f"at most {one_in(rate)} unlisted passers-by may be pointed at by mistake ({rate.normalize():f}, maximum FPIR)"
    )
    if document.accepts_extrapolation:
        yield Row("the threshold may rest on extrapolated evidence", loud=True)
    yield Row("detector", document.models.detector)
    yield Row("embedder", document.models.embedder)
    yield Row("calibration", document.calibration)
    yield Row("configuration", document.configuration)


def _hits(document: Authorisation) -> Iterator[Row]:
    kept, waits = document.retention.hit / timedelta(hours=1), document.retention.undelivered / timedelta(minutes=1)
    yield Row(f"kept for {kept:g} h, then their keys are destroyed; undelivered, for {waits:g} min")
    for recipient in document.recipients:
        yield Row("sealed to the recipient", key_id(recipient.sign))


def _view(preview: Preview | UnsetType) -> Row:
    if isinstance(preview, UnsetType):
        return Row("nothing of it is shown to anybody but in a hit")
    every = f"{preview.every.total_seconds():g} s"
    return Row(
        f"recipients see a mosaic of 16 x 9 cells, in which nobody can be told, every {every} at most: decided in",
        preview.reference,
    )


def _by(document: Authorisation) -> Iterator[Row]:
    for said, named in (
        ("operated by", document.operators),
        ("present on scene", document.presence),
        ("reviewed by", document.reviewers),
    ):
        yield from (Row(said, identifier) for identifier in named)


def _after(document: Authorisation) -> Iterator[Row]:
    references = document.references
    yield Row("impact assessment", references.impact_assessment)
    yield Row("equality evidence", references.equality_assessment)
    yield Row("community assessment", references.community_assessment)

"""The public transparency record: what anybody may know of one deployment that is over, for machines; and of a site's
deployments together, for people.

One JSON file a deployment, from an examined bundle, each with the bundle's digest: whoever has the bundle can make it
again. A register is a page of as many as one likes, of one site or several, over the years.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from html import escape
from itertools import groupby
from typing import Any, Final

import msgspec

from edge.audit.course import Decisions, Share, Times
from edge.audit.figures import Figures, Hits, Rate
from edge.audit.page import code, columns, day, facts, page, share, span
from edge.audit.report import Report
from edge.domain.errors import Undecodable

FORMAT: Final = "lamppost-transparency/1"
REGISTER: Final = "lamppost-transparency-register/1"
MOST_BYTES: Final = 256 * 1024
NAMES: Final = (
    "Began (UTC)", "Evidence", "Camera open", "Device", "Purpose", "On the list", "Faces", "Alerts", "True", "False",
    "Incon\u00adclusive", "Unre\u00adsolved",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One deployment. Faces that are on no list are a number alone."""

    format: str
    organisation: str
    contact: str
    site: str
    device: str
    test: bool
    """A simulator's: nobody real was looked at."""
    authorisation: str
    """Its opaque id."""
    digest: str
    """SHA-256 of what was signed."""
    purpose: str | None
    urgent: bool
    authorised: tuple[datetime, datetime] | None
    began: datetime
    ended: datetime
    why: str | None
    """Why it ended."""
    zone: str | None
    references: dict[str, str]
    """Of the impact, equality and community assessments and of the signs, by which they can be asked for."""
    looked_seconds: float
    presence: int
    list_entries: int
    categories: dict[str, int]
    withdrawn: int
    faces: int
    uncounted: int
    alerts: Hits
    false_alert_rate: Rate
    authorised_rate: Decimal | None
    decisions: Decisions
    times: Times
    ended_early: datetime | None
    """When the breaker ended it, if it did."""
    bundle: str
    """SHA-256 of the evidence that this was made from."""
    evidence_holds: bool
    """Whether nothing was found wrong with it."""
    failures: tuple[str, ...]
    as_of: datetime
    """The last that the evidence tells of."""

    @property
    def name(self) -> str:
        """Of its file."""
        return f"{self.site}.{self.device}.{self.began:%Y%m%dT%H%M%SZ}.json"

    @property
    def key(self) -> tuple[str, str, str, datetime]:
        """What tells a deployment apart, in whatever bundle it stands."""
        return self.site, self.device, self.digest, self.began


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Several of them, the latest first."""

    format: str
    records: tuple[Record, ...]


def records(report: Report) -> list[Record]:
    """Of every deployment that is over; none where nobody knows whose they are."""
    if report.bundle is None or report.organisation is None or report.site is None or report.device is None:
        return []
    return [_record(report, figures) for figures in report.deployments if figures.ended is not None]


def as_json(noun: Record | Register) -> bytes:
    """Laid out for reading. The schema is :func:`schema`'s."""
    return msgspec.json.format(msgspec.json.encode(noun), indent=2) + b"\n"


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one record."""
    return msgspec.json.schema(Record)


def read(raw: bytes) -> list[Record]:
    """A record's file, or a register's. Raises Undecodable."""
    if len(raw) > MOST_BYTES * 64:
        raise Undecodable(f"It has {len(raw):,} bytes.", "That is no transparency record.")
    try:
        found = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        kind = msgspec.json.decode(found.get("format", msgspec.Raw(b'""')), type=str)
        if kind == REGISTER:
            records = msgspec.json.decode(raw, type=Register).records
        else:
            records = (msgspec.json.decode(raw, type=Record),)
        if any(one.format != FORMAT or one.began.tzinfo is None or one.as_of.tzinfo is None for one in records):
            raise ValueError(f"a record of format {kind!r}")
        as_html(Register(format=REGISTER, records=records))  # numbers that nobody can have counted cannot be shown
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise Undecodable(f"No transparency record: {error}.", "Write it with: lamppost report.") from error
    return list(records)


def register(found: Iterable[Record]) -> Register:
    """Each deployment once, as the latest evidence tells it; by site, the latest first."""
    latest: dict[tuple[str, str, str, datetime], Record] = {}
    for record in found:
        known = latest.get(record.key)
        if known is None or record.as_of >= known.as_of:
            latest[record.key] = record
    ordered = sorted(latest.values(), key=lambda one: (one.began, one.device), reverse=True)
    return Register(format=REGISTER, records=tuple(sorted(ordered, key=lambda one: one.site)))


def as_html(found: Register) -> str:
    """The page."""
    sites = sorted({record.site for record in found.records})
    title = "Live facial recognition: " + (f"deployments at {sites[0]}" if len(sites) == 1 else "deployments")
    return page(title, _body(found, title))


def _body(found: Register, title: str) -> Iterator[str]:
    yield f"<h1>{escape(title)}</h1>"
    if not found.records:
        yield "<p>There were none.</p>"
    if any(record.test for record in found.records):
        yield '<p class="notice"><strong>Simulations are among these.</strong> Nobody real was looked at in them.</p>'
    yield (
        "<p>A possible match is a lead for a person, never an identification. Faces that are on no list are not kept "
        "and appear here as a number alone. Every line comes from evidence that anybody may examine. An alert is true "
        "where a person confirmed it; shares come with the interval in which the true one lies 95 times in 100.</p>"
    )
    for site, group in groupby(found.records, key=lambda record: record.site):
        yield from _site(site, list(group))


def _site(site: str, found: list[Record]) -> Iterator[str]:
    yield f"<h2>{escape(site)}</h2>"
    runs = dict.fromkeys((record.organisation, record.contact) for record in found)
    for organisation, contact in runs:
        yield f"<p>Run by {escape(organisation)}. Questions and complaints: {escape(contact)}.</p>"
    yield facts(f"All deployments at {site}", _together(found))
    yield columns(f"Deployments at {site}, the latest first", NAMES, (_row(record) for record in found))
    yield "<h3>The evidence of each</h3>\n<ul>"
    for record in found:
        yield f"<li>{day(record.began)}, {escape(record.authorisation)}: {code(record.bundle)} (SHA-256)</li>"
    yield "</ul>"


def _together(found: list[Record]) -> list[tuple[str, str]]:
    looked = sum((timedelta(seconds=record.looked_seconds) for record in found), timedelta(0))
    faces, alerts = sum(record.faces for record in found), sum(record.alerts.committed for record in found)
    confirmed = sum(record.alerts.confirmed for record in found)
    false = sum(record.alerts.false for record in found)
    return [
        ("Deployments", f"{len(found):,}"),
        ("Time the camera was open", span(looked)),
        ("Faces searched", f"{faces:,}"),
        ("Alerts", f"{alerts:,}"),
        ("True alerts", share(Share.among(min(confirmed, alerts), alerts))),
        ("Confirmed false alerts", share(Share.among(min(false, alerts), alerts))),
        ("Ended by the breaker", f"{sum(record.ended_early is not None for record in found):,}"),
    ]


def _row(record: Record) -> list[str]:
    alerts = record.alerts
    standing = "holds" if record.evidence_holds else "DOES NOT HOLD"
    purpose = f"{record.purpose or 'not known'}{' (urgent)' if record.urgent else ''}{' (test)' if record.test else ''}"
    looked = span(timedelta(seconds=record.looked_seconds))
    numbers = (
        record.list_entries, record.faces, alerts.committed, alerts.confirmed, alerts.false, alerts.inconclusive,
        alerts.unresolved,
    )  # fmt: skip
    return [day(record.began), standing, looked, record.device, purpose, *(f"{number:,}" for number in numbers)]


def _record(report: Report, figures: Figures) -> Record:
    assert figures.ended is not None
    return Record(
        format=FORMAT, organisation=report.organisation or "", contact=report.contact or "", site=report.site or "",
        device=report.device or "", test=bool(figures.test or report.test), authorisation=figures.authorisation,
        digest=figures.digest, purpose=figures.use_case, urgent=bool(figures.urgent), authorised=figures.window,
        began=figures.began, ended=figures.ended, why=figures.why, zone=figures.zone, references=figures.references,
        looked_seconds=figures.looked.total_seconds(), presence=figures.presence,
        list_entries=figures.list_entries or 0, categories=figures.categories, withdrawn=figures.withdrawn,
        faces=figures.searches, uncounted=figures.uncounted, alerts=figures.hits, false_alert_rate=figures.rate,
        authorised_rate=figures.max_fpir, decisions=figures.decisions, times=figures.times,
        ended_early=figures.ended_early, bundle=report.bundle or "", evidence_holds=report.holds,
        failures=tuple(sorted(report.names)), as_of=report.ends or figures.ended,
    )  # fmt: skip

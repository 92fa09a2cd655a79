"""The deployment report: what a force publishes of its deployments, in the terms of its policies, from a bundle.

One page of HTML that stands by itself (no scripts, no pictures, nothing fetched), and the same as JSON. It says at its
head whether the bundle held when it was examined, so that nobody publishes figures that are not evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final

import msgspec

from edge.audit.course import Decisions, Times
from edge.audit.figures import Figures, Hits, Rate, Totals
from edge.audit.page import code, facts, many, page, share, span, spread, took, when
from edge.audit.report import Report
from edge.audit.text import WHY

FORMAT: Final = "lamppost-deployments/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The JSON. ``deployments`` and ``totals`` are those of the examination's report."""

    format: str
    organisation: str | None
    contact: str | None
    site: str | None
    device: str | None
    test: bool | None
    """A simulator's: nobody real was looked at."""
    bundle: str | None
    """SHA-256 of the bundle that this was made from."""
    holds: bool
    """Whether nothing was found wrong with it."""
    failures: tuple[str, ...]
    begins: datetime | None
    ends: datetime | None
    deployments: tuple[Figures, ...]
    totals: Totals | None
    cannot: tuple[str, ...]


def published(report: Report) -> Published:
    """What of an examination is published."""
    return Published(
        format=FORMAT, organisation=report.organisation, contact=report.contact, site=report.site,
        device=report.device, test=report.test, bundle=report.bundle, holds=report.holds,
        failures=tuple(sorted(report.names)), begins=report.begins, ends=report.ends,
        deployments=report.deployments, totals=report.totals, cannot=report.cannot,
    )  # fmt: skip


def as_json(report: Report) -> bytes:
    """The JSON, laid out for reading."""
    return msgspec.json.format(msgspec.json.encode(published(report)), indent=2) + b"\n"


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the JSON."""
    return msgspec.json.schema(Published)


def as_html(report: Report) -> str:
    """The page."""
    title = f"Live facial recognition: deployments at {report.site or 'an unknown site'}"
    return page(title, _body(report, title))


def _body(report: Report, title: str) -> Iterator[str]:
    yield f"<h1>{escape(title)}</h1>"
    yield from _standing(report)
    if report.organisation is not None:
        yield f"<p>Run by {escape(report.organisation)}. Questions and complaints: {escape(report.contact or '')}.</p>"
    yield (
        f"<p>Device {code(f'{report.site}/{report.device}')}, {when(report.begins)} to {when(report.ends)}, "
        "all times UTC. A possible match is a lead for a person, never an identification. Faces that are on no list "
        "are not kept and appear here as a number alone. Shares and rates come with the interval in which the true "
        "one lies 95 times in 100 (Clopper and Pearson), were each alert one by itself.</p>"
    )
    if report.totals is not None:
        yield from _overview(report.totals)
    for number, figures in enumerate(report.deployments, 1):
        yield from _deployment(number, figures)
    yield "<h2>What these figures cannot show</h2>\n<ul>"
    yield from (f"<li>{escape(sentence)}</li>" for sentence in report.cannot)
    yield "</ul>"
    yield f"<p>Made from the evidence bundle {code(report.bundle or 'none')} (SHA-256).</p>"


def _standing(report: Report) -> Iterator[str]:
    if report.test:
        yield '<p class="notice"><strong>Simulation.</strong> Nobody real was looked at.</p>'
    if report.holds:
        yield '<p class="holds"><strong>The evidence holds.</strong> Nothing was found wrong with it.</p>'
        return
    yield '<div class="fails" role="note"><p><strong>The evidence does not hold.</strong> These figures prove nothing:'
    yield "</p><ul>"
    for subject in report.subjects:
        for failed in subject.failures:
            yield f"<li>{escape(failed.sentence)} {code(failed.name)}</li>"
    yield "</ul></div>"


def _overview(totals: Totals) -> Iterator[str]:
    yield "<h2>All deployments</h2>"
    yield facts(
        "All deployments together",
        [
            ("Deployments", f"{totals.deployments:,}"),
            ("Time the camera was open", span(totals.looked)),
            *_counts(totals.searches, totals.uncounted, totals.hits, totals.rate, totals.decisions),
            ("Deployments ended by the breaker", f"{totals.suspended:,}"),
        ],
    )


def _deployment(number: int, figures: Figures) -> Iterator[str]:
    yield f'<h2 id="deployment-{number}">Deployment {number}: {escape(figures.authorisation)}</h2>'
    most = "not known" if figures.max_fpir is None else f"1 in {1 / float(figures.max_fpir):,.0f}"
    rows = [
        *_asked(figures),
        *_listed(figures),
        *_counts(figures.searches, figures.uncounted, figures.hits, figures.rate, figures.decisions),
        ("Authorised false alert rate", f"at most {most}"),
        ("More false alerts than authorised", "yes, more than chance explains" if figures.above_authorised else "no"),
        *_timed(figures.times),
        ("Ended by the breaker", _ended(figures)),
    ]
    yield facts(f"Deployment {number}", rows)


def _asked(figures: Figures) -> list[tuple[str, str]]:
    window = "not known" if figures.window is None else f"{when(figures.window[0])} to {when(figures.window[1])}"
    ended = "still in force" if figures.ended is None else f"{when(figures.ended)}, {WHY.get(figures.why or '', '')}"
    return [
        ("Purpose", f"{figures.use_case or 'not known'}{' (urgent)' if figures.urgent else ''}"),
        ("Authorised hours", window),
        ("In force", f"{when(figures.began)} to {ended}"),
        ("Zone of recognition (digest)", figures.zone or "not known"),
        ("Time the camera was open", f"{span(figures.looked)}, in {many(figures.intervals, 'part')}"),
        ("Time that it was open and could not see", span(figures.blind)),
        ("Officer's presence confirmed", many(figures.presence, "time")),
    ]


def _listed(figures: Figures) -> list[tuple[str, str]]:
    categories = ", ".join(f"{count:,} {category}" for category, count in figures.categories.items()) or "not known"
    gone = "not destroyed yet" if figures.list_destroyed is None else when(figures.list_destroyed)
    return [
        ("Watchlist size", "never opened" if figures.list_entries is None else f"{figures.list_entries:,}"),
        ("Watchlist categories", categories),
        ("Entries withdrawn under way", f"{figures.withdrawn:,}"),
        ("Watchlist built", when(figures.list_built)),
        ("Watchlist destroyed", gone),
    ]


def _timed(times: Times) -> list[tuple[str, str]]:
    return [
        ("Time to the first alert, from the camera's opening", took(times.to_first_hit)),
        ("Time to delivery", spread(times.to_delivery)),
        ("Time to review", spread(times.to_decision)),
        ("Time that reviewers looked", spread(times.looked_at)),
        ("Alerts delivered late", f"{times.late:,} (after more than 10 s)"),
        ("Alerts expired", f"{times.expired:,} (nobody signed for them while they were of use)"),
    ]


def _ended(figures: Figures) -> str:
    if figures.ended_early is None:
        return "no"
    why = "too many false alerts" if figures.suspended else "more alerts than any street gives"
    return f"yes, {when(figures.ended_early)}: {why}"


def _counts(
    searches: int, uncounted: int, hits: Hits, rate: Rate, decisions: Decisions
) -> list[tuple[str, str]]:  # fmt: skip
    parts = f": {hits.unreviewed} unreviewed, {hits.undelivered} undelivered, {hits.open} open"
    more = f" (and up to {uncounted:,} that were not counted)" if uncounted else ""
    return [
        ("Faces searched", f"{searches:,}{more}"),
        ("Alerts", f"{hits.committed:,}"),
        ("True alerts", share(decisions.confirmed)),
        ("Confirmed false alerts", share(decisions.not_the_person)),
        ("Inconclusive", share(decisions.cannot_tell)),
        ("Unresolved", share(decisions.unreviewed) + (parts if hits.unresolved else "")),
        ("Decisions that were revised", f"{decisions.revised:,}" if decisions.revised else "none"),
        ("False alert rate", _rate(rate)),
    ]


def _rate(rate: Rate) -> str:
    if not rate.searches:
        return "none: nobody was searched for"
    low = "0" if rate.low == 0 else f"1 in {1 / rate.low:,.0f}"
    return f"{rate.false:,} in {rate.searches:,}; 95 % interval {low} to 1 in {1 / rate.high:,.0f}"

"""The deployment report: what a force publishes of its deployments, in the terms of its policies, from a bundle.

One page of HTML that stands by itself (no scripts, no pictures, nothing fetched), and the same as JSON. It says at its
head whether the bundle held when it was examined, so that nobody publishes figures that are not evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any, Final

import msgspec

from edge.audit.figures import Figures, Hits, Rate, Totals
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
    body = "\n".join(_body(report, title))
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        "</body>\n</html>\n"
    )


def _body(report: Report, title: str) -> Iterator[str]:
    yield f"<h1>{escape(title)}</h1>"
    yield from _standing(report)
    if report.organisation is not None:
        yield f"<p>Run by {escape(report.organisation)}. Questions and complaints: {escape(report.contact or '')}.</p>"
    yield (
        f"<p>Device {_code(f'{report.site}/{report.device}')}, {_when(report.begins)} to {_when(report.ends)}, "
        "all times UTC. A possible match is a lead for a person, never an identification. Faces that are on no list "
        "are not kept and appear here as a number alone.</p>"
    )
    if report.totals is not None:
        yield from _overview(report.totals)
    for number, figures in enumerate(report.deployments, 1):
        yield from _deployment(number, figures)
    yield "<h2>What these figures cannot show</h2>\n<ul>"
    yield from (f"<li>{escape(sentence)}</li>" for sentence in report.cannot)
    yield "</ul>"
    yield f"<p>Made from the evidence bundle {_code(report.bundle or 'none')} (SHA-256).</p>"


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
            yield f"<li>{escape(failed.sentence)} {_code(failed.name)}</li>"
    yield "</ul></div>"


def _overview(totals: Totals) -> Iterator[str]:
    yield "<h2>All deployments</h2>"
    yield _table(
        "All deployments together",
        [
            ("Deployments", f"{totals.deployments:,}"),
            ("Time the camera was open", _span(totals.looked)),
            *_counts(totals.searches, totals.uncounted, totals.hits, totals.rate),
        ],
    )


def _deployment(number: int, figures: Figures) -> Iterator[str]:
    yield f'<h2 id="deployment-{number}">Deployment {number}: {escape(figures.authorisation)}</h2>'
    categories = ", ".join(f"{count:,} {category}" for category, count in figures.categories.items()) or "not known"
    window = "not known" if figures.window is None else f"{_when(figures.window[0])} to {_when(figures.window[1])}"
    ended = "still in force" if figures.ended is None else f"{_when(figures.ended)}, {WHY.get(figures.why or '', '')}"
    most = "not known" if figures.max_fpir is None else f"1 in {1 / float(figures.max_fpir):,.0f}"
    review = "none reviewed" if figures.minutes_to_review is None else f"{figures.minutes_to_review:g} minutes (median)"
    rows = [
        ("Purpose", f"{figures.use_case or 'not known'}{' (urgent)' if figures.urgent else ''}"),
        ("Authorised hours", window),
        ("In force", f"{_when(figures.began)} to {ended}"),
        ("Zone of recognition (digest)", figures.zone or "not known"),
        ("Time the camera was open", f"{_span(figures.looked)}, in {figures.intervals:,} parts"),
        ("Time that it was open and could not see", _span(figures.blind)),
        ("Officer's presence confirmed", f"{figures.presence:,} times"),
        ("Watchlist size", "never opened" if figures.list_entries is None else f"{figures.list_entries:,}"),
        ("Watchlist categories", categories),
        ("Entries withdrawn under way", f"{figures.withdrawn:,}"),
        ("Watchlist built", _when(figures.list_built)),
        (
            "Watchlist destroyed",
            "not destroyed yet" if figures.list_destroyed is None else _when(figures.list_destroyed),
        ),
        *_counts(figures.searches, figures.uncounted, figures.hits, figures.rate),
        ("Authorised false alert rate", f"at most {most}"),
        ("More false alerts than authorised", "yes, more than chance explains" if figures.above_authorised else "no"),
        ("Time to review", review),
        ("Suspended by the breaker", "yes" if figures.suspended else "no"),
    ]
    yield _table(f"Deployment {number}", rows)


def _counts(searches: int, uncounted: int, hits: Hits, rate: Rate) -> list[tuple[str, str]]:
    parts = f"{hits.unreviewed} unreviewed, {hits.undelivered} undelivered, {hits.open} open"
    unresolved = f"{hits.unresolved:,}: {parts}"
    more = f" (and up to {uncounted:,} that were not counted)" if uncounted else ""
    return [
        ("Faces searched", f"{searches:,}{more}"),
        ("Alerts", f"{hits.committed:,}"),
        ("True alerts", f"{hits.confirmed:,}"),
        ("Confirmed false alerts", f"{hits.false:,}"),
        ("Inconclusive", f"{hits.inconclusive:,}"),
        ("Unresolved", unresolved if hits.unresolved else "0"),
        ("False alert rate", _rate(rate)),
    ]


def _rate(rate: Rate) -> str:
    if not rate.searches:
        return "none: nobody was searched for"
    low = "0" if rate.low == 0 else f"1 in {1 / rate.low:,.0f}"
    return f"{rate.false:,} in {rate.searches:,}; 95 % interval {low} to 1 in {1 / rate.high:,.0f}"


def _table(caption: str, rows: list[tuple[str, str]]) -> str:
    lines = [f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in rows]
    return f"<table>\n<caption>{escape(caption)}</caption>\n<tbody>\n" + "\n".join(lines) + "\n</tbody>\n</table>"


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _when(instant: datetime | None) -> str:
    return "not known" if instant is None else f"{instant:%d %B %Y, %H:%M:%S}"


def _span(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes else f"{span.total_seconds():.0f} s"


_STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;margin:0}"
    "main{max-width:52rem;margin:0 auto;padding:1.5rem}h1{font-size:1.7rem;line-height:1.2}"
    "h2{font-size:1.25rem;margin-top:2.2rem}table{border-collapse:collapse;width:100%}"
    "caption{position:absolute;left:-100vw}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;"
    "border-bottom:1px solid #c8c8c8}th{width:16rem;font-weight:600}td{overflow-wrap:anywhere}"
    "code{font-size:.85em;overflow-wrap:anywhere}.holds,.fails,.notice{padding:.7rem 1rem;border-left:.4rem solid}"
    ".holds{background:#e9f5ec;border-color:#1b6b33}.fails{background:#fdecea;border-color:#a3180d}"
    ".notice{background:#fff6dc;border-color:#8a5a00}"
    "@media(max-width:36rem){th,td{display:block;width:auto;border:0;padding:.1rem 0}td{padding-bottom:.6rem}}"
    "@media print{main{max-width:none;padding:0}h2{break-after:avoid}tr{break-inside:avoid}}"
)

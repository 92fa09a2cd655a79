"""What every page for the public is made of: one file that stands by itself, on screen by day and night, and on paper.

No scripts, no pictures, nothing fetched. Whatever comes from a bundle is text. Colours keep a contrast of 7 to 1 for
text and 3 to 1 for lines (WCAG 2.2, 1.4.6 and 1.4.11); nothing is said by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Final

from edge.audit.course import Share, Spread

Rows = Sequence[tuple[str, str]]


def page(title: str, body: Iterable[str]) -> str:
    """A whole page."""
    inside = "\n".join(body)
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{inside}\n</main>\n"
        "</body>\n</html>\n"
    )


def facts(caption: str, rows: Rows) -> str:
    """Names and what they are."""
    lines = [f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in rows]
    return f"<table>\n<caption>{escape(caption)}</caption>\n<tbody>\n" + "\n".join(lines) + "\n</tbody>\n</table>"


def columns(caption: str, names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with a heading for each column; the first of each row is its name. Narrow screens scroll it sideways."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    lines = [
        f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    ]
    return (
        f'<div class="wide" role="region" aria-label="{escape(caption)}" tabindex="0">\n<table class="columns">\n'
        f"<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n"
        + "\n".join(lines)
        + "\n</tbody>\n</table>\n</div>"
    )


def code(text: str) -> str:
    """Something to be copied letter by letter."""
    return f"<code>{escape(text)}</code>"


def when(instant: datetime | None) -> str:
    """A time, UTC."""
    return "not known" if instant is None else f"{instant:%d %B %Y, %H:%M:%S}"


def day(instant: datetime | None) -> str:
    """A time, to the minute."""
    return "not known" if instant is None else f"{instant:%Y-%m-%d %H:%M}"


def span(length: timedelta) -> str:
    """How long."""
    minutes = round(length.total_seconds() / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes else f"{length.total_seconds():.0f} s"


def many(count: int, one: str) -> str:
    """So many of something."""
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def took(seconds: float | None) -> str:
    """How long, of what a person waits for."""
    if seconds is None:
        return "none"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} minutes"


def spread(found: Spread | None) -> str:
    """How long, of several."""
    if found is None:
        return "none"
    if found.of == 1:
        return took(found.median)
    return f"{took(found.median)} (median), nine in ten within {took(found.nine_in_ten)}, at most {took(found.longest)}"


def share(found: Share) -> str:
    """So many of so many, with the interval."""
    if not found.of:
        return "none: there were no alerts"
    return (
        f"{found.count:,} of {found.of:,} ({found.count / found.of:.1%}; 95 % interval {found.low:.1%} to "
        f"{found.high:.1%})"
    )


_STYLE: Final = (
    ":root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--line:#767676;--good:#e6f4ea;--bad:#fdeceb;"
    "--odd:#fff4da;--good-edge:#1b6b33;--bad-edge:#a3180d;--odd-edge:#8a5a00}"
    "@media(prefers-color-scheme:dark){:root{--ink:#ededed;--paper:#151515;--line:#8c8c8c;--good:#12301c;--bad:#3d1512;"
    "--odd:#352a0b;--good-edge:#5fbf7f;--bad-edge:#ff8a80;--odd-edge:#e3b04b}}"
    "body{font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0}"
    "main{max-width:60rem;margin:0 auto;padding:1.5rem}h1{font-size:1.7rem;line-height:1.2;margin:0 0 1rem}"
    "h2{font-size:1.25rem;margin:2.2rem 0 .6rem}table{border-collapse:collapse;width:100%}"
    "caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"
    "th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--line)}"
    "th[scope=row]{width:16rem;font-weight:600}td{overflow-wrap:anywhere}"
    ".columns{font-size:.9rem}.columns th[scope=row]{width:auto;white-space:nowrap}.columns td{"
    "overflow-wrap:normal;font-variant-numeric:tabular-nums}.columns td:nth-child(n+6){text-align:right}"
    ".columns thead th{vertical-align:bottom}.columns th[scope=col]:nth-child(n+6){text-align:right}"
    ".columns th,.columns td{padding:.4rem .45rem}.wide{overflow-x:auto;margin:1.2rem 0}"
    ".wide:focus-visible{outline:3px solid var(--good-edge);outline-offset:2px}"
    "code{font:.85em ui-monospace,monospace;overflow-wrap:anywhere}"
    ".holds,.fails,.notice{padding:.7rem 1rem;border-left:.4rem solid;margin:1rem 0}"
    ".holds{background:var(--good);border-color:var(--good-edge)}"
    ".fails{background:var(--bad);border-color:var(--bad-edge)}"
    ".notice{background:var(--odd);border-color:var(--odd-edge)}.fails p{margin:0}"
    "@media(max-width:36rem){table:not(.columns) th,table:not(.columns) td{display:block;width:auto;padding:.1rem 0}"
    "table:not(.columns) th{border:0;padding-top:.5rem}table:not(.columns) td{padding-bottom:.5rem}}"
    "@media print{:root{color-scheme:light;--ink:#000;--paper:#fff;--line:#777;--good:#fff;--bad:#fff;--odd:#fff;"
    "--good-edge:#000;--bad-edge:#000;--odd-edge:#000}@page{margin:15mm}main{max-width:none;padding:0}"
    "body{font-size:10pt}.columns{font-size:8pt}.wide{overflow:visible}"
    "h2{break-after:avoid}tr,.holds,.fails,.notice{break-inside:avoid}}"
)

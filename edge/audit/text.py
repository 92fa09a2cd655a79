"""The report in plain words, for somebody who is no engineer, on a screen of 80 columns or more."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from edge.audit.figures import Figures, Hits, Rate
from edge.audit.report import Failed, Report

WIDTH: Final = 96
WHY: Final = {
    "stopped": "stopped by an order",
    "window-closed": "its hours were over",
    "paused-too-long": "paused for too long",
    "list-too-old": "the list was open for 24 hours",
    "clock": "the clock could not be trusted",
    "unsafe": "nothing could be recorded any more",
    "restart": "cut off: the device lost power or failed",
    "suspended": "suspended: too many false alerts",
    "revoked": "those who authorised it were revoked",
    "not-ratified": "the authorising officer said no",
    "shutdown": "the device was shut down in order",
    "flooded": "flooded with hits",
}


def as_text(report: Report, width: int = WIDTH) -> str:
    """All of it."""
    lines = [*_headline(report), "", *_about(report), "", "WHAT WAS CHECKED", *_subjects(report, width)]
    if report.deployments:
        lines += ["", "WHAT THE DEVICE DID"]
        for number, figures in enumerate(report.deployments, 1):
            lines += [*_deployment(number, figures, width), ""]
        lines += _totals(report, width)
    lines += ["", "WHEN NOTHING WAS HEARD OF THE DEVICE", *_silences(report)]
    lines += ["", "WHAT THIS CANNOT ESTABLISH"]
    for sentence in report.cannot:
        lines += _wrapped(sentence, width, "  - ", "    ")
    return "\n".join(lines)


def _headline(report: Report) -> Iterator[str]:
    kinds = sum(len(subject.failures) for subject in report.subjects)
    yield ""
    if report.holds:
        yield "HOLDS   Nothing was found wrong."
    else:
        yield f"FAILS   {_many(kinds, 'thing was', 'things were')} found wrong: see below, each with what to do."
    if report.test:
        yield "        This is a SIMULATOR's journal: nobody real was looked at."
    if report.trust_root is None:
        yield "        Nobody said whom to believe, so nothing here is believed."


def _about(report: Report) -> Iterator[str]:
    if report.bundle is None:
        yield "  The bundle cannot be read."
        return
    yield f"  bundle      {report.bundle}"
    yield f"  device      {report.site}/{report.device}, journal {report.epoch}"
    if report.organisation is not None:
        yield f"  run by      {report.organisation}; ask {report.contact}"
    yield f"  journal     {report.leaves:,} lines, {_when(report.begins)} to {_when(report.ends)} UTC"
    yield f"  believed    {report.trust_root or 'nobody: name a trust root with --trust-root'}"
    if report.trust_root_versions:
        yield f"              trust root version {', '.join(map(str, report.trust_root_versions))}"
    for witness in report.witnesses:
        said = (
            "cosigned nothing here" if witness.at is None else f"cosigned {witness.size:,} lines, {_when(witness.at)}"
        )
        yield f"  witness     {witness.name}: {said}"
    if report.releases:
        yield f"  releases    {', '.join(report.releases)}"


def _subjects(report: Report, width: int) -> Iterator[str]:
    for subject in report.subjects:
        mark = "FAILS" if subject.failures else "ok   " if subject.examined else "?    "
        yield f"  {mark}  {subject.name}"
        for failed in subject.failures:
            yield from _failed(failed, width)


def _failed(failed: Failed, width: int) -> Iterator[str]:
    yield from _wrapped(f"{failed.sentence} [{failed.name}]", width, "         * ", "           ")
    for where in failed.where:
        place = "" if where.leaf is None else f"line {where.leaf}: "
        yield from _wrapped(f"{place}{_printable(where.detail)}", width, "           at ", "              ")
    if failed.count > len(failed.where):
        yield f"           and {failed.count - len(failed.where):,} more"
    yield from _wrapped(failed.remedy, width, "           -> ", "              ")


def _deployment(number: int, figures: Figures, width: int) -> Iterator[str]:
    kind = (
        f"{'TEST, ' if figures.test else ''}{'urgent, ' if figures.urgent else ''}{figures.use_case or 'not known why'}"
    )
    yield f"  {number}. {figures.authorisation} ({kind})"
    if figures.window is not None:
        yield from _row("authorised", f"{_when(figures.window[0])} to {_when(figures.window[1])}", width)
    ended = "still in force" if figures.ended is None else f"{_when(figures.ended)}, {WHY.get(figures.why or '', '')}"
    yield from _row("in force", f"{_when(figures.began)} to {ended}", width)
    times = _many(figures.intervals, "interval", "intervals")
    confirmed = _many(figures.presence, "time", "times")
    yield from _row("looked", f"{_span(figures.looked)} in {times}; presence confirmed {confirmed}", width)
    if figures.blind:
        yield from _row("blind", f"{_span(figures.blind)} more the camera was open and could not see", width)
    yield from _row("list", f"{_list(figures)}", width)
    yield from _row("searched", f"{_counted(figures.searches, figures.uncounted)}", width)
    yield from _row("hits", f"{_hits(figures.hits)}", width)
    yield from _row("false", f"{_rate(figures.rate)}", width)
    if figures.max_fpir is not None:
        yield from _row(
            "authorised", f"at most 1 in {_one_in(float(figures.max_fpir))}; threshold {figures.threshold}", width
        )
    if figures.above_authorised:
        yield from _row("", "MORE FALSE ALERTS THAN AUTHORISED, and more than chance explains", width)
    if figures.minutes_to_review is not None:
        yield from _row("reviewed", f"{figures.minutes_to_review:g} minutes after the hit (median)", width)


def _row(name: str, text: str, width: int) -> list[str]:
    return _wrapped(text, width, f"     {name:<12}", " " * 17)


def _list(figures: Figures) -> str:
    if figures.list_opened is None:
        return "never opened"
    people = ", ".join(f"{count} {category}" for category, count in figures.categories.items())
    gone = "not destroyed yet" if figures.list_destroyed is None else f"destroyed {_when(figures.list_destroyed)}"
    withdrawn = f", {figures.withdrawn} withdrawn" if figures.withdrawn else ""
    return f"{figures.list_entries:,} entries ({people}){withdrawn}; opened {_when(figures.list_opened)}, {gone}"


def _totals(report: Report, width: int) -> Iterator[str]:
    totals = report.totals
    if totals is None:
        return
    yield f"  Together: {_many(totals.deployments, 'deployment', 'deployments')}"
    yield from _row("looked", f"{_span(totals.looked)}", width)
    yield from _row("searched", f"{_counted(totals.searches, totals.uncounted)}", width)
    yield from _row("hits", f"{_hits(totals.hits)}", width)
    yield from _row("false", f"{_rate(totals.rate)}", width)


def _hits(hits: Hits) -> str:
    unresolved = f"{hits.unresolved} unresolved"
    parts = [
        f"{count} {word}"
        for count, word in ((hits.unreviewed, "unreviewed"), (hits.undelivered, "undelivered"), (hits.open, "open"))
        if count
    ]
    unresolved += f" ({', '.join(parts)})" if parts else ""
    return (
        f"{hits.committed} = {hits.confirmed} confirmed + {hits.false} false + {hits.inconclusive} inconclusive + "
        f"{unresolved}"
    )


def _rate(rate: Rate) -> str:
    if not rate.searches:
        return "no rate: nobody was searched for"
    low = "none at all" if rate.low == 0 else f"1 in {_one_in(rate.low)}"
    between = f"between {low} and 1 in {_one_in(rate.high)} (95\u00a0%)"
    worst = f"1 in {_one_in(rate.high_if_unresolved_were_false)}"
    return f"{rate.false} in {rate.searches:,}; the true rate lies {between}, at worst {worst}"


def _one_in(rate: float) -> str:
    return f"{1 / rate:,.0f}" if rate <= 0.1 else f"{1 / rate:,.1f}"


def _counted(searches: int, uncounted: int) -> str:
    more = f", and up to {uncounted:,} uncounted" if uncounted else ""
    return f"{_many(searches, 'face', 'faces')}{more}"


def _silences(report: Report) -> Iterator[str]:
    if not report.silences:
        yield "  Never for longer than between two heartbeats, and it was never started anew."
    for silence in report.silences:
        yield f"  {_when(silence.begins)} to {_when(silence.ends)}, {_span(silence.ends - silence.begins)}"


def _many(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _when(instant: datetime | None) -> str:
    return "?" if instant is None else f"{instant:%Y-%m-%d %H:%M:%S}"


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds // 3600} h {seconds // 60 % 60:02d} min {seconds % 60:02d} s"


def _printable(text: str) -> str:
    """Bundles come from outside: nothing in one may write to the terminal but letters."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _wrapped(text: str, width: int, first: str, then: str) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=then, break_on_hyphens=False) or [first]

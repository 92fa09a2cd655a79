"""The quality report for people: one page of HTML that stands by itself. No scripts, no pictures, nothing fetched.

It names entries by their opaque ids and pictures by their files, and shows no face: a picture may have others on it,
and whoever judges has the files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from html import escape
from typing import Final

from edge.control_room.enrolling.findings import ADVICE, Found, Outcome, Remark, Report
from edge.control_room.enrolling.style import STYLE

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_LONG: Final = 24
_NUMBERS: Final = ("Pictures", "Used", "Quality")
_NUMBER: Final = ' class="number"'
_WORDS: Final = {
    Outcome.USED: "used", Outcome.MISSING: "no such file", Outcome.OUTSIDE: "leads out of the folder",
    Outcome.LINK: "a link", Outcome.NOT_A_FILE: "not a file", Outcome.NOT_READABLE: "cannot be read",
    Outcome.OTHER_CONTENT: "not the file signed for", Outcome.TOO_LARGE: "file too large",
    Outcome.TOO_MANY: "too many pictures", Outcome.NOT_A_PICTURE: "not a picture",
    Outcome.OTHER_FORMAT: "another format", Outcome.ANIMATED: "animated", Outcome.TOO_MANY_PIXELS: "too many pixels",
    Outcome.DAMAGED: "damaged", Outcome.DECODER_FAILED: "too much for the decoder", Outcome.NO_FACE: "no face",
    Outcome.SEVERAL: "several faces", Outcome.SMALL: "too small", Outcome.TURNED: "turned away",
    Outcome.CUT: "cut off", Outcome.BLURRED: "blurred", Outcome.NOISY: "noisy", Outcome.FLAT: "flat light",
    Outcome.CLIPPED: "badly exposed", Outcome.HIDDEN: "hidden in part", Outcome.UNSTEADY: "unsteady for the model",
    Outcome.COPY: "a copy", Outcome.STRANGE: "another person", Outcome.DISAGREE: "pictures disagree",
}  # fmt: skip


def as_html(report: Report) -> str:
    """The page."""
    body = "\n".join(_body(report))
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex,noarchive">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Enrolment: quality report, {report.built:%Y-%m-%d}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{_marked(report)}\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _marked(report: Report) -> str:
    return (
        f'<header class="marking"><strong>{escape(report.marking)}</strong> '
        f'Delete by <time datetime="{report.delete.isoformat()}">{_day(report.delete)}</time>.</header>'
    )


def _body(report: Report) -> Iterator[str]:
    yield "<h1>Enrolment: quality report</h1>"
    yield _standing(report)
    yield from _figures(report)
    yield from _remarks(
        "What spoils the list", "faults", report.faults,
        "Nothing does.", "The list is not sealed while any of these stands: mend it, or leave the entry out by name.",
    )  # fmt: skip
    yield from _remarks(
        "For a person to judge", "warnings", report.warnings,
        "Nothing.", "None of these keeps the list from being sealed. What people are to each other is not inferred.",
    )  # fmt: skip
    yield from _outcomes(report.pictures)
    yield from _unused([found for found in report.pictures if not found.used])
    yield from _entries(report)
    yield from _made_from(report)


def _standing(report: Report) -> str:
    if report.faults:
        spoilt = len({entry for fault in report.faults for entry in fault.entries})
        return (
            f'<p class="standing fails" role="note"><strong>The list is spoilt</strong> by {_count(spoilt, "entry")}. '
            '<a href="#faults">See what is wrong with them.</a></p>'
        )
    judged = f' <a href="#warnings">{_count(len(report.warnings), "warning")}</a> to judge.' if report.warnings else ""
    return f'<p class="standing holds" role="note"><strong>The list can be sealed.</strong>{judged}</p>'


def _figures(report: Report) -> Iterator[str]:
    used = sum(found.used for found in report.pictures)
    figures = [
        ("entries with a template", len(report.entries)), ("pictures used", used),
        ("pictures not used", len(report.pictures) - used), ("entries left out by name", len(report.left_out)),
    ]  # fmt: skip
    yield '<ul class="figures">'
    yield from (f"<li><strong>{number:,}</strong> {name}</li>" for name, number in figures)
    yield "</ul>"
    yield f"<p>{escape(report.carried[:1].upper() + report.carried[1:])}.</p>"
    if report.cohort:
        yield f"<p>Every reference was compared with a cohort of {report.cohort:,} other people.</p>"


def _remarks(title: str, name: str, remarks: Sequence[Remark], none: str, about: str) -> Iterator[str]:
    yield f'<h2 id="{name}">{title}</h2>'
    if not remarks:
        yield f"<p>{none}</p>"
        return
    yield f'<p>{about}</p>\n<ul class="remarks">'
    yield from (f"<li>{escape(_sentence(remark.what))}</li>" for remark in remarks)
    yield "</ul>"


def _outcomes(pictures: Sequence[Found]) -> Iterator[str]:
    yield '<h2 id="outcomes">What became of the pictures</h2>'
    counts = Counter(found.outcome for found in pictures)
    rows = [
        (_cell(_WORDS[outcome], "th"), f'<td class="number">{number:,}</td>', _cell(ADVICE[outcome]))
        for outcome, number in counts.most_common()
    ]
    yield from _table("Pictures by what became of them", ("Outcome", "Pictures", "What to do"), rows)


def _unused(pictures: Sequence[Found]) -> Iterator[str]:
    yield '<h2 id="unused">Pictures that are not used</h2>'
    if not pictures:
        yield "<p>There are none.</p>"
        return
    rows = [
        (_cell(found.entry, "th"), _cell(found.picture), _cell(_WORDS[found.outcome]), _cell(_sentence(found.why)))
        for found in sorted(pictures, key=lambda found: (found.entry, found.picture))
    ]
    yield from _table("Pictures that are not used, and why", ("Entry", "Picture", "Outcome", "Why"), rows)


def _entries(report: Report) -> Iterator[str]:
    yield '<h2 id="entries">Entries</h2>'
    if not report.entries:
        yield "<p>There are none.</p>"
    rows = [
        (
            _cell(one.entry, "th"), _cell(one.category.value), _cell(one.rationale or "not said"),
            _cell(", ".join(source.value for source in one.sources)),
            _cell("not known" if one.newest is None else f"{one.newest:%Y-%m-%d}"),
            f'<td class="number">{one.used} of {one.pictures}</td>', f'<td class="number">{one.quality}</td>',
        )
        for one in report.entries
    ]  # fmt: skip
    if rows:
        heads = ("Entry", "Category", "Rationale", "Source", "Newest picture", "Used", "Quality")
        yield "<p>Quality is that of the best picture as such, 0 to 100: how well it can be compared.</p>"
        yield from _table("Entries that have a template", heads, rows)
    if report.left_out:
        left_out = ", ".join(f"<code>{escape(one)}</code>" for one in report.left_out)
        yield f"<h3>Left out by name</h3>\n<p>{left_out}</p>"


def _made_from(report: Report) -> Iterator[str]:
    yield '<h2 id="made-from">What this was made from</h2>'
    export = "none" if report.export is None else report.export
    rows = [
        (_cell(name, "th"), _cell(value))
        for name, value in (
            ("Origin", report.origin), ("Export (SHA-256)", export), ("Counts as built", _instant(report.built)),
            ("Detector", report.detector), ("Embedder", report.embedder), ("Delete by", _instant(report.delete)),
        )
    ]  # fmt: skip
    yield from _table("Origin, models and times", ("What", "Which"), rows)


def _table(caption: str, heads: Iterable[str], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield f'<div class="table" role="region" aria-label="{escape(caption)}" tabindex="0"><table>'
    yield f"<caption>{escape(caption)}</caption>\n<thead><tr>"
    yield "".join(f'<th scope="col"{_NUMBER if head in _NUMBERS else ""}>{escape(head)}</th>' for head in heads)
    yield "</tr></thead>\n<tbody>"
    yield from (f"<tr>{''.join(row)}</tr>" for row in rows)
    yield "</tbody>\n</table></div>"


def _cell(text: str, kind: str = "td") -> str:
    long = ' class="long"' if len(text) > _LONG else ""
    scope = f' scope="row"{long}' if kind == "th" else ""
    return f"<{kind}{scope}>{escape(text)}</{kind}>"


def _sentence(text: str) -> str:
    ended = text if text.endswith((".", "?", "!")) else f"{text}."
    return ended[:1].upper() + ended[1:]


def _count(number: int, noun: str) -> str:
    plural = "entries" if noun == "entry" else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def _day(instant: datetime) -> str:
    return f"{instant.day} {instant:%B %Y}"


def _instant(instant: datetime) -> str:
    return f"{_day(instant)}, {instant:%H:%M} UTC"

"""The same words on a page that can be printed and kept in a folder. It stands by itself: nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from edge.control_room.authority import words
from edge.control_room.authority.words import Row, Section
from edge.domain.authorisation import Authorisation
from edge.domain.authority import KeyId, Role
from edge.wire.signed import canonical, digest

_NAMES: Final = {
    "why": "Why", "where": "Where", "when": "When", "who": "Who is looked for", "how": "How precisely, and with what",
    "hits": "What becomes of hits", "view": "What else is seen", "by": "By whom", "after": "What was written before",
}  # fmt: skip


def as_html(
    document: Authorisation, signers: tuple[tuple[Role, KeyId], ...] = (), missing: tuple[Role, ...] = ()
) -> str:
    """The page."""
    title = words.title(document)
    body = "\n".join(_body(document, title, signers, missing))
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        "</body>\n</html>\n"
    )


def _body(
    document: Authorisation, title: str, signers: tuple[tuple[Role, KeyId], ...], missing: tuple[Role, ...]
) -> Iterator[str]:
    yield f"<h1>{escape(title)}</h1>"
    if document.test:
        yield '<p class="loud"><strong>A test.</strong> Valid on the simulator alone.</p>'
    yield (
        "<p>Who signs this allows live facial recognition at one place, for these hours, for these people, and for "
        "nothing else. Read all of it. A possible match is a lead for a person, never an identification.</p>"
    )
    for section in words.sections(document):
        yield _section(section)
    yield "<section>\n<h2>Signatures</h2>\n<dl>"
    for role, identifier in signers:
        yield f"<dt>{escape(role.value)}</dt>\n<dd>signed with <code>{escape(identifier)}</code></dd>"
    for role in missing:
        yield f'<dt>{escape(role.value)}</dt>\n<dd class="loud">has not signed</dd>'
    yield "</dl>\n</section>"
    yield (
        "<footer><p>What is signed is the document, not this page. Its SHA-256 is "
        f"<code>{digest(canonical(document))}</code>.</p></footer>"
    )


def _section(section: Section) -> str:
    rows = "\n".join(_row(row) for row in section.rows)
    return f"<section>\n<h2>{escape(_NAMES[section.name])}</h2>\n<ul>\n{rows}\n</ul>\n</section>"


def _row(row: Row) -> str:
    value = f"<code>{escape(row.value)}</code>" if row.value else ""
    said = f"{escape(row.text)}{': ' if row.text and value else ''}{value}"
    return f'<li class="loud">{said}</li>' if row.loud else f"<li>{said}</li>"


_STYLE: Final = (
    ":root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--line:#767676;--loud:#fff1d6;--edge:#8a5a00}"
    "@media(prefers-color-scheme:dark){:root{--ink:#ececec;--paper:#141414;--line:#8f8f8f;--loud:#3a2c08;--edge:#e0a93a}}"
    "body{font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0}"
    "main{max-width:46rem;margin:0 auto;padding:1.5rem}h1{font-size:1.6rem;line-height:1.2;margin:0 0 1rem}"
    "h2{font-size:1.1rem;margin:1.6rem 0 .4rem;border-bottom:1px solid var(--line)}"
    "ul{list-style:none;margin:0;padding:0}li,dd{padding:.15rem 0;overflow-wrap:anywhere}"
    "dl{display:grid;grid-template-columns:minmax(10rem,auto) 1fr;gap:0 1rem;margin:0}dt{font-weight:600}dd{margin:0}"
    "code{font:.85em ui-monospace,monospace;overflow-wrap:anywhere}"
    ".loud{background:var(--loud);border-left:.35rem solid var(--edge);padding:.3rem .7rem;font-weight:600}"
    "footer{margin-top:2rem;font-size:.9rem}"
    "@media(max-width:32rem){dl{display:block}}"
    "@media print{:root{--ink:#000;--paper:#fff;--line:#555;--loud:#fff;--edge:#000}main{max-width:none;padding:0}"
    "body{font-size:10pt}section,li{break-inside:avoid}h2{break-after:avoid}}"
)

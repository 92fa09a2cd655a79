"""What people read before they sign: all of it, in words, at a terminal and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from msgspec import UNSET

from edge.control_room.authority import page, words
from edge.domain.authorisation import Category, ImageSource, UseCase
from edge.domain.authority import Role
from edge.wire.signed import key_id
from tests.vectors.people import DOCUMENT, KEYS, plain


def values(document: Any) -> Iterator[str]:
    """Every text in a document."""
    if isinstance(document, dict):
        for value in document.values():
            yield from values(value)
    elif isinstance(document, list):
        for value in document:
            yield from values(value)
    elif isinstance(document, str):
        yield document


class Reader(HTMLParser):
    """What a browser would read aloud, and what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def on_paper(html: str) -> str:
    reader = Reader()
    reader.feed(html)
    return " ".join("".join(reader.said).split())


@pytest.mark.parametrize("said", [words.as_text(DOCUMENT), on_paper(page.as_html(DOCUMENT))], ids=["text", "page"])
def test_every_name_digest_key_and_reference_is_in_the_words(said: str) -> None:
    found = plain(DOCUMENT)
    recipients = found.pop("recipients")
    shown_otherwise = {found[name] for name in ("not_before", "not_after")}
    shown_otherwise |= {found["watchlist"]["built"], *found["retention"].values(), found["preview"]["every"]}
    for value in set(values(found)) - shown_otherwise:
        assert value in said
    for recipient in recipients:
        assert key_id(recipient["sign"]) in said


@pytest.mark.parametrize(
    "said",
    [
        "2026-06-01 09:30Z to 2026-06-01 13:00Z (3.5 h)",
        "37 entries, at most 100 for this purpose",
        "30 wanted by a court (at most 80): wanted-by-court",
        "2 UNDER 18 AND AT RISK (AT MOST 5, SENSITIVE): under-18-at-risk",
        "SENSITIVE CATEGORIES DECIDED ON IN: S-17",
        "pictures of 30 taken in custody: custody",
        "built 2026-06-01 04:00Z",
        "at most 1 in 10,000 unlisted passers-by may be pointed at by mistake (0.0001, maximum FPIR)",
        "kept for 24 h, then their keys are destroyed; undelivered, for 10 min",
        "recipients see a mosaic of 16 x 9 cells, in which nobody can be told, every 30 s at most: decided in: DEC-7",
    ],
)
def test_times_counts_limits_and_rates_are_in_plain_words(said: str) -> None:
    assert said in words.as_text(DOCUMENT)


def test_without_a_preview_it_says_that_nothing_is_shown() -> None:
    assert "nothing of it is shown to anybody but in a hit" in words.as_text(replace(DOCUMENT, preview=UNSET))


def test_what_is_unusual_stands_out() -> None:
    usual = words.as_text(DOCUMENT)
    assert "URGENT" not in usual
    assert "TEST" not in usual
    assert "EXTRAPOLATED" not in usual
    uncapped = replace(DOCUMENT.watchlist, caps=DOCUMENT.watchlist.caps[1:])
    odd = replace(DOCUMENT, urgent=True, test=True, accepts_extrapolation=True, watchlist=uncapped)
    unusual = words.as_text(odd)
    assert "TEST URGENT Authorisation" in unusual
    assert "TO BE RATIFIED BY THE AUTHORISING OFFICER WITHIN 24 H, OR ALL OF IT IS DESTROYED" in unusual
    assert "EXTRAPOLATED" in unusual
    assert "NO LIMIT STATED" in unusual
    assert page.as_html(odd).count('class="loud"') > page.as_html(DOCUMENT).count('class="loud"')


def test_every_purpose_category_and_source_has_words() -> None:
    assert set(words.PURPOSES) == set(UseCase)
    assert set(words.CATEGORIES) == set(Category)
    assert set(words.SOURCES) == set(ImageSource)


def test_a_rate_is_said_as_people_say_it_however_small_it_is() -> None:
    assert words.one_in(Decimal("0.0001")) == "1 in 10,000"
    assert "very many" in words.as_text(replace(DOCUMENT, max_fpir=Decimal("1e-9999")))


def test_the_page_stands_by_itself_and_says_who_has_signed_and_who_has_not() -> None:
    signer = (Role.AUTHORISING_OFFICER, key_id(KEYS[Role.AUTHORISING_OFFICER].public))
    html = page.as_html(DOCUMENT, (signer,), (Role.COUNTERSIGNING_OFFICER,))
    reader = Reader()
    reader.feed(html)
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(reader.tags)
    assert not [name for name, _ in reader.attributes if name.startswith("on") or name in ("src", "href", "style")]
    assert reader.tags.count("h1") == 1
    said = on_paper(html)
    assert f"signed with {signer[1]}" in said
    assert "countersigning-officer has not signed" in said
    assert "never an identification" in said

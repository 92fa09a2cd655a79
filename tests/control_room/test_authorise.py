"""What people read before they sign, and what they are kept from signing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec import UNSET

from edge.control_room import authorise
from edge.domain.authorisation import Authorisation
from edge.domain.errors import Misconfigured, Reason
from edge.domain.rules import breaks
from edge.wire.signed import Kind, key_id, sign
from tests.vectors.people import COUNTER, DOCUMENT, INDEPENDENT, OFFICER, URGENT, plain


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


def test_every_name_digest_key_and_reference_is_in_the_words() -> None:
    said = authorise.in_words(DOCUMENT)
    found = plain(DOCUMENT)
    recipients = found.pop("recipients")
    shown_otherwise = {found[name] for name in ("not_before", "not_after", "max_fpir")}
    shown_otherwise |= {found["watchlist"]["built"], *found["retention"].values(), found["preview"]["every"]}
    for value in set(values(found)) - shown_otherwise:
        assert value in said
    for recipient in recipients:
        assert key_id(recipient["sign"]) in said


@pytest.mark.parametrize(
    "words",
    [
        "2026-06-01 09:30Z to 2026-06-01 13:00Z (3.5 h)",
        "37 entries, at most 100 for this purpose",
        "30 wanted-by-court (at most 80)",
        "2 under-18-at-risk (at most 5)  SENSITIVE",
        "sensitive categories authorised by S-17: under-18-at-risk",
        "pictures from: 30 custody, 7 missing-person-file",
        "built 2026-06-01 04:00Z",
        "at most 0.01% (1 in 10,000) of unlisted passers-by",
        "recipients see a mosaic of 16 x 9 cells, in which nobody can be told, every 30 s at most: decided in DEC-7",
        "sealed to 1 recipient, kept for 24 h; undelivered, for 10 min",
    ],
)
def test_times_counts_limits_and_rates_are_in_plain_words(words: str) -> None:
    assert words in authorise.in_words(DOCUMENT)


def test_without_a_preview_it_says_so() -> None:
    assert "nothing of it is shown to anybody but in a hit" in authorise.in_words(replace(DOCUMENT, preview=UNSET))


def test_what_is_unusual_stands_out() -> None:
    usual = authorise.in_words(DOCUMENT)
    assert "URGENT" not in usual
    assert "TEST" not in usual
    assert "EXTRAPOLATED" not in usual
    unusual = authorise.in_words(replace(DOCUMENT, urgent=True, test=True, accepts_extrapolation=True))
    assert "TEST URGENT Authorisation" in unusual
    assert "to be ratified by the authorising officer within 24 h, or all of it is destroyed" in unusual
    assert "EXTRAPOLATED" in unusual


def test_nobody_signs_what_every_device_would_refuse() -> None:
    over: Authorisation = replace(DOCUMENT, watchlist=replace(DOCUMENT.watchlist, cap=36))
    refused = breaks(over)
    assert refused is not None
    assert refused.reason is Reason.OVER_CAP
    with pytest.raises(Misconfigured, match="over-cap"):
        authorise.first_signature(over, OFFICER)
    with pytest.raises(Misconfigured, match="over-cap"):
        authorise.countersign(sign(over, Kind.AUTHORISATION, OFFICER), COUNTER)


def test_a_third_person_may_sign_and_nobody_twice() -> None:
    signed = authorise.first_signature(DOCUMENT, OFFICER)
    for signer in (COUNTER, INDEPENDENT):
        signed, document = authorise.countersign(signed, signer)
        assert document == DOCUMENT
    assert len(signed.signatures) == 3
    with pytest.raises(Misconfigured, match="signed it before"):
        authorise.countersign(signed, OFFICER)


def test_an_urgent_one_is_signed_for_four_hours_and_no_longer() -> None:
    urgent = replace(DOCUMENT, urgent=True, not_after=DOCUMENT.not_before + timedelta(hours=4))
    authorise.first_signature(urgent, URGENT)
    with pytest.raises(Misconfigured, match="an urgent window is at most 4 hours"):
        authorise.first_signature(replace(urgent, not_after=urgent.not_after + timedelta(seconds=1)), URGENT)

"""The published schemas, asked by another's validator, say of every vector what the product says, if they can."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from edge import schemas

CASES = Path(__file__).parent / "authorisations"
Json = dict[str, Any]


def published(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads(resources.files("edge.schemas").joinpath(f"{name}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


AUTHORISATION, SIGNED = published("authorisation"), published("signed")


def vectors() -> list[tuple[str, Json]]:
    return [
        (f"{path.stem}: {case['case']}", case)
        for path in sorted(CASES.glob("*/*.json"))
        for case in json.loads(path.read_text())["cases"]
    ]


def valid(case: Json) -> bool:
    raw = case["signed"].get("payload", "")
    if not SIGNED.is_valid(case["signed"]) or "=" in raw:
        return False
    try:
        document = json.loads(urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
    except (ValueError, RecursionError):
        return False
    return bool(AUTHORISATION.is_valid(document))


VECTORS = vectors()
SIGNERS = "two-people-of-distinct-authorising-roles-sign-with-pinned-ke"
BEYOND = {
    "what fields must be together": {
        "not_after: before the beginning",
        "recipients.0.sign: the same as its seal",
        "retention.hit: shorter than undelivered hits are kept",
        "watchlist.caps.0.category: twice",
        "watchlist.categories.0.category: twice",
        "watchlist.categories.0.entries: adds up to more",
        "watchlist.entries: not what the categories add up to",
        "watchlist.sources.0.source: twice",
    },
    "how large a decimal number, an instant or a span in a string is": {
        "max_fpir: zero",
        "max_fpir: one",
        "max_fpir: not a number",
        "not_after: no such day",
        "not_before: without a zone",
        "preview.every: less often than every hour",
        "preview.every: oftener than every ten seconds",
        "retention.hit: more than 31 days",
        "retention.hit: less than none",
        "retention.undelivered: more than 10 minutes",
        "retention.undelivered: none",
        "watchlist.built: without a zone",
    },
    "which of several spellings is the canonical one": {
        "max_fpir: not in canonical form",
        "recipients.0.seal: not canonical base64url",
        "recipients.0.sign: not canonical base64url",
        "the-payload-is-exactly-the-canonical-form-of-an-authorisatio: white space",
        "the-payload-is-exactly-the-canonical-form-of-an-authorisatio: keys that are not sorted",
        "the-payload-is-exactly-the-canonical-form-of-an-authorisatio: a field twice",
    },
    "what is encoded in the header of a signature": {
        f"{SIGNERS}: {case}"
        for case in (
            "a header with a critical extension",
            "a header with a key id that is none",
            "a header with a key of its own",
            "a header with the algorithm none",
            "a header with the algorithm's old name",
            "a header without an algorithm",
            "signed as an order",
        )
    },
    "what a key is worth": {"recipients.0.seal: a point of low order, to which nothing can be sealed"},
}
"""What JSON Schema cannot say; the rules in the schema's description do."""


def test_what_the_product_refuses_for_any_other_reason_has_the_right_form() -> None:
    assert [name for name, case in VECTORS if case["expect"] != "malformed" and not valid(case)] == []


def test_what_the_product_calls_malformed_is_invalid_but_for_what_a_schema_cannot_say() -> None:
    passed = {name for name, case in VECTORS if case["expect"] == "malformed" and valid(case)}
    assert passed == set().union(*BEYOND.values())


def test_a_field_left_out_or_of_another_type_is_invalid_every_time() -> None:
    spoilt = [(name, case) for name, case in VECTORS if name.endswith((": left out", ": of another type"))]
    assert len(spoilt) >= 100
    assert [name for name, case in spoilt if valid(case)] == []


@pytest.mark.parametrize("name", schemas.names())
def test_every_published_schema_is_one(name: str) -> None:
    published(name)

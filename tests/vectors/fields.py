"""Every field of an authorisation, spoilt: left out, of another type, and of values that are wrong in other ways."""

from __future__ import annotations

import copy
import dataclasses
import typing
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from edge.domain.authorisation import Authorisation
from edge.domain.authority import Role
from edge.wire.signed import key_id
from tests.vectors.people import DOCUMENT, KEYS, NOW, RECIPIENT, STRANGER, plain

OPTIONAL = {("preview",)}
"""What may be left out."""
Path = tuple[str | int, ...]
HOUR = timedelta(hours=1)


def _at(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


VALUES: dict[str, list[tuple[str, Any, str]]] = {
    "id": [("a name, with a space", "John Smith", "malformed"), ("empty", "", "malformed")],
    "sequence": [("zero", 0, "malformed"), ("too large for JSON", 2**53, "malformed")],
    "test": [("marked as a test", True, "test-only")],
    "urgent": [("urgent, but signed as an ordinary one", True, "wrong-role")],
    "use_case": [("not on the closed list", "intelligence", "malformed"), ("a test", "accuracy-test", "wrong-list")],
    "site": [("another site", "elsewhere", "wrong-device"), ("not a name", "High Street", "malformed")],
    "device": [("another device", "post-8", "wrong-device"), ("not a name", "../post-7", "malformed")],
    "zone": [("another zone", "0" * 64, "wrong-zone"), ("upper case", "A" * 64, "malformed")],
    "not_before": [
        ("not yet", _at(NOW + HOUR), "not-yet-valid"),
        ("more than 12 hours before the end", _at(NOW - 9 * HOUR - timedelta(seconds=1)), "lives-too-long"),
        ("without a zone", "2026-06-01T09:30:00", "malformed"),
    ],
    "not_after": [
        ("over", _at(NOW), "expired"),
        ("before the beginning", _at(NOW - HOUR), "malformed"),
        ("more than 12 hours after the beginning", _at(NOW + 12 * HOUR), "lives-too-long"),
        ("no such day", "2026-02-30T10:00:00Z", "malformed"),
    ],
    "watchlist": [("nothing", None, "malformed")],
    "watchlist.digest": [("too short", "4" * 63, "malformed")],
    "watchlist.entries": [
        ("none", 0, "malformed"),
        ("not what the categories add up to", 38, "malformed"),
        ("more than any list may have", 10_001, "malformed"),
    ],
    "watchlist.cap": [("fewer than are listed", 36, "over-cap"), ("more than any list may have", 10_001, "malformed")],
    "watchlist.categories": [("none", [], "malformed")],
    "watchlist.categories.0.category": [
        ("not on the closed list", "associate", "malformed"),
        ("twice", "missing-at-risk", "malformed"),
        ("another one, without a limit", "risk-of-harm", "not-capped"),
        ("volunteers among others", "volunteer", "wrong-list"),
        ("synthetic", "synthetic", "test-only"),
    ],
    "watchlist.categories.0.entries": [("fewer than none", -1, "malformed"), ("adds up to more", 31, "malformed")],
    "watchlist.caps": [("none", [], "malformed")],
    "watchlist.caps.0.category": [
        ("not on the closed list", "other", "malformed"),
        ("twice", "missing-at-risk", "malformed"),
        ("one that is not listed", "risk-of-harm", "not-capped"),
    ],
    "watchlist.caps.0.most": [("fewer than are listed", 29, "over-cap"), ("none", 0, "malformed")],
    "watchlist.sources": [("none", [], "malformed")],
    "watchlist.sources.0.source": [
        ("not a lawful one", "driving-licences", "malformed"),
        ("twice", "missing-person-file", "malformed"),
        ("no picture at all", "none", "wrong-source"),
        ("volunteers, of whom none is listed", "volunteer", "wrong-source"),
    ],
    "watchlist.sources.0.entries": [
        ("some entries come from nowhere", 29, "wrong-source"),
        ("more than there are entries", 38, "wrong-source"),
        ("none", 0, "malformed"),
    ],
    "watchlist.built": [
        ("more than 24 hours ago", _at(NOW - 24 * HOUR - timedelta(seconds=1)), "list-stale"),
        ("in the future", _at(NOW + timedelta(seconds=6)), "list-stale"),
        ("without a zone", "2026-06-01T04:00:00", "malformed"),
    ],
    "sensitive": [("none, though a sensitive category is listed", None, "sensitive")],
    "sensitive.categories": [
        ("none", [], "malformed"),
        ("one that is not listed besides", ["under-18-at-risk", "victim-or-witness-at-risk"], "sensitive"),
        ("the same twice", ["under-18-at-risk", "under-18-at-risk"], "sensitive"),
        ("another one", ["victim-or-witness-at-risk"], "sensitive"),
        ("one that is not sensitive", ["wanted-by-court"], "sensitive"),
    ],
    "sensitive.reference": [("a name, with a space", "Chief Smith", "malformed")],
    "models": [("nothing", None, "malformed")],
    "models.detector": [("another one", "0" * 64, "wrong-model"), ("not a digest", "retinaface", "malformed")],
    "models.embedder": [("another one", "0" * 64, "wrong-model"), ("not a digest", "mobilefacenet", "malformed")],
    "calibration": [("another one", "0" * 64, "wrong-calibration"), ("not a digest", "0.64", "malformed")],
    "configuration": [("another one", "0" * 64, "wrong-configuration"), ("not a digest", "", "malformed")],
    "max_fpir": [
        ("above 1 in 1,000", "0.0011", "max-fpir-too-high"),
        ("zero", "0", "malformed"),
        ("one", "1", "malformed"),
        ("not a number", "NaN", "malformed"),
        ("not in canonical form", "1E-4", "malformed"),
    ],
    "accepts_extrapolation": [("nothing", None, "malformed")],
    "retention": [("nothing", None, "malformed")],
    "retention.hit": [
        ("more than 31 days", "P31DT1S", "malformed"),
        ("shorter than undelivered hits are kept", "PT599S", "malformed"),
        ("less than none", "-PT1S", "malformed"),
    ],
    "retention.undelivered": [("more than 10 minutes", "PT601S", "malformed"), ("none", "PT0S", "malformed")],
    "operators": [
        ("nobody", [], "malformed"),
        ("a key that is not pinned", [key_id(STRANGER.public)], "unknown-key"),
        ("the officer on scene", [key_id(KEYS[Role.PRESENCE].public)], "wrong-role"),
    ],
    "presence": [
        ("nobody", [], "malformed"),
        ("a key that is not pinned", [key_id(STRANGER.public)], "unknown-key"),
        ("the operator", [key_id(KEYS[Role.OPERATOR].public)], "wrong-role"),
    ],
    "reviewers": [
        ("nobody", [], "malformed"),
        ("a key that is not pinned", [key_id(STRANGER.public)], "unknown-key"),
        ("the operator", [key_id(KEYS[Role.OPERATOR].public)], "wrong-role"),
    ],
    "recipients": [("nobody", [], "malformed")],
    "recipients.0": [("nothing", None, "malformed")],
    "recipients.0.sign": [
        ("the operator's", KEYS[Role.OPERATOR].public, "wrong-role"),
        ("too short", "A" * 42, "malformed"),
        ("not canonical base64url", RECIPIENT.public[:42] + "B", "malformed"),
        ("the same as its seal", plain(DOCUMENT)["recipients"][0]["seal"], "malformed"),
    ],
    "recipients.0.seal": [
        ("too short", "A" * 42, "malformed"),
        ("not canonical base64url", "A" * 42 + "B", "malformed"),
        ("a point of low order, to which nothing can be sealed", "A" * 43, "malformed"),
    ],
    "preview": [("nothing, spelt out", None, "malformed")],
    "preview.every": [
        ("oftener than every ten seconds", "PT9.999999S", "malformed"),
        ("less often than every hour", "PT3600.000001S", "malformed"),
    ],
    "preview.reference": [("a name, with a space", "Chief Smith", "malformed")],
    "references": [("nothing", None, "malformed")],
    "references.impact_assessment": [("empty", "", "malformed")],
    "references.equality_assessment": [
        ("empty", "", "malformed"),
        ("a number, which nothing can be held against", "EIA-2", "malformed"),
        ("a digest that is too short", "6" * 63, "malformed"),
        ("not lower case", "A" * 64, "malformed"),
    ],
    "references.community_assessment": [("empty", "", "malformed")],
    "references.signage": [("empty", "", "malformed")],
}
"""What is wrong with a value, the value, and the reason that the door must give."""


def paths(kind: type = Authorisation, before: Path = ()) -> Iterator[Path]:
    """Every field of the document and of every document within it; of a list, those of its first item."""
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        here = (*before, field.name)
        yield here
        noun = _noun_of(hints[field.name])
        if noun is not None:
            is_list = isinstance(_value(plain(DOCUMENT), here), list)
            if is_list:
                yield (*here, 0)
            yield from paths(noun, (*here, 0) if is_list else here)


def cases(path: Path) -> Iterator[tuple[str, dict[str, Any], str]]:
    """How a field is spoilt, the spoilt document, and the reason that the door must give."""
    if not isinstance(path[-1], int):
        spoilt = copy.deepcopy(plain(DOCUMENT))
        del _value(spoilt, path[:-1])[path[-1]]
        if path not in OPTIONAL:
            yield "left out", spoilt, "malformed"
    yield "of another type", _with(path, _other_type(_value(plain(DOCUMENT), path))), "malformed"
    for what, value, expected in VALUES.get(name(path), []):
        yield what, _with(path, value), expected


def name(path: Path) -> str:
    """A field's name, with dots."""
    return ".".join(map(str, path))


def _with(path: Path, value: Any) -> dict[str, Any]:
    spoilt = copy.deepcopy(plain(DOCUMENT))
    _value(spoilt, path[:-1])[path[-1]] = value
    return spoilt


def _value(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def _other_type(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return {str: 7, int: str(value), dict: [], list: {}}[type(value)]


def _noun_of(hint: Any) -> type | None:
    """The dataclass within a field's type, if there is one."""
    if dataclasses.is_dataclass(hint):
        return hint if isinstance(hint, type) else None
    return next((noun for inner in typing.get_args(hint) if (noun := _noun_of(inner)) is not None), None)

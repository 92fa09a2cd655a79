"""The form of an authorisation: what a person writes, and everything that is wrong with how they wrote it.

Each table answers one question. Nothing in it is computed by hand: digests, counts and sources come from the files that
it names.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, TypeVar, get_type_hints

import msgspec
from msgspec import Meta

from edge.control_room.authority.lines import Document, Place
from edge.domain.authorisation import (
    MAX_LIST_ENTRIES,
    MAX_PREVIEW_INTERVAL,
    MIN_PREVIEW_INTERVAL,
    Category,
    Preview,
    UseCase,
)
from edge.domain.authority import Identifier
from edge.domain.errors import Misconfigured

Text = Annotated[str, Meta(min_length=1, max_length=300)]
Many = Annotated[tuple[Text, ...], Meta(min_length=1, max_length=32)]
Cap = Annotated[int, Meta(ge=1, le=MAX_LIST_ENTRIES)]
Every = Annotated[float, Meta(ge=MIN_PREVIEW_INTERVAL.total_seconds(), le=MAX_PREVIEW_INTERVAL.total_seconds())]
T = TypeVar("T")
SMALLEST: Final = Decimal("1e-12")
"""No evidence reaches further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The purpose, and what was written and decided before."""

    use_case: UseCase
    impact_assessment: Identifier
    equality_assessment: Text
    """SHA-256 of the published evidence, or its file."""
    community_assessment: Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The place."""

    device: Text
    """File of what is true of the device: ``lamppost facts``, or ``lamppost authority device``."""
    signage: Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """The watchlist, and the limits that it is held against."""

    watchlist: Text
    cap: Cap
    caps: Annotated[dict[Category, Cap], Meta(min_length=1)]
    sensitive_reference: Identifier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The window."""

    begins: datetime | None = None
    """Now, where absent."""
    hours: Annotated[float, Meta(ge=0.05, le=744)]


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How precisely, and what is kept how long."""

    max_fpir: Decimal
    accepts_extrapolation: bool = False
    hit_retention_hours: Annotated[float, Meta(gt=0, le=744)] = 24
    undelivered_minutes: Annotated[float, Meta(gt=0, le=10)] = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """By whom: key ids, or files of public keys."""

    operators: Many
    presence: Many
    reviewers: Many
    recipients: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=16)]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What of the view recipients see besides hits; without this table, nothing."""

    every_seconds: Every
    """From one mosaic, in which nobody can be told, to the next."""
    reference: Identifier
    """Of the decision that it is necessary."""

    def preview(self) -> Preview:
        """What the document says."""
        return Preview(every=timedelta(seconds=self.every_seconds), reference=self.reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands before the first table."""

    id: Identifier
    sequence: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None
    """It has to rise; the time in seconds, where absent."""
    urgent: bool = False
    test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """All of it. What was wrong is None."""

    head: Head | None
    why: Why | None
    where: Where | None
    who: Who | None
    when: When | None
    how: How | None
    hands: Hands | None
    view: View | None
    """None, too, where the form has no such table."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to change, and where."""

    line: int | None
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{'' if self.line is None else f'line {self.line}: '}{self.what} {self.remedy}"


@dataclass(slots=True)
class Problems:
    """Everything that is wrong with one form."""

    document: Document
    found: list[Problem] = field(default_factory=list)

    def add(self, place: Place, what: str, remedy: str) -> None:
        """Something is wrong at a place."""
        self.found.append(Problem(self.document.line(place), f"{_named(place)}: {what}", remedy))

    def stop(self) -> None:
        """Raises Misconfigured with all of them, in the order of their lines, where there are any."""
        if not self.found:
            return
        ordered = sorted(dict.fromkeys(self.found), key=lambda one: one.line or 0)
        listed = "".join(f"\n  {problem}" for problem in ordered)
        count = "1 thing" if len(ordered) == 1 else f"{len(ordered)} things"
        raise FormRefused(f"{self.document.name}: {count} to change:{listed}\n", "Nothing was signed.", ordered)


class FormRefused(Misconfigured):
    """A form with problems."""

    def __init__(self, what: str, remedy: str, problems: list[Problem]) -> None:
        super().__init__(what, remedy)
        self.problems = problems


_TABLES: Final[dict[str, type]] = {"why": Why, "where": Where, "who": Who, "when": When, "how": How, "hands": Hands}
_OPTIONAL: Final[dict[str, type]] = {"view": View}
_OPAQUE: Final = "Write 1 to 64 letters, digits, dots, dashes or underscores: a reference, never a name."
_REMEDIES: Final = {
    "use_case": f"Write one of: {', '.join(case.value for case in UseCase)}.",
    "caps": f"Write a number for each category on the list; there are: {', '.join(one.value for one in Category)}.",
    "cap": f"Write a number from 1 to {MAX_LIST_ENTRIES:,}.",
    "begins": "Write a time with its zone, such as 2026-06-01T09:30:00Z, without quotes.",
    "hours": "Write a number of hours, such as 3.5.",
    "max_fpir": 'Write a share such as 0.001, or "1 in 1,000".',
    "hit_retention_hours": "Write a number of hours up to 744 (31 days).",
    "undelivered_minutes": "Write a number of minutes up to 10.",
    "sequence": "Write a whole number that rises with every authorisation, or leave it out.",
    "accepts_extrapolation": "Write true or false.",
    "urgent": "Write true or false.",
    "test": "Write true or false.",
    "watchlist": "Name the file of the sealed list.",
    "device": "Name the file of what is true of the device: lamppost authority device.",
    "equality_assessment": "Write the SHA-256 of the published evidence, or name its file.",
    "operators": "Name one key or more in [brackets]: key ids, or .pub files.",
    "presence": "Name one key or more in [brackets]: key ids, or .pub files.",
    "reviewers": "Name one key or more in [brackets]: key ids, or .pub files.",
    "recipients": "Name one recipient or more in [brackets]: .pub files.",
    "every_seconds": "Write a number of seconds from 10 to 3600.",
}


def read(document: Document) -> tuple[Form, Problems]:
    """The form, as far as it can be read, and what cannot."""
    problems = Problems(document)
    outside = {name: value for name, value in document.values.items() if name not in _TABLES | _OPTIONAL}
    head = _table(Head, outside, (), problems)
    tables: dict[str, Any] = {}
    for name, kind in (_TABLES | _OPTIONAL).items():
        given = document.values.get(name)
        if given is None and name in _OPTIONAL:
            continue
        if isinstance(given, dict):
            tables[name] = _table(kind, given, (name,), problems)
        else:
            said = "is not there" if given is None else "is no table"
            problems.add((name,), said + ".", f"Begin it with [{name}]: {', '.join(_needed(kind))}.")
    return Form(head=head, **{name: tables.get(name) for name in _TABLES | _OPTIONAL}), problems


def _table(kind: type[T], given: dict[str, Any], place: Place, problems: Problems) -> T | None:
    known, before = get_type_hints(kind, include_extras=True), len(problems.found)
    for name in given.keys() - known.keys():
        near = difflib.get_close_matches(name, known, 1)
        problems.add((*place, name), "there is no such thing.", f"Did you mean {near[0]}?" if near else "Remove it.")
    values = {}
    for name in _needed(kind):
        if name not in given:
            problems.add(place, f"{name} is missing.", _REMEDIES.get(name, _OPAQUE))
    for name in given.keys() & known.keys():
        try:
            values[name] = _value(name, given[name], known[name])
        except (ValueError, TypeError, OverflowError) as error:
            _wrong((*place, name), given[name], error, problems)
    return kind(**values) if len(problems.found) == before else None


def _value(name: str, given: object, kind: object) -> object:
    if name == "max_fpir":
        return rate(given)
    if isinstance(given, bool) and kind is not bool:
        raise ValueError(name)
    found = msgspec.convert(given, type=kind, strict=not isinstance(given, Decimal))
    if isinstance(found, datetime) and found.tzinfo is None:
        raise ValueError(name)
    return found


def _wrong(place: Place, given: object, error: Exception, problems: Problems) -> None:
    """One line for each item that is wrong, where it is a list or a table that is."""
    name, remedy = str(place[-1]), _REMEDIES.get(str(place[-1]), _OPAQUE)
    if name == "caps" and isinstance(given, dict):
        for category, most in given.items():
            if category not in {one.value for one in Category}:
                problems.add((*place, category), "there is no such category.", remedy)
            elif not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= MAX_LIST_ENTRIES:
                problems.add((*place, category), f"{_shown(most)} will not do.", _REMEDIES["cap"])
    elif isinstance(given, list) and any(not isinstance(one, str) or not one for one in given):
        for number, one in enumerate(given):
            if not isinstance(one, str) or not one:
                problems.add((*place, number), f"{_shown(one)} will not do.", remedy)
    else:
        problems.add(place, f"{_shown(given)} will not do.", remedy)


def rate(given: object) -> Decimal:
    """A rate: a number, or "1 in 10,000". Raises ValueError."""
    try:
        if isinstance(given, str) and given.startswith("1 in "):
            found = 1 / Decimal(given.removeprefix("1 in ").replace(",", "").replace(" ", ""))
        elif isinstance(given, str | int | Decimal) and not isinstance(given, bool):
            found = Decimal(given)
        else:
            raise ValueError("no rate")
    except (InvalidOperation, ZeroDivisionError) as error:
        raise ValueError("no rate") from error
    if not found.is_finite() or not SMALLEST <= found < 1:
        raise ValueError("no rate between 0 and 1")
    return found


def _needed(kind: type) -> Iterator[str]:
    return (one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING)


def _named(place: Place) -> str:
    head = f"[{place[0]}]" if place and place[0] in _TABLES | _OPTIONAL else ""
    rest = ".".join(str(part + 1) if isinstance(part, int) else part for part in place[1 if head else 0 :])
    return " ".join(filter(None, (head, rest))) or "the form"


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, Decimal | datetime) else repr(value)
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= 60 else f"{text[:57]}..."

"""What every authorisation keeps to, on whatever device: what can be said of it by reading it alone.

The control room asks before anybody signs, the device before anybody is looked at, and an auditor afterwards. Each
rule has its own reason, and names the fields that would have to be others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edge.domain.authorisation import (
    MAX_FPIR,
    MAX_LIST_AGE,
    MAX_URGENT_WINDOW,
    MAX_WINDOW,
    SENSITIVE,
    Authorisation,
    Category,
    ImageSource,
    UseCase,
)
from edge.domain.errors import Reason, Refusal


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an authorisation is refused, and which of its fields are to blame: the likeliest first."""

    refusal: Refusal
    fields: tuple[str, ...]


def breaks(document: Authorisation) -> Refusal | None:
    """The first rule that an authorisation breaks, if it breaks one."""
    return next((fault.refusal for fault in broken(document)), None)


def broken(document: Authorisation) -> Iterator[Fault]:
    """Every rule that an authorisation breaks, in the order in which a device finds them."""
    yield from _lasts_too_long(document)
    yield from _list_is_stale(document)
    yield from _finds_too_often(document)
    yield from _lists_whom_it_may_not(document)
    yield from _is_over_its_caps(document)
    yield from _is_sensitive_without_authority(document)
    yield from _has_no_lawful_source(document)


def fault(reason: Reason, detail: str, *fields: str) -> Fault:
    """One of them."""
    return Fault(Refusal(reason, detail), fields)


def _lasts_too_long(document: Authorisation) -> Iterator[Fault]:
    most = MAX_URGENT_WINDOW if document.urgent else MAX_WINDOW
    if document.not_after - document.not_before > most:
        kind = "an urgent window" if document.urgent else "a window"
        detail = f"{kind} is at most {most.total_seconds() / 3600:g} hours"
        yield fault(Reason.LIVES_TOO_LONG, detail, "not_after", "not_before")


def _list_is_stale(document: Authorisation) -> Iterator[Fault]:
    if document.not_before - document.watchlist.built > MAX_LIST_AGE:
        detail = "it is older than 24 hours when its window opens"
        yield fault(Reason.LIST_STALE, detail, "watchlist", "not_before")


def _finds_too_often(document: Authorisation) -> Iterator[Fault]:
    if document.max_fpir > MAX_FPIR and not document.test:
        yield fault(Reason.MAX_FPIR_TOO_HIGH, f"{document.max_fpir}", "max_fpir")


def _lists_whom_it_may_not(document: Authorisation) -> Iterator[Fault]:
    kinds = {count.category for count in document.watchlist.categories}
    if Category.SYNTHETIC in kinds and not document.test:
        yield fault(Reason.TEST_ONLY, "synthetic entries", "watchlist")
    people = kinds - {Category.SYNTHETIC}
    # Volunteers are found for the sake of measuring and for nothing else, and nobody else is. In a simulator they stand
    # for anybody.
    if document.use_case is UseCase.ACCURACY_TEST:
        wrong = bool(people - {Category.VOLUNTEER})
    else:
        wrong = Category.VOLUNTEER in people and not document.test
    if wrong:
        detail = "volunteers belong in an accuracy test, alone"
        yield fault(Reason.WRONG_LIST, detail, "use_case", "watchlist")


def _is_over_its_caps(document: Authorisation) -> Iterator[Fault]:
    listed = document.watchlist
    caps = {cap.category: cap.most for cap in listed.caps}
    if set(caps) != {count.category for count in listed.categories}:
        yield fault(Reason.NOT_CAPPED, "", "watchlist.caps")
    if listed.entries > listed.cap:
        yield fault(Reason.OVER_CAP, f"{listed.entries} entries, at most {listed.cap}", "watchlist.cap")
    for count in listed.categories:
        most = caps.get(count.category)
        if most is not None and count.entries > most:
            detail = f"{count.entries} of {count.category.value}, at most {most}"
            yield fault(Reason.OVER_CAP, detail, f"watchlist.caps.{count.category.value}")


def _is_sensitive_without_authority(document: Authorisation) -> Iterator[Fault]:
    listed = sorted(count.category.value for count in document.watchlist.categories if count.category in SENSITIVE)
    named = [] if document.sensitive is None else sorted(one.value for one in document.sensitive.categories)
    if listed != named:
        detail = f"listed: {', '.join(listed) or 'none'}; named: {', '.join(named) or 'none'}"
        yield fault(Reason.SENSITIVE, detail, "sensitive")


def _has_no_lawful_source(document: Authorisation) -> Iterator[Fault]:
    """Every entry but a synthetic one has pictures from somewhere; a volunteer's are the volunteer's own."""
    kinds = {count.category: count.entries for count in document.watchlist.categories}
    sources = {count.source: count.entries for count in document.watchlist.sources}
    synthetic, volunteers = kinds.get(Category.SYNTHETIC, 0), kinds.get(Category.VOLUNTEER, 0)
    people = document.watchlist.entries - synthetic
    none = sources.pop(ImageSource.NONE, 0)
    for wrong, detail in (
        (none != synthetic, "only synthetic entries have no picture, and they have none"),
        (
            sources.get(ImageSource.VOLUNTEER, 0) != volunteers,
            "volunteers' pictures, and no others, come from volunteers",
        ),
        (
            bool(volunteers) and set(sources) != {ImageSource.VOLUNTEER},
            "pictures of volunteers come from themselves alone",
        ),
        (sum(sources.values()) < people, "some entries come from nowhere"),
        (any(count > people for count in sources.values()), "more entries come from a source than there are"),
    ):
        if wrong:
            yield fault(Reason.WRONG_SOURCE, detail, "watchlist")

"""What every authorisation keeps to, on whatever device: what can be said of it by reading it alone.

The control room asks before anybody signs, the device before anybody is looked at, and an auditor afterwards. Each
rule has its own reason.
"""

from __future__ import annotations

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


def breaks(document: Authorisation) -> Refusal | None:
    """The first rule that an authorisation breaks, if it breaks one."""
    return (
        _lasts_too_long(document)
        or _list_is_stale(document)
        or _finds_too_often(document)
        or _lists_whom_it_may_not(document)
        or _is_over_its_caps(document)
        or _is_sensitive_without_authority(document)
        or _has_no_lawful_source(document)
    )


def _lasts_too_long(document: Authorisation) -> Refusal | None:
    most = MAX_URGENT_WINDOW if document.urgent else MAX_WINDOW
    if document.not_after - document.not_before > most:
        kind = "an urgent window" if document.urgent else "a window"
        return Refusal(Reason.LIVES_TOO_LONG, f"{kind} is at most {most.total_seconds() / 3600:g} hours")
    return None


def _list_is_stale(document: Authorisation) -> Refusal | None:
    if document.not_before - document.watchlist.built > MAX_LIST_AGE:
        return Refusal(Reason.LIST_STALE, "it is older than 24 hours when its window opens")
    return None


def _finds_too_often(document: Authorisation) -> Refusal | None:
    if document.max_fpir > MAX_FPIR and not document.test:
        return Refusal(Reason.MAX_FPIR_TOO_HIGH, f"{document.max_fpir}")
    return None


def _lists_whom_it_may_not(document: Authorisation) -> Refusal | None:
    kinds = {count.category for count in document.watchlist.categories}
    if Category.SYNTHETIC in kinds and not document.test:
        return Refusal(Reason.TEST_ONLY, "synthetic entries")
    people = kinds - {Category.SYNTHETIC}
    # Volunteers are found for the sake of measuring and for nothing else, and nobody else is. In a simulator they stand
    # for anybody.
    if document.use_case is UseCase.ACCURACY_TEST:
        wrong = bool(people - {Category.VOLUNTEER})
    else:
        wrong = Category.VOLUNTEER in people and not document.test
    if wrong:
        return Refusal(Reason.WRONG_LIST, "volunteers belong in an accuracy test, alone")
    return None


def _is_over_its_caps(document: Authorisation) -> Refusal | None:
    listed = document.watchlist
    caps = {cap.category: cap.most for cap in listed.caps}
    if set(caps) != {count.category for count in listed.categories}:
        return Refusal(Reason.NOT_CAPPED)
    if listed.entries > listed.cap:
        return Refusal(Reason.OVER_CAP, f"{listed.entries} entries, at most {listed.cap}")
    for count in listed.categories:
        if count.entries > caps[count.category]:
            return Refusal(
                Reason.OVER_CAP, f"{count.entries} of {count.category.value}, at most {caps[count.category]}"
            )
    return None


def _is_sensitive_without_authority(document: Authorisation) -> Refusal | None:
    listed = sorted(count.category.value for count in document.watchlist.categories if count.category in SENSITIVE)
    named = [] if document.sensitive is None else sorted(one.value for one in document.sensitive.categories)
    if listed != named:
        return Refusal(Reason.SENSITIVE, f"listed: {', '.join(listed) or 'none'}; named: {', '.join(named) or 'none'}")
    return None


def _has_no_lawful_source(document: Authorisation) -> Refusal | None:
    """Every entry but a synthetic one has pictures from somewhere; a volunteer's are the volunteer's own."""
    kinds = {count.category: count.entries for count in document.watchlist.categories}
    sources = {count.source: count.entries for count in document.watchlist.sources}
    synthetic, volunteers = kinds.get(Category.SYNTHETIC, 0), kinds.get(Category.VOLUNTEER, 0)
    if sources.pop(ImageSource.NONE, 0) != synthetic:
        return Refusal(Reason.WRONG_SOURCE, "only synthetic entries have no picture, and they have none")
    if sources.get(ImageSource.VOLUNTEER, 0) != volunteers:
        return Refusal(Reason.WRONG_SOURCE, "volunteers' pictures, and no others, come from volunteers")
    people = document.watchlist.entries - synthetic
    if volunteers and set(sources) != {ImageSource.VOLUNTEER}:
        return Refusal(Reason.WRONG_SOURCE, "pictures of volunteers come from themselves alone")
    if sum(sources.values()) < people:
        return Refusal(Reason.WRONG_SOURCE, "some entries come from nowhere")
    if any(count > people for count in sources.values()):
        return Refusal(Reason.WRONG_SOURCE, "more entries come from a source than there are")
    return None

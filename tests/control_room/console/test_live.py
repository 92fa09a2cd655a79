"""A page may go away and come back at any moment: afterwards it shows what is so."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from edge.control_room.console.live import GONE, Live

names = st.sampled_from(["device/a", "device/b", "hit/1", "hit/2", "hit/3"])
puts = st.lists(st.tuples(names, st.integers(0, 3)), max_size=30)


def so(live: Live) -> dict[str, object]:
    return {change.name: change.document for change in live.since(0)}


@given(puts, st.randoms(use_true_random=False))
def test_whoever_goes_on_from_a_marker_sees_the_same_as_whoever_begins_anew(
    said: list[tuple[str, int]], draw: random.Random
) -> None:
    live, page, marker = Live(), dict[str, object](), ""
    for name, value in said:
        live.put(name, {"value": value})
        if draw.random() < 0.3:  # the page is there
            for change in live.since(live.known(marker)):
                page[change.name], marker = change.document, live.marker(change.revision)
    for change in live.since(live.known(marker)):
        page[change.name] = change.document
    assert page == so(live) == {name: {"value": value} for name, value in said}


@given(puts)
def test_nothing_is_said_twice_and_all_in_order(said: list[tuple[str, int]]) -> None:
    live = Live()
    changed = sum(live.put(name, {"value": value}) for name, value in said)
    assert live.revision == changed
    revisions = [change.revision for change in live.since(0)]
    assert revisions == sorted(set(revisions))
    assert live.since(live.revision) == []


@given(st.text(max_size=40))
def test_a_marker_of_another_life_or_of_none_begins_anew(marker: str) -> None:
    live = Live("life")
    live.put("a", {})
    assert live.known(marker) in (0, 1)
    assert live.known(Live("other").marker(1)) == 0
    assert live.known("life-99") == 1
    assert live.known("life-\N{SUPERSCRIPT TWO}") == 0


def test_what_is_no_more_is_said_to_be_gone() -> None:
    live = Live()
    live.put("hit/1", {"entry": "v-1"})
    live.drop("hit/1")
    live.drop("hit/2")
    assert so(live) == {"hit/1": GONE}

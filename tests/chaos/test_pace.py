"""The street of the long blackout gives more hits than any deployment may, and fewer than fill the outbox."""

from __future__ import annotations

from edge.safeguards.breaker import FLOOD_HITS, FLOOD_SPAN
from edge.safeguards.outbox import Bounds
from hardware_sim.chaos.scenarios.times import DARK
from hardware_sim.chaos.street import BUSY, CROWDED, Pace


def hits_in_the_dark(pace: Pace) -> float:
    return DARK / pace.every * pace.group


def test_what_comes_in_ten_minutes_of_darkness_is_a_flood_several_times_over_and_finds_room() -> None:
    assert FLOOD_SPAN == DARK
    assert hits_in_the_dark(CROWDED) >= 5 * FLOOD_HITS
    assert not Bounds().reached(int(hits_in_the_dark(CROWDED)), 0, share=0.75)


def test_what_is_to_fill_the_outbox_does() -> None:
    assert Bounds().reached(int(hits_in_the_dark(BUSY) / 10), 0, share=1)

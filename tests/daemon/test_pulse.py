"""A thread that does not come round is stuck; a machine that slept is not."""

from __future__ import annotations

from datetime import timedelta

from edge.daemon.pulse import AWAY, STUCK, Pulse
from hardware_sim.clock import SteppedClock

BEAT = timedelta(seconds=1)


def watch(pulse: Pulse, clock: SteppedClock, seconds: int) -> list[str]:
    """Main comes round every second, capture never again."""
    found: list[str] = []
    for _ in range(seconds):
        clock.advance(BEAT)
        pulse.beat("main", clock.now())
        found = pulse.stuck(clock.now())
    return found


def test_a_thread_that_hangs_is_found_in_time_and_not_before() -> None:
    clock, pulse = SteppedClock(), Pulse()
    pulse.beat("capture", clock.now())
    assert watch(pulse, clock, int(STUCK.total_seconds())) == []
    assert watch(pulse, clock, 1) == ["capture"]


def test_after_a_sleep_of_the_machine_everybody_gets_another_chance_and_only_one() -> None:
    clock, pulse = SteppedClock(), Pulse()
    pulse.beat("capture", clock.now())
    watch(pulse, clock, 5)
    clock.advance(timedelta(hours=1))
    assert pulse.stuck(clock.now()) == []
    assert watch(pulse, clock, int(STUCK.total_seconds())) == []
    assert watch(pulse, clock, 1) == ["capture"]


def test_a_main_thread_that_is_merely_late_forgives_nobody() -> None:
    clock, pulse = SteppedClock(), Pulse()
    pulse.beat("capture", clock.now())
    found = []
    for _ in range(4):
        found.append(pulse.stuck(clock.now()))
        clock.advance(AWAY)
    assert found == [[], [], [], ["capture"]]


def test_a_thread_that_never_came_round_at_all_is_found_too() -> None:
    clock, pulse = SteppedClock(), Pulse()
    pulse.expect(("main", "recognise"), clock.now())
    assert watch(pulse, clock, int(STUCK.total_seconds())) == []
    assert watch(pulse, clock, 1) == ["recognise"]

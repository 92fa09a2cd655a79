"""One real daemon with nothing in force."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hardware_sim.fleet import idle
from hardware_sim.fleet.idle import Idle


@pytest.fixture(scope="module")
def figures() -> Idle:
    return idle.run(4.0, settled=2.0)


def test_an_idle_device_wakes_a_few_times_a_second(figures: Idle) -> None:
    """Twenty wakes of main and of the writer would be forty, on top of what the others need."""
    assert 2 < figures.wakes_per_second < 30


def test_every_thread_is_counted(figures: Idle) -> None:
    assert len(figures.threads) >= 5
    assert sum(figures.threads.values()) == pytest.approx(figures.share, rel=0.2, abs=1e-3)
    assert figures.as_text().count("%") == len(figures.threads) + 1


def test_more_than_a_hundredth_of_a_core_is_a_broken_promise(figures: Idle) -> None:
    assert replace(figures, share=0.0101).broken()
    assert not replace(figures, share=0.01).broken()

"""The suite itself: points follow from the seed, every scenario can break, and a broken promise is a failure."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hardware_sim.chaos import kills, suite
from hardware_sim.chaos.clock import Helm, SteeredClock
from hardware_sim.chaos.ledger import Broken, Promise, Totals
from hardware_sim.chaos.outcome import Outcome
from hardware_sim.chaos.points import Reached, schedule
from hardware_sim.chaos.table import as_text

CENSUS = [Reached(file="daemon/tell.py", line=line, before=line % 3, after=1 + line % 5) for line in range(1, 41)]


def test_the_same_seed_gives_the_same_points_and_another_seed_others() -> None:
    assert schedule(CENSUS, 100, 1) == schedule(CENSUS, 100, 1)
    assert schedule(CENSUS, 100, 1) != schedule(CENSUS, 100, 2)


def test_every_statement_has_its_turn_before_any_has_it_again() -> None:
    flowing = [point.line for point in schedule(CENSUS, 100, 1) if point.file and point.flows]
    assert len(flowing) > len(CENSUS)
    assert sorted(flowing[: len(CENSUS)]) == [reached.line for reached in CENSUS]


def test_points_lie_within_what_a_life_reaches() -> None:
    reached = {one.line: one for one in CENSUS}
    points = schedule(CENSUS, 400, 3)
    for point in points:
        if point.file:
            assert (
                1
                <= point.nth
                <= (max(1, reached[point.line].after // 2) if point.flows else reached[point.line].before)
            )
    assert 60 <= sum(not point.file for point in points) <= 100
    assert any(point.file and not point.flows for point in points)


def test_time_that_is_skipped_passes_for_everybody_and_a_step_only_for_the_device(tmp_path: Path) -> None:
    helm = Helm(tmp_path / "helm")
    device, room = SteeredClock(Helm(tmp_path / "helm"), device=True), SteeredClock(helm, device=False)
    before = room.now()
    helm.skip(timedelta(minutes=5))
    helm.step(timedelta(seconds=-7))
    assert 300 <= room.now().since(before).total_seconds() < 310
    assert (room.now().wall - device.now().wall).total_seconds() == pytest.approx(7, abs=1)
    assert abs((room.now().boot - device.now().boot).total_seconds()) < 1


def test_killed_at_seeded_points_while_hits_flow_nothing_is_lost(tmp_path: Path) -> None:
    outcome = kills.run(tmp_path / "kills", seed=7, number=9)
    assert outcome.broken == []
    assert outcome.totals.committed == outcome.totals.acknowledged + outcome.totals.expired > 0


def test_a_broken_promise_is_said_where_it_was_broken_and_fails_the_suite() -> None:
    fine = Outcome("cut", "connection reset", Totals(committed=3, acknowledged=3, told=3))
    wrong = Outcome("kill", "killed", Totals(committed=3, acknowledged=2, told=2))
    wrong.fail([Broken(Promise.KEPT, "hit 3 was committed 1 times, and is nowhere")], "kill 5: ")
    assert suite.status([fine]) == 0
    assert suite.status([fine, wrong]) == 1
    text = as_text([fine, wrong])
    assert "BROKEN: no committed hit lost: kill 5: hit 3 was committed 1 times, and is nowhere" in text
    assert [line.rsplit(" ", 1)[1] for line in text.splitlines() if line.startswith(("cut ", "kill "))] == [
        "kept", "BROKEN"
    ]  # fmt: skip


def test_a_scenario_in_which_nothing_was_committed_proves_nothing_and_fails() -> None:
    assert suite.status([Outcome("cut", "connection reset")]) == 1


def test_every_scenario_has_a_name_of_its_own() -> None:
    names = [one.name for one in suite.scenarios(wait=False)]
    assert len(names) == len(set(names)) >= 16

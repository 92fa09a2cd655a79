"""A scenario gives the same log for the same seed, says what is wrong with it, and is caught where it does not hold."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from edge.domain.errors import Misconfigured
from hardware_sim.campaign.draw import timeline
from hardware_sim.campaign.shrink import shrunk, written
from hardware_sim.promises import PROMISES
from hardware_sim.scoring import compare, page, score, text
from hardware_sim.timeline import gallery
from hardware_sim.timeline.play import checked, play
from hardware_sim.timeline.scenario import Row, Scenario, Set, read

SCENARIOS = Path(__file__).parents[2] / "hardware-sim" / "scenarios"
FILES = gallery.files(SCENARIOS)
HIT = (
    Row(2, do="deploy", facts={"people": [7]}),
    Row(4, do="officer", facts={"on_scene": True}),
    Row(10, do="walk", facts={"person": 7}),
)


def scenario(*rows: Row, lasts: float = 30.0, **expect: object) -> Scenario:
    return Scenario("made", "made here", 1, lasts, Set(), rows, expect)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_scenario_of_the_gallery_can_be_played(path: Path) -> None:
    one = read(path)
    checked(one)
    assert one.says.endswith(".")
    assert one.expect


def test_the_gallery_has_more_than_twenty_scenarios() -> None:
    assert len(FILES) >= 20


def test_the_same_scenario_and_seed_give_the_same_log_in_another_process(tmp_path: Path) -> None:
    path = SCENARIOS / "the-power-goes.toml"
    here = play(read(path))
    assert here.breaches == []
    log = tmp_path / "log"
    there = [sys.executable, "-m", "hardware_sim", "run", str(path), "--log", str(log)]
    subprocess.run(there, check=True, capture_output=True)
    assert log.read_text() == here.log
    assert {json.loads(line)["what"] for line in here.log.splitlines()} >= {"act", "fault", "leaf", "condition", "hit"}


def test_what_was_expected_and_is_not_so_is_said() -> None:
    outcome = play(scenario(*HIT, hits=[8], condition="idle"))
    assert [one.sentence for one in outcome.breaches] == ["hits: [7], not [8]", "condition: 'active', not 'idle'"]


def test_an_act_that_is_refused_or_done_against_expectation_is_said() -> None:
    rows = (
        Row(2, do="deploy", facts={"people": [7], "flaw": "zone"}),
        Row(5, do="deploy", facts={"people": [7]}, refused="busy"),
    )
    sentences = [one.sentence for one in play(scenario(*rows)).breaches]
    assert sentences == ["deploy was refused: wrong-zone, not done", "deploy was done, not busy"]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (Row(1, do="dance"), "There is no act called 'dance'"),
        (Row(1, fault="gremlins"), "There is no fault called 'gremlins'"),
        (Row(1, do="walk"), "needs 'person'"),
        (Row(1, do="walk", facts={"person": "Anna"}), "Expected `int`"),
        (Row(1, do="walk", facts={"person": 7, "speed": 3}), "has no 'speed'"),
        (Row(1, expect={"mood": "good"}), "There is no expectation called 'mood'"),
    ],
)
def test_a_row_that_cannot_be_played_is_named_before_anything_is(row: Row, what: str) -> None:
    with pytest.raises(Misconfigured, match=what):
        checked(scenario(row))


@pytest.mark.parametrize(
    "text",
    [
        "",
        'says = "x"\nlasts = 10\nmood = 1',
        'says = "x"\nlasts = 10\n[[at]]\nsecond = 1',
        'says = "x"\nlasts = 10\n[[at]]\nsecond = 1\ndo = "stop"\nfault = "hot"',
        'says = "x"\nlasts = 10\n[[at]]\ndo = "stop"',
        'says = "x"\nlasts = 10\n[[at]]\nsecond = 11\ndo = "stop"',
        'says = "x"\nlasts = 10\n[set]\nwitnesses = "two"',
    ],
)
def test_a_file_that_is_no_scenario_is_said_to_be_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(text)
    with pytest.raises(Misconfigured, match="one.toml"):
        read(tmp_path / "one.toml")


def test_every_promise_has_a_name_of_its_own_and_says_something() -> None:
    assert len({one.name for one in PROMISES}) == len(PROMISES) >= 20
    assert all(one.says.endswith(".") for one in PROMISES)


def test_a_run_is_scored_and_compared_with_another(tmp_path: Path) -> None:
    good = score.of(play(scenario(*HIT, Row(20, do="walk", facts={"person": 60}))))
    assert (good.passages, good.fnir.count, good.fnir.of, good.fpir.count, good.fpir.of) == (2, 0, 1, 0, 1)
    assert good.evidence_verified
    page.write(tmp_path, good)
    again = score.read(tmp_path / "report.json")
    assert again == good
    assert "<svg" in (tmp_path / "report.html").read_text()
    assert "FNIR             0.0% (0 of 1" in text.table(good)
    assert compare.worse(good, again) == []
    bad = score.of(play(scenario(*HIT, Row(12, fault="power-cut"), hits=[8])))
    assert "it does not hold any more" in compare.worse(good, bad)


def test_a_timeline_is_the_same_for_its_seed_and_can_be_written_down(tmp_path: Path) -> None:
    assert timeline(5) == timeline(5) != timeline(6)
    for seed in range(1, 60):
        drawn = timeline(seed)
        checked(drawn)
        path = tmp_path / f"{drawn.name}.toml"
        path.write_text(written(drawn))
        assert read(path).rows == drawn.rows


def test_a_timeline_is_shrunk_to_what_still_breaks() -> None:
    drawn = timeline(5)
    wanted = drawn.rows[3]
    found = shrunk(drawn, lambda candidate: wanted in candidate.rows)
    assert found.rows == (wanted,)
    assert found.lasts < drawn.lasts

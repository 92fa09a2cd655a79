"""One passage, one search: the tracker over scripted throngs, where the truth is known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from edge.domain.face import Box
from edge.steps.follow import Following
from hardware_sim import following
from hardware_sim.cli import main
from hardware_sim.following import Conditions, Tally, followed
from hardware_sim.throng import Eyes, Glimpse, Looker, Throng, walk

SHORT = Throng(seconds=25)


@pytest.fixture(scope="module")
def frames() -> list[list[Glimpse]]:
    return walk(SHORT, np.random.default_rng(5))


@pytest.mark.parametrize(
    "conditions",
    [
        Conditions("usual", throng=SHORT),
        Conditions("few frames", fps=5, throng=SHORT),
        Conditions("bursts", bursts=0.3, eyes=Eyes(misses=0.15), throng=SHORT),
    ],
    ids=lambda conditions: conditions.name,
)
def test_everybody_is_searched_once(conditions: Conditions, frames: list[list[Glimpse]]) -> None:
    tally = followed(conditions, frames, np.random.default_rng(6), Following())
    assert tally.passages >= 5
    assert tally.searched == tally.passages
    assert tally.again <= 2


def test_a_tracker_that_follows_nobody_is_found_out(frames: list[list[Glimpse]]) -> None:
    tally = followed(Conditions("blind", throng=SHORT), frames, np.random.default_rng(6), Following(reach=1e-9))
    assert tally.per_passage > 1.5


def test_the_same_seed_gives_the_same_throng(frames: list[list[Glimpse]]) -> None:
    assert walk(SHORT, np.random.default_rng(5)) == frames


def test_the_detector_misses_as_many_as_it_is_told() -> None:
    looker = Looker(Eyes(misses=0.2, strays=0.0), np.random.default_rng(1), SHORT.view)
    everywhere = [Glimpse(1, following_box(), 1.0)]
    found = sum(len(looker.look(everywhere)) for _ in range(4000))
    assert found / 4000 == pytest.approx(0.8, abs=0.03)


def following_box() -> Box:
    return Box(100, 100, 164, 180)


def test_the_command_prints_what_a_calibration_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(following, "ALL", (Conditions("usual", fps=10, throng=Throng(seconds=12)),))
    assert main(["following", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["all"]["searches_per_passage"] >= 1
    assert said["all"]["at_most"] > said["all"]["searches_per_passage"]
    assert main(["following"]) == 0
    assert "per passage" in capsys.readouterr().out


def test_again_counts_only_who_was_searched_before() -> None:
    assert Tally(searches=10, again=0).per_passage == 1
    assert Tally(searches=11, again=1).per_passage == 1.1

"""The simulator's presentation attacks: what is held up is what it is said to be, and rates are counted rightly."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.domain.comparison import PresentationCue
from edge.domain.face import Sample
from edge.steps.best_shot import Choosing
from hardware_sim.attack import Tally
from hardware_sim.cli import main
from hardware_sim.instruments import Raster, Species, lit, made, printed
from hardware_sim.portraits import Person
from hardware_sim.presentations import Motion, Stage, course
from hardware_sim.rates import Rate
from hardware_sim.street import street
from hardware_sim.surface import Attitude, look, placed
from hardware_sim.view import View

FACING = Attitude(200.0, 200.0, 400.0)
TURNED = FACING._replace(yaw=math.radians(25))


def shapes(points: np.ndarray) -> tuple[float, float]:
    """How far apart the eyes are, and how far the nose is off their middle."""
    return float(points[1, 0] - points[0, 0]), float(points[2, 0] - points[:2, 0].mean())


def test_a_turned_head_shows_its_nose_and_a_turned_sheet_does_not(people: list[Person]) -> None:
    portrait, rng = people[0].portraits[0], np.random.default_rng(1)
    for species, shows in ((Species.BONA_FIDE, True), (Species.SCREEN, False)):
        one = made(species, portrait, rng)
        before, after = (shapes(placed(one.surface, a, 2400.0, one.landmarks)) for a in (FACING, TURNED))
        assert after[0] < 0.93 * before[0]
        assert (abs(after[1] - before[1]) > 0.08 * before[0]) is shows


def test_a_raster_is_seen_where_the_cameras_pixels_can_tell_it(people: list[Person]) -> None:
    base = printed(people[0].portraits[0], np.random.default_rng(2))
    plain = replace(base, gloss=0.0, raster=None)
    seen = look(plain.surface, FACING, 2400.0, 0.4)
    for pitch, visible in ((0.0002, False), (0.006, True)):
        other = lit(replace(plain, raster=Raster(pitch, 0.3, 0.1)), seen, FACING, 0.4, 0.0)
        assert (float(np.abs(other.colour - seen.colour).max()) > 3) is visible


def test_what_is_fixed_does_not_move_and_what_is_held_does() -> None:
    for motion, moves in ((Motion.FIXED, False), (Motion.HELD, True), (Motion.WALKED, True)):
        way = course(Species.PRINT, motion, 90.0, np.random.default_rng(3))
        assert (way.at(0.0) != way.at(0.5)) is moves


def presented(person: Person, species: Species, seed: int) -> list[Sample]:
    # The drawn face's own landmarks stand for a detector's.
    stage = Stage(street(View(), np.random.default_rng(1)), lambda _frame, face: face, Choosing(least_quality=0.0))
    return stage.present(species, Motion.WALKED, person.portraits[0], np.random.default_rng(seed))


def test_the_same_draw_gives_the_same_samples(people: list[Person]) -> None:
    one, other = presented(people[1], Species.PANEL, 4), presented(people[1], Species.PANEL, 4)
    assert len(one) >= 3
    assert all(np.array_equal(a.context, b.context) for a, b in zip(one, other, strict=True))


def test_unnoticed_attacks_and_flagged_faces_are_the_errors() -> None:
    tally = Tally()
    for found in ((), (PresentationCue.STILL,), (PresentationCue.STILL, PresentationCue.FRAMED), None):
        tally.note(found)
    assert (tally.acquired, tally.not_acquired) == (3, 1)
    assert tally.error(Species.PRINT) == Rate(1, 3)
    assert tally.error(Species.BONA_FIDE) == Rate(2, 3)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    # Clopper and Pearson's interval as tables have it.
    [(0, 100, 0.0, 0.0362), (5, 100, 0.0164, 0.1128), (10, 10, 0.6915, 1.0), (1, 20, 0.0013, 0.2487)],
)
def test_intervals_are_exact(count: int, of: int, low: float, high: float) -> None:
    assert Rate(count, of).interval() == pytest.approx((low, high), abs=1e-4)


def test_the_command_gives_the_rates_of_each_kind_by_itself(
    models: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    numbers = ["--subjects", "2", "--attackers", "1"]
    assert main(["attack", "--models", str(models), "--pictures", str(pictures), "--json", *numbers]) == 0
    rows = {(row["species"], row["motion"]): row for row in json.loads(capsys.readouterr().out)}
    assert [row["acquired"] + row["not_acquired"] for row in rows.values()] == [2, 2, *[1] * 12]
    assert {row["rate"] for (species, _), row in rows.items() if species != "bona fide"} == {"APCER"}
    assert rows["bona fide", "walked"]["value"] == 0
    assert rows["print", "fixed"]["cues"]["still"] == 1

"""Scenes keep their promises, and the same seed gives the same scene."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from numpy.random import default_rng

from edge.domain.errors import Misconfigured
from hardware_sim.portraits import Person
from hardware_sim.scene import Scene, SceneSettings, plan
from hardware_sim.truth import FaceTruth
from hardware_sim.view import View
from hardware_sim.walkers import Way

SEEDS = range(6)


@pytest.fixture(scope="module", params=SEEDS)
def scene(request: pytest.FixtureRequest, people: list[Person]) -> Scene:
    return plan(SceneSettings(listed=("p03", "p05")), people, default_rng(request.param))


def test_thirteen_people_pass_within_forty_seconds_four_in_view_at_most(scene: Scene) -> None:
    counts = [len(scene.seen(number / 25)) for number in range(scene.frames)]
    assert len(scene.walkers) == 13
    assert scene.seconds <= 40
    assert max(counts) <= 4
    assert sum(count >= 2 for count in counts) > scene.frames / 3  # groups and people who come at once


def test_everybody_is_eligible_for_long_enough(scene: Scene) -> None:
    seen = {walker.passage: 0 for walker in scene.walkers}
    for number in range(scene.frames):
        for face in scene.truth(number).faces:
            seen[face.passage] += face.eligible(scene.settings.eligibility)
    assert min(seen.values()) / scene.settings.fps >= scene.settings.least_seen - 0.2


def test_passages_agree_with_frames(scene: Scene) -> None:
    for passage in scene.passages():
        assert passage.listed == (passage.person in {"p03", "p05"})
        assert passage.first_eligible is not None
        assert passage.last_eligible is not None
        assert passage.appears <= passage.first_eligible < passage.last_eligible <= passage.leaves
        number = round(passage.first_eligible.total_seconds() * 25)
        before, then = (_of(scene, each, passage.passage) for each in (number - 1, number))
        assert not any(face.eligible(scene.settings.eligibility) for face in before)
        assert [face.eligible(scene.settings.eligibility) for face in then] == [True]


def test_faces_grow_as_people_come_nearer(scene: Scene) -> None:
    for walker in scene.walkers:
        sizes = [
            face.box.height
            for number in range(int(walker.starts * 25) + 1, int(walker.ends * 25), 5)
            for face in _of(scene, number, walker.passage)
            if face.visible > 0
        ]
        assert sizes[0] < 65
        assert 100 < max(sizes) < 170
        assert all(np.diff(sizes) > -1.5)


def test_people_walk_at_a_walking_pace(scene: Scene) -> None:
    for walker in scene.walkers:
        before, after = (walker.pose(walker.starts + seconds) for seconds in (2.0, 3.0))
        assert 1.1 < np.hypot(after.x - before.x, after.z - before.z) < 1.7


def test_those_on_the_list_pass_and_nobody_passes_twice_before_all_have(scene: Scene) -> None:
    passing = [walker.person for walker in scene.walkers]
    assert {"p03", "p05"} <= set(passing)
    assert len(set(passing[:12])) == 12


def test_the_same_seed_gives_the_same_scene(people: list[Person]) -> None:
    first, again, other = (plan(SceneSettings(), people, default_rng(seed)) for seed in (1, 1, 2))
    assert first.walkers == again.walkers
    assert first.walkers != other.walkers


def test_somebody_is_hidden_behind_somebody_now_and_then(people: list[Person]) -> None:
    hidden = 0
    for seed in SEEDS:
        scene = plan(SceneSettings(), people, default_rng(seed))
        for number in range(0, scene.frames, 3):
            hidden += any(0 < face.visible < 0.9 and 200 < face.box.centre[0] < 1700 and face.box.bottom < 1000
                          for face in scene.truth(number).faces)  # fmt: skip
    assert hidden > 5


def test_a_scene_that_cannot_be_is_refused(people: list[Person]) -> None:
    with pytest.raises(Misconfigured, match="do not fit"):
        plan(SceneSettings(seconds=12), people, default_rng(1))
    with pytest.raises(Misconfigured, match="p77"):
        plan(SceneSettings(listed=("p77",)), people, default_rng(1))
    with pytest.raises(Misconfigured):
        plan(SceneSettings(), [], default_rng(1))


def test_a_way_is_walked_evenly() -> None:
    way = Way((-4.0, 11.0), (-1.0, 7.0), (0.5, 3.0))
    points = np.array([way.at(distance) for distance in np.linspace(0, way.length, 50)])
    steps = np.hypot(*np.diff(points, axis=0).T)
    assert steps.max() / steps.min() < 1.02
    assert way.at(-1) == way.start
    assert way.at(way.length + 1) == pytest.approx(way.end)


def test_the_view_is_a_pinhole() -> None:
    view = View()
    near, far = view.project(1.0, 1.5, 5.0), view.project(1.0, 1.5, 10.0)
    assert near.scale > far.scale
    assert near.y > far.y > view.horizon
    assert view.project(0.0, view.raised, 1e6).y == pytest.approx(view.horizon, abs=0.01)
    with pytest.raises(ValueError, match="not before"):
        view.project(0.0, 1.0, -5.0)


def test_offsets_are_even(people: list[Person]) -> None:
    scene = plan(SceneSettings(fps=12.5), people, default_rng(1))
    assert scene.offset(5) == timedelta(milliseconds=400)


def _of(scene: Scene, number: int, passage: int) -> list[FaceTruth]:
    return [face for face in scene.truth(number).faces if face.passage == passage]

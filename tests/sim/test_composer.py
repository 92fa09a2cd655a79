"""Frames are what the truth says, the same every time, never overwritten, and quick to make."""

from __future__ import annotations

import itertools
import time

import cv2
import numpy as np
import pytest
from numpy.random import default_rng

from edge.domain.capture import Picture, Plane
from edge.domain.errors import Misconfigured
from hardware_sim.composer import Composer
from hardware_sim.planes import smaller, to_rgb
from hardware_sim.portraits import Person
from hardware_sim.scene import Scene, SceneSettings, plan
from tests.sim.drawn import PUPIL


@pytest.fixture(scope="module")
def scene(people: list[Person]) -> Scene:
    return plan(SceneSettings(), people, default_rng(11))


@pytest.fixture(scope="module")
def composer(scene: Scene) -> Composer:
    return Composer(scene, default_rng(11))


def test_the_same_seed_and_number_give_the_same_planes_in_any_order(scene: Scene, composer: Composer) -> None:
    numbers = (0, 100, 333, 500)
    forward = [copy(composer.render(number).main) for number in numbers]
    backward = [copy(composer.render(number).main) for number in reversed(numbers)][::-1]
    again = Composer(scene, default_rng(11))
    other = [copy(again.render(number).main) for number in numbers]
    for first, second, third in zip(forward, backward, other, strict=True):
        assert all(np.array_equal(a, b) and np.array_equal(a, c) for a, b, c in zip(first, second, third, strict=True))


def test_one_that_remembers_what_it_drew_shows_the_same_again(scene: Scene, composer: Composer) -> None:
    remembers = Composer(scene, default_rng(11), remembers=True)
    for number in (0, 100, 100, 333, 100, 333):
        expected, shown = composer.render(number), remembers.render(number)
        for one, other in zip(expected, shown, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(copy(one), copy(other), strict=True)), number


def test_another_seed_gives_another_street(scene: Scene, composer: Composer) -> None:
    other = Composer(scene, default_rng(12)).render(0)
    assert not np.array_equal(other.main.y, composer.render(0).main.y)


def test_the_small_stream_is_the_full_one_resized_by_area(composer: Composer) -> None:
    for number in (0, 150, 400):
        main, small = composer.render(number)
        whole = smaller(main, 640, 360)
        assert np.array_equal(small.y, whole.y)
        assert np.array_equal(small.u, whole.u)
        assert np.array_equal(small.v, whole.v)


def test_the_picture_is_never_still(composer: Composer) -> None:
    empty = [composer.render(number).main.y for number in range(4)]
    assert all(not np.array_equal(a, b) for a, b in itertools.pairwise(empty))


def test_eyes_are_where_the_truth_says(scene: Scene, composer: Composer) -> None:
    """The drawn people have eyes of a colour that nothing else has."""
    checked = 0
    for number in range(0, scene.frames, 40):
        image = to_rgb(composer.render(number).main).astype(int)
        blue = (np.abs(image - PUPIL).sum(axis=2) < 110).astype(np.uint8)
        for face in scene.truth(number).faces:
            if not face.eligible(scene.settings.eligibility):
                continue
            for eye in face.landmarks[:2]:
                x, y = round(float(eye[0])), round(float(eye[1]))
                reach = round(face.box.height * 0.12)
                spot = blue[y - reach : y + reach + 1, x - reach : x + reach + 1]
                assert spot.sum() > 4, (number, face.passage)
                found = np.argwhere(spot).mean(axis=0) - reach
                assert np.abs(found).max() < 2.0
                checked += 1
    assert checked > 20


def test_a_held_picture_is_not_overwritten_and_buffers_are_reused(composer: Composer) -> None:
    held = composer.render(50)
    before = copy(held.main)
    for number in range(51, 60):
        composer.render(number)
    assert all(np.array_equal(a, b) for a, b in zip(before, copy(held.main), strict=True))
    slice_of_it = held.main.y[10:20]
    expected = slice_of_it.copy()
    del held
    for number in range(60, 70):
        composer.render(number)
    assert np.array_equal(slice_of_it, expected)
    assert len(composer._main) <= 4


def test_a_small_stream_that_does_not_divide_is_refused(scene: Scene) -> None:
    with pytest.raises(Misconfigured, match="does not divide"):
        Composer(scene, default_rng(1), (800, 600))


def test_fifty_frames_a_second_with_three_people_in_view(scene: Scene, composer: Composer) -> None:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        busy = [number for number in range(scene.frames) if len(scene.seen(number / 25)) == 3][:30]
        best = min(_seconds(composer, busy) for _ in range(3))
    finally:
        cv2.setNumThreads(threads)
    assert len(busy) / best >= 50


def copy(picture: Picture) -> list[Plane]:
    return [picture.y.copy(), picture.u.copy(), picture.v.copy()]


def _seconds(composer: Composer, numbers: list[int]) -> float:
    start = time.process_time()
    for number in numbers:
        composer.render(number)
    return time.process_time() - start

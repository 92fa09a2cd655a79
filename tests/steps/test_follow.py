"""Tracks: one person, one track; two people, two; and nothing after they are gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain.capture import Instant
from edge.domain.face import Box, Face, Sample
from edge.steps.align import TEMPLATE
from edge.steps.follow import Following, Scene, advance

START = Instant(datetime(2026, 6, 1, tzinfo=UTC), timedelta(hours=1))
RULES = Following()


def at(seconds: float) -> Instant:
    return START.later(timedelta(seconds=seconds))


def face(x: float, y: float = 300, size: float = 80) -> Face:
    landmarks = (TEMPLATE * size / 112 + np.array([x, y])).astype(np.float32)
    return Face(Box(x, y, x + size, y + size), landmarks, 0.9)


def test_one_walker_is_one_track_however_unevenly_frames_come() -> None:
    scene, numbers = Scene(), set()
    for seconds in (0, 0.04, 0.08, 0.3, 0.34, 0.9, 0.94, 1.7):
        for track, _ in advance(scene, [face(100 + 200 * seconds)], at(seconds), RULES):
            numbers.add(track.number)
    assert numbers == {1}


def test_two_who_cross_stay_two() -> None:
    scene = Scene()
    for step in range(60):
        seconds = step * 0.05
        left, right = face(100 + 200 * seconds, 300), face(700 - 200 * seconds, 330)
        seen = advance(scene, [left, right] if step % 2 else [right, left], at(seconds), RULES)
        owner = {track.number: f for track, f in seen}
        if step == 0:
            first = {number: f.box.top for number, f in owner.items()}
        assert {number: f.box.top for number, f in owner.items()} == first


def test_a_second_behind_somebody_does_not_end_a_track() -> None:
    scene = Scene()
    for step in range(80):
        seconds = step * 0.05
        hidden = 1.5 < seconds < 2.5
        advance(scene, [] if hidden else [face(100 + 150 * seconds)], at(seconds), RULES)
    assert scene.last_number == 1


def test_whoever_is_gone_is_forgotten() -> None:
    scene = Scene()
    advance(scene, [face(100)], at(-0.1), RULES)
    ((track, seen),) = advance(scene, [face(100)], at(0), RULES)
    pixels = np.full((112, 112, 3), 7, np.uint8)
    track.samples.append(Sample(seen, at(0), 0.5, pixels, pixels.copy(), (0, 0)))
    sample = track.samples[0]
    advance(scene, [], at(RULES.patience.total_seconds() + 0.1), RULES)
    assert list(scene) == []
    assert not sample.aligned.any()
    assert not sample.context.any()


def test_a_searched_box_is_remembered_for_thirty_seconds_at_most() -> None:
    scene = Scene()
    ((track, _),) = advance(scene, [face(100)], at(0), RULES)
    track.searched = at(0)
    for step in range(1, 400):
        advance(scene, [face(100)], at(step * 0.1), RULES)
        if scene.tracks[0] is not track:
            assert step * 0.1 == pytest.approx(30.1)
            return
    pytest.fail("a searched track outlived thirty seconds")


def test_a_face_elsewhere_is_somebody_else() -> None:
    scene = Scene()
    advance(scene, [face(100)], at(0), RULES)
    advance(scene, [face(900)], at(0.1), RULES)
    advance(scene, [face(910, size=200)], at(0.2), RULES)
    assert scene.last_number == 3


def walked(places: list[tuple[float, list[tuple[float, ...]]]]) -> list[dict[int, int]]:
    """Frame by frame: track number by index of the person."""
    scene, owners = Scene(), []
    for seconds, people in places:
        faces = [face(*place) for place in people]
        index = {id(one): number for number, one in enumerate(faces)}
        owners.append({index[id(f)]: track.number for track, f in advance(scene, faces, at(seconds), RULES)})
    return owners


@pytest.mark.parametrize("fps", [25, 10, 5])
def test_two_who_cross_on_one_line_stay_two_at_any_frame_rate(fps: int) -> None:
    """Where they meet only one is seen, the nearer."""
    frames: list[tuple[float, list[tuple[float, ...]]]] = []
    for step in range(int(3 * fps)):
        seconds = step / fps
        left, right = 300 + 250 * seconds, 1100 - 250 * seconds
        hidden = abs(left - right) < 60
        frames.append((seconds, [(left, 300, 80)] if hidden else [(left, 300, 80), (right, 302, 76)]))
    owners = walked(frames)
    assert owners[-1] == owners[0]
    assert {number for frame in owners for number in frame.values()} == {1, 2}


def test_three_abreast_who_come_nearer_stay_three_though_each_is_missed_now_and_then() -> None:
    rng, scene = np.random.default_rng(4), Scene()
    for step in range(100):
        size = 60 + step
        everybody = [face(600 + index * size * 2.2, 300 - step, size) for index in range(3)]
        advance(scene, [one for one in everybody if rng.random() > 0.2], at(step * 0.08), RULES)
    assert scene.last_number == 3


def test_one_who_slows_down_behind_a_post_is_the_same_afterwards() -> None:
    scene = Scene()
    for step in range(60):
        seconds = step * 0.05
        x = 100 + 250 * min(seconds, 1.2) + 90 * max(0.0, seconds - 1.2)
        advance(scene, [] if 1.0 < seconds < 1.9 else [face(x)], at(seconds), RULES)
    assert scene.last_number == 1


def test_a_doubtful_box_on_somebody_begins_no_second_track() -> None:
    scene = Scene()
    for step in range(20):
        advance(scene, [face(100 + 8 * step), replace(face(125 + 8 * step, 330, 50), score=0.2)], at(step / 25), RULES)
    assert scene.last_number == 1


def test_a_doubtful_box_elsewhere_does_because_small_faces_are_doubtful_at_first() -> None:
    scene = Scene()
    advance(scene, [face(100), replace(face(600, 330, 24), score=0.2)], at(0), RULES)
    assert scene.last_number == 2


def test_what_was_seen_once_is_forgotten_sooner() -> None:
    scene = Scene()
    advance(scene, [face(100)], at(0), RULES)
    advance(scene, [], at(RULES.glimpse.total_seconds() + 0.1), RULES)
    assert list(scene) == []
    assert RULES.glimpse < RULES.patience


boxes = st.lists(st.tuples(st.floats(-500, 2500), st.floats(-500, 1500), st.floats(0.01, 900)), max_size=80)


@given(st.lists(st.tuples(st.floats(0, 3), boxes), max_size=12))
@settings(max_examples=60, deadline=None)
def test_whatever_the_detector_says_it_stays_bounded(frames: list[tuple[float, list[tuple[float, ...]]]]) -> None:
    scene, seconds = Scene(), 0.0
    for gap, found in frames:
        seconds += gap
        faces = [face(x, y, size) for x, y, size in found]
        seen = advance(scene, faces, at(seconds), RULES)
        assert len(scene.tracks) <= RULES.most
        assert len({track.number for track, _ in seen}) == len(seen) <= len(faces)

"""Sizes and places follow from camera and way alone: a pinhole, a thin lens, a shutter that reads row by row."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware_sim.composed import optics
from hardware_sim.composed.exposure import exposed
from hardware_sim.composed.layout import Layout
from hardware_sim.composed.optics import Lens
from hardware_sim.composed.tables import Camera
from hardware_sim.composed.ways import Trail
from hardware_sim.portraits import Person
from hardware_sim.walkers import FACE_BELOW_TOP
from tests.sim.composed.made import file, layout

CAMERAS = st.builds(
    lambda height, tilt, focal: f"[camera]\nheight = {height}\ntilt = {tilt}\nfocal_length = {focal}\n",
    st.floats(1.5, 6.0), st.floats(0.0, 30.0), st.floats(3.0, 12.0),
)  # fmt: skip


@pytest.fixture(scope="module")
def crowd(people: list[Person]) -> Layout:
    return layout(people, "[[crowds]]\nper_minute = 30.0\n", lasts=30)


@settings(max_examples=40, deadline=None)
@given(CAMERAS, st.floats(-2, 2), st.floats(3.5, 12), st.floats(1.5, 1.9), st.sampled_from(["p01", "p05"]))
def test_the_box_of_a_face_is_where_a_pinhole_has_it(
    people: list[Person], camera: str, x: float, z: float, tall: float, person: str
) -> None:
    """Computed here from first principles: rotate by the tilt, divide by the depth."""
    tables = (
        f"{camera}readout = 0.0\nshortest_exposure = 0.0001\nlongest_exposure = 0.0001\n"
        f"[[walkers]]\nsecond = 0.0\nperson = '{person}'\npath = [[{x}, {z + 0.5}], [{x}, {z - 1}]]\ntall = {tall}\n"
    )
    scene = layout(people, tables)
    truth = scene.truth(0)
    pose = scene.register.all[0].pose(0.00005)
    camera_ = scene.file.camera
    t, drop = math.radians(camera_.tilt), pose.top - FACE_BELOW_TOP - camera_.height
    depth = pose.z * math.cos(t) - drop * math.sin(t)
    up = pose.z * math.sin(t) + drop * math.cos(t)
    pixels = camera_.focal_length / camera_.sensor_width * 1920
    wanted = 960 + pixels * (pose.x + pose.sway) / depth, 540 - pixels * up / depth
    if not truth.faces:
        assert not (0 <= wanted[0] < 1920 and 0 <= wanted[1] < 1080)
        return
    (face,) = truth.faces
    assert face.face.centre == pytest.approx(wanted, abs=0.05)
    assert face.face.height == pytest.approx(scene.register.all[0].face * pixels / depth, rel=1e-3)
    assert face.distance == pytest.approx(depth, abs=0.01)


def test_faces_are_upright_and_inside_their_bodies(crowd: Layout) -> None:
    checked = 0
    for number in range(0, crowd.frames, 10):
        for face in crowd.truth(number).faces:
            left, top, right, bottom = face.body
            assert face.face.bottom < bottom
            assert face.face.top > top - 0.1 * face.face.height
            assert left < face.face.centre[0] < right
            checked += 1
    assert checked > 50


def test_landmarks_lie_in_their_boxes_left_eye_to_the_right_and_mouth_below(crowd: Layout) -> None:
    for number in range(0, crowd.frames, 10):
        for face in crowd.truth(number).faces:
            if not face.eligible:
                continue
            marks, box = np.array(face.landmarks), face.face
            assert (marks[:, 0] > box.left - 0.2 * box.width).all()
            assert (marks[:, 0] < box.right + 0.2 * box.width).all()
            assert marks[0, 0] < marks[1, 0]
            assert marks[:2, 1].max() < marks[3:, 1].min()


def test_a_lens_blurs_what_it_is_not_focused_at_and_less_the_smaller_its_aperture() -> None:
    lens = Lens.of(Camera(focused_at=5.0))
    assert lens.blur(5.0) == pytest.approx(0, abs=1e-9)
    assert lens.blur(2.0) > lens.blur(4.0)
    assert lens.blur(100.0) > lens.blur(6.0)
    assert Lens.of(Camera(focused_at=5.0, aperture=8.0)).blur(2.0) == pytest.approx(lens.blur(2.0) / 4)
    # 7.86 mm at f/2, focused at 1 m, seen at 7 m: a disc of 26.7 micrometres over pixels of 3.27.
    assert 4 * Lens.of(Camera(focused_at=1.0)).blur(7.0) == pytest.approx(8.15, rel=0.01)


def test_the_focal_length_scales_the_picture_and_not_the_depth() -> None:
    short, long = (optics.view(Camera(focal_length=millimetres)) for millimetres in (4.0, 8.0))
    a, b = short.project(1.0, 0.0, 9.0), long.project(1.0, 0.0, 9.0)
    assert a.depth == b.depth
    assert b.x - 960 == pytest.approx(2 * (a.x - 960))
    assert b.y - 540 == pytest.approx(2 * (a.y - 540))


def test_a_rolling_shutter_moves_those_who_cross_the_picture_by_their_row(people: list[Person]) -> None:
    way = "[[walkers]]\nsecond = 0.0\nperson = 'p02'\npath = [[-2.5, 7.0], [2.5, 7.0]]\nspeed = 2.0\n"
    still, rolling = (
        layout(people, f"[camera]\nreadout = {readout}\nshortest_exposure = 0.001\nlongest_exposure = 0.001\n{way}")
        for readout in (0.0, 0.1)
    )
    one, other = (scene.truth(20).faces[0].face for scene in (still, rolling))
    row, scale = one.centre[1] / 1080, 2400 / 7.1
    assert other.centre[0] - one.centre[0] == pytest.approx(2.0 * 0.1 * row * scale, rel=0.12)


@settings(deadline=None)
@given(st.floats(0.01, 1e5))
def test_less_light_never_means_a_shorter_exposure_less_gain_or_less_noise(lux: float) -> None:
    camera = Camera()
    brighter, darker = exposed(camera, lux, infrared=False), exposed(camera, lux / 2, infrared=False)
    assert darker.seconds >= brighter.seconds
    assert darker.gain >= brighter.gain
    assert darker.noise >= brighter.noise
    assert darker.colour <= brighter.colour
    assert darker.bright <= brighter.bright
    assert camera.shortest_exposure <= darker.seconds <= camera.longest_exposure
    assert darker.gain <= 10 ** (camera.most_gain / 20) + 1e-9


def test_infrared_comes_at_dusk_once_and_goes_at_dawn_once(people: list[Person]) -> None:
    scene = layout(people, "[light]\nlux = [[0.0, 900.0], [200.0, 0.1], [400.0, 900.0]]\n[[crowds]]", lasts=400)
    states = [scene.lighting.at(float(second)).infrared for second in range(400)]
    changes = [second for second in range(1, 400) if states[second] != states[second - 1]]
    assert len(changes) == 2
    into, out = (float(scene.lighting.at(second).sky) for second in changes)
    assert into < 3.0 * 1.1
    assert out > 3.0 * 1.4


POINTS = st.lists(st.tuples(st.floats(-8, 8), st.floats(1, 14)), min_size=2, max_size=6)


@settings(deadline=None)
@given(POINTS)
def test_a_trail_is_walked_evenly_from_its_first_point_to_its_last(points: list[tuple[float, float]]) -> None:
    kept = [points[0]] + [b for a, b in itertools.pairwise(points) if math.dist(a, b) > 0.2]
    if len(kept) < 2 or any(math.dist(a, b) <= 0.2 for a, b in itertools.pairwise(kept)):
        return
    trail = Trail.through(kept)
    assert trail.at(0) == kept[0]
    assert trail.at(trail.length + 1) == pytest.approx(kept[-1])
    spots = [trail.at(trail.length * share) for share in np.linspace(0, 1, 60)]
    # A rounded corner is never longer than the corner, and a chord never longer than the way.
    assert trail.length <= sum(math.dist(a, b) for a, b in itertools.pairwise(kept)) + 1e-6
    assert all(math.dist(a, b) <= trail.length / 59 + 1e-6 for a, b in itertools.pairwise(spots))


def test_nobody_walks_through_anybody_else(people: list[Person]) -> None:
    scene = layout(people, "[[crowds]]\nper_minute = 25.0\ngroups = [1.0]\n", lasts=90)
    for tenth in range(0, 900, 4):
        spots = [one.trail.at(one.walked(tenth / 10)) for one in scene.register.walking(tenth / 10)]
        for index, spot in enumerate(spots):
            assert all(math.dist(spot, other) > 0.3 for other in spots[:index])


def test_a_written_way_stands_still_where_it_says(people: list[Person]) -> None:
    tables = "[[walkers]]\nsecond = 1.0\npath = [[0.0, 9.0], [0.0, 4.0]]\nstands = [2.0, 3.0]\nspeed = 1.0\n"
    walker = layout(people, tables).register.all[0]
    assert walker.walked(1 + 2.1 / walker.gait.speed) == pytest.approx(2.0, abs=0.01)
    assert walker.walked(1 + 2.0 / walker.gait.speed + 2.9) == pytest.approx(2.0, abs=0.01)
    assert walker.ends == pytest.approx(1.0 + 5.0 / walker.gait.speed + 3.0)


def test_the_default_camera_is_that_of_the_planned_scenes() -> None:
    found = optics.view(file("[[crowds]]").camera)
    assert found.focal == pytest.approx(2400, rel=0.001)
    assert found.raised == 3.2

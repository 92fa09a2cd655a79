"""Portraits: upright, soft at the edge, with landmarks where they belong, under ids that say nothing."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.random import default_rng

from edge.domain.errors import Misconfigured
from edge.domain.face import Box, Face
from hardware_sim.planes import Image
from hardware_sim.portraits import Person, faces, gather_folder, portrait
from hardware_sim.registry import PICTURES, gather_registry
from tests.sim.drawn import PUPIL, drawn_face


def test_a_tilted_head_is_set_upright_with_its_landmarks() -> None:
    image, face = drawn_face(3)
    turn = cv2.getRotationMatrix2D((150.0, 155.0), 25, 1.0)
    tilted = cv2.warpAffine(image, turn, (300, 300), borderMode=cv2.BORDER_REPLICATE).astype(np.uint8)
    landmarks = (face.landmarks @ turn[:, :2].T + turn[:, 2]).astype(np.float32)
    head = portrait(tilted, Face(face.box, landmarks, 1.0), []).head
    across = head.landmarks[1] - head.landmarks[0]
    assert abs(math.degrees(math.atan2(across[1], across[0]))) < 5
    for eye in head.landmarks[:2]:
        x, y = eye.round().astype(int)
        assert np.abs(head.image[y, x].astype(int) - PUPIL).sum() < 120


def test_the_face_is_opaque_and_the_edge_is_clear() -> None:
    head = portrait(*drawn_face(1), []).head
    x, y = (round(value) for value in head.box.centre)
    reach = round(head.box.height / 4)
    assert head.alpha[y - reach : y + reach, x - reach // 2 : x + reach // 2].min() == 255
    assert max(head.alpha[0].max(), head.alpha[-1].max(), head.alpha[:, 0].max(), head.alpha[:, -1].max()) == 0


def test_a_face_at_the_edge_of_its_picture_fades_out() -> None:
    image, face = drawn_face(1)
    cut = np.ascontiguousarray(image[:, 60:])
    moved = Face(face.box.moved(-60, 0), face.landmarks - np.array([60, 0], np.float32), 1.0)
    head = portrait(cut, moved, []).head
    assert head.alpha[:, 0].max() == 0
    assert head.alpha.max() == 255


def test_large_faces_are_reduced_and_small_ones_are_left() -> None:
    image, face = drawn_face(2)
    large = cv2.resize(image, None, fx=3, fy=3).astype(np.uint8)
    box = Box(*(value * 3 for value in (face.box.left, face.box.top, face.box.right, face.box.bottom)))
    assert portrait(large, Face(box, face.landmarks * 3, 1.0), []).head.box.height == pytest.approx(240)
    assert portrait(image, face, []).head.box.height == pytest.approx(face.box.height)


def test_the_still_holds_the_face_unretouched() -> None:
    image, face = drawn_face(4)
    made = portrait(image, face, [])
    x, y = made.face.landmarks[2].round().astype(int)
    assert np.array_equal(made.still[y, x], image[165, 150])


def test_faces_are_looked_at_twice_and_sorted_from_left_to_right() -> None:
    calls = []

    def find(image: Image) -> list[Face]:
        calls.append(image.shape)
        if len(calls) == 1:
            return [_face(600, 300, 150), _face(200, 300, 150)]
        middle = image.shape[1] / 2
        return [_face(middle, image.shape[0] / 2, 145 * image.shape[0] / 330)]

    found = faces(np.zeros((600, 900, 3), np.uint8), find)
    assert [round(face.box.centre[0]) for face in found] == [200, 600]
    assert all(face.box.height == pytest.approx(145, abs=2) for face in found)
    assert len(calls) == 3
    assert max(calls[1][:2]) <= 320


def test_a_folder_of_people_becomes_people_without_names(tmp_path: Path) -> None:
    for number, name in enumerate(("Ann Example", "Ben Example", "Cy Example")):
        (tmp_path / name).mkdir()
        for picture in range(1 + (name != "Ben Example")):
            image, _ = drawn_face(number * 10 + picture)
            cv2.imwrite(str(tmp_path / name / f"{picture}.png"), image[..., ::-1])

    people = gather_folder(tmp_path, _finder, 3, default_rng(1))
    assert [person.id for person in people] == ["p01", "p02", "p03"]
    assert [len(person.portraits) for person in people] == [2, 2, 1]  # those with two pictures first
    assert "Example" not in repr(people)
    again = gather_folder(tmp_path, _finder, 2, default_rng(1))
    assert [person.two_pictures for person in again] == [True, True]


def test_a_folder_of_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no folder"):
        gather_folder(tmp_path / "gone", _finder, 3, default_rng(1))
    with pytest.raises(Misconfigured, match="No face"):
        gather_folder(tmp_path, _finder, 3, default_rng(1))
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(Misconfigured, match=r"a\.jpg is not a picture"):
        gather_folder(tmp_path, _finder, 3, default_rng(1))


def test_missing_and_changed_registry_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"astronaut\.png cannot be read"):
        gather_registry(tmp_path, _finder)
    cv2.imwrite(str(tmp_path / "astronaut.png"), drawn_face(1)[0])
    with pytest.raises(Misconfigured, match="not the picture"):
        gather_registry(tmp_path, _finder)


def test_a_detector_that_sees_nobody_is_told(pictures: Path) -> None:
    with pytest.raises(Misconfigured, match="No face was found at"):
        gather_registry(pictures, lambda image: [])


def test_nobody_is_twice_in_one_picture() -> None:
    for _, places in PICTURES.values():
        assert len({place.person for place in places}) == len(places)


def test_somebody_with_one_picture_is_enrolled_from_it(people: list[Person]) -> None:
    assert people[0].enrolled_from is people[0].portraits[-1]
    assert not people[0].two_pictures


def _face(x: float, y: float, high: float) -> Face:
    box = Box(x - 0.4 * high, y - 0.5 * high, x + 0.4 * high, y + 0.5 * high)
    points = np.array([(-0.15, -0.1), (0.15, -0.1), (0, 0.05), (-0.12, 0.25), (0.12, 0.25)], np.float32)
    return Face(box, points * np.float32(high) + np.array([x, y], np.float32), 0.9)


def _finder(image: Image) -> list[Face]:
    """Finds the one drawn face by its eyes."""
    blue = np.argwhere(np.abs(image.astype(int) - PUPIL).sum(axis=2) < 60)
    if len(blue) < 10:
        return []
    (y, x), wide = blue.mean(axis=0), np.ptp(blue[:, 1])
    scale = float(wide) / 70
    original = drawn_face(0)[1]
    shift = np.array([x, y]) - scale * np.array([150, 140])
    box = Box(*(float(v) for v in np.array([[92, 77], [208, 233]]).astype(float).ravel() * scale + np.tile(shift, 2)))
    return [Face(box, (original.landmarks * scale + shift).astype(np.float32), 0.9)]

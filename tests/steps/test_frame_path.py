"""Decoding, alignment and quality, each as the pure function that it is."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from edge.domain.face import Box, Face
from edge.steps import align, decode, quality
from edge.steps.align import TEMPLATE
from edge.steps.decode import Detection, Placement
from edge.steps.quality import Grading
from tests.steps.drawn import face, picture


class TestDecode:
    def test_a_prior_that_is_sure_becomes_the_box_it_stands_for(self) -> None:
        prior = decode.priors(64, 96)
        boxes, logits = np.zeros((len(prior), 4), np.float32), np.zeros((len(prior), 2), np.float32)
        logits[:, 0] = 9
        logits[10] = (-5, 5)
        landmarks = np.zeros((len(prior), 10), np.float32)
        (found,) = decode.faces(boxes, logits, landmarks, prior, Detection(), Placement(3.0, 10, 20))
        cx, cy, width, height = prior[10]
        assert found.box.centre == pytest.approx((cx * 3 + 10, cy * 3 + 20))
        assert (found.box.width, found.box.height) == pytest.approx((width * 3, height * 3))
        assert found.landmarks == pytest.approx(np.tile([cx * 3 + 10, cy * 3 + 20], (5, 1)))

    def test_nothing_sure_is_nothing_found(self) -> None:
        prior = decode.priors(64, 64)
        empty = np.zeros((len(prior), 10), np.float32)
        unsure = np.tile(np.array([1, -1], np.float32), (len(prior), 1))
        assert decode.faces(empty[:, :4], unsure, empty, prior, Detection(), Placement(1.0)) == []

    def test_the_work_of_one_frame_is_bounded(self) -> None:
        prior = decode.priors(384, 640)
        logits = np.tile(np.array([-5, 5], np.float32), (len(prior), 1))
        boxes, points = np.zeros((len(prior), 4), np.float32), np.zeros((len(prior), 10), np.float32)
        assert len(decode.faces(boxes, logits, points, prior, Detection(most=7), Placement(1.0))) == 7

    def test_sides_that_the_grids_do_not_fit_are_named(self) -> None:
        with pytest.raises(ValueError, match="100x64"):
            decode.priors(64, 100)


class TestAlign:
    @given(st.floats(0.3, 4), st.floats(-3, 3), st.floats(-500, 500), st.floats(-500, 500))
    def test_any_similarity_is_undone(self, scale: float, turn: float, x: float, y: float) -> None:
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        moved = (TEMPLATE @ rotation.T * scale + np.array([x, y])).astype(np.float32)
        transform = align.similarity(moved)
        back = moved @ transform[:, :2].T + transform[:, 2]
        assert back == pytest.approx(TEMPLATE, abs=0.05)

    def test_from_planes_and_from_a_still_is_the_same_picture(self) -> None:
        whole, shown = picture(), face()
        rows = np.concatenate([whole.y, whole.u.reshape(90, 640), whole.v.reshape(90, 640)])
        still = cv2.cvtColor(rows, cv2.COLOR_YUV2RGB_I420).astype(np.uint8)
        one, other = align.aligned(whole, shown.box, shown.landmarks), align.aligned_rgb(still, shown.landmarks)
        assert one.shape == (112, 112, 3)
        assert np.abs(one.astype(int) - other).max() <= 2

    def test_landmarks_that_coincide_are_no_face(self) -> None:
        with pytest.raises(ValueError, match="coincide"):
            align.similarity(np.zeros((5, 2), np.float32))

    def test_a_face_outside_the_picture_is_refused(self) -> None:
        with pytest.raises(ValueError, match="outside"):
            align.aligned(picture(), face(x=5000).box, face(x=5000).landmarks)

    @given(st.floats(-300, 900), st.floats(-300, 600), st.floats(1, 700))
    @settings(max_examples=60, deadline=None)
    def test_a_region_is_clipped_to_the_picture(self, x: float, y: float, size: float) -> None:
        try:
            image, left, top = align.region(picture(), Box(x, y, x + size, y + size), 0.3)
        except ValueError:
            return
        high, wide, _ = image.shape
        assert 0 <= left <= left + wide <= 640
        assert 0 <= top <= top + high <= 360


def textured() -> NDArray[np.uint8]:
    """A sample with the structure of a face: as much at every scale, from strands of hair to the shade of a cheek."""
    rng = np.random.default_rng(3)
    sample = np.full((112, 112, 3), 120, np.float32)
    for scale, strength in ((0.7, 9), (1.5, 9), (3, 10), (6, 14), (12, 30)):
        layer = cv2.GaussianBlur(rng.standard_normal((112, 112, 1)).astype(np.float32), (0, 0), scale)
        sample += (layer / layer.std() * strength)[..., None]
    return np.clip(sample, 0, 255).astype(np.uint8)


class TestQuality:
    rules = Grading()

    def of(self, sample: NDArray[Any], shown: Face | None = None) -> float:
        return quality.of(shown or face(score=0.9999), np.clip(sample, 0, 255).astype(np.uint8), self.rules)

    def test_a_face_without_fault_is_nearly_one(self) -> None:
        assert self.of(textured()) > 0.9

    def test_it_falls_with_every_fault(self) -> None:
        sharp = textured().astype(np.float32)
        good = self.of(sharp)
        noise = np.random.default_rng(4).normal(0, 1, sharp.shape)
        assert good > self.of(cv2.GaussianBlur(sharp, (0, 0), 1.5)) > self.of(cv2.GaussianBlur(sharp, (0, 0), 4))
        assert good > self.of(sharp + 20 * noise) > self.of(sharp + 60 * noise)
        assert good > self.of(sharp * 0.1 + 5)
        assert good > self.of(sharp * 3 - 20)
        assert good > self.of(sharp, face(score=0.9)) > self.of(sharp, face(score=0.6))

    def test_turning_and_nodding_count(self) -> None:
        straight = face()
        for index, shift in ((2, (30, 0)), (2, (-30, 0)), (2, (0, 25)), (2, (0, -20))):
            turned = face()
            turned.landmarks[index] += np.array(shift, np.float32)
            assert quality.pose(turned.landmarks, self.rules) < 0.7
        assert quality.pose(straight.landmarks, self.rules) == 1.0

    def test_what_is_promised_before_any_pixel_is_seen_is_never_too_little(self) -> None:
        for shift in (0, 10, 20, 30):
            shown = face(score=1.0)
            shown.landmarks[2] += np.array((shift, 0), np.float32)
            assert quality.promise(shown, self.rules) >= self.of(textured(), shown)

    @given(arrays.arrays(np.uint8, (112, 112, 3)), arrays.arrays(np.float32, (5, 2)), st.floats(0, 1))
    @settings(max_examples=40, deadline=None)
    def test_it_stays_between_nought_and_one(self, pixels: NDArray[Any], points: NDArray[Any], score: float) -> None:
        with np.errstate(all="ignore"):
            assert 0 <= self.of(pixels, Face(Box(0, 0, 1, 1), points, score)) <= 1

"""Decoding, alignment, quality, best shot, fusion and decision, each as the pure function that it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from edge.domain.capture import Frame, Instant, Picture
from edge.domain.comparison import ScoreBand
from edge.domain.face import Box, Face
from edge.steps import align, best_shot, compare, decide, decode, fuse, quality
from edge.steps.align import TEMPLATE
from edge.steps.best_shot import Choosing
from edge.steps.decode import Detection, Placement
from edge.steps.follow import Track
from edge.steps.quality import Grading

START = Instant(datetime(2026, 6, 1, tzinfo=UTC), timedelta(hours=1))


def at(seconds: float) -> Instant:
    return START.later(timedelta(seconds=seconds))


def picture(seed: int = 0, width: int = 640, height: int = 360) -> Picture:
    rng = np.random.default_rng(seed)
    luma = cv2.GaussianBlur(rng.integers(16, 235, (height, width), dtype=np.uint8), (5, 5), 0)
    half = (height // 2, width // 2)
    return Picture(luma.astype(np.uint8), np.full(half, 120, np.uint8), np.full(half, 136, np.uint8))


def face(x: float = 200, y: float = 120, size: float = 90, score: float = 0.95) -> Face:
    return Face(Box(x, y, x + size, y + size), (TEMPLATE * size / 112 + np.array([x, y])).astype(np.float32), score)


def frame(seconds: float = 0, seed: int = 0) -> Frame:
    whole = picture(seed)
    return Frame(int(seconds * 100), at(seconds), whole, whole)


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


class TestBestShot:
    rules = Choosing(least_height=40, least_quality=0.02)

    def track(self) -> Track:
        return Track(1, face().box, first_seen=START, last_seen=START)

    def offer(self, track: Track, seconds: float, **fields: float) -> bool:
        track.last_seen = at(seconds)
        return best_shot.offer(track, face(**fields), frame(seconds), same_face, self.rules)

    def test_samples_are_few_and_apart_in_time(self) -> None:
        track = self.track()
        for step in range(40):
            self.offer(track, step * 0.025, score=0.6 + step / 100)
        assert len(track.samples) == self.rules.keep
        spans = {sample.captured.since(START) // self.rules.apart for sample in track.samples}
        assert len(spans) == self.rules.keep

    def test_a_face_that_gets_better_all_the_time_still_gives_several_samples(self) -> None:
        track = self.track()
        for step in range(20):
            self.offer(track, step * 0.04, score=0.9 + step / 250)
        assert len(track.samples) == self.rules.keep

    def test_a_worse_sample_does_not_displace_a_better_one(self) -> None:
        track = self.track()
        assert self.offer(track, 0, score=0.99)
        assert not self.offer(track, 0.04, score=0.8)
        assert not self.offer(track, 0.08, score=0.99)
        assert [sample.face.score for sample in track.samples] == [0.99]

    def test_the_frame_in_which_watching_ends_gives_one_sample_more(self) -> None:
        track = self.track()
        for step in range(4):
            self.offer(track, step * 0.2, score=0.99)
        watched = self.rules.watch_for.total_seconds()
        for late in range(5):
            self.offer(track, watched + late * 0.04, score=0.97)
        assert len(track.samples) == self.rules.keep + 1
        assert min(sample.face.score for sample in track.samples) == 0.97

    def test_a_full_set_of_good_samples_is_searched_at_once(self) -> None:
        track = self.track()
        rules = replace(self.rules, enough=0.05)
        for step in range(3):
            assert best_shot.due([track], at(step * 0.2), rules) == []
            track.last_seen = at(step * 0.2)
            assert best_shot.offer(track, face(score=0.999), frame(step * 0.2), same_face, rules)
        assert best_shot.due([track], at(0.4), rules) == [track]

    def test_a_face_that_was_none_close_up_is_left_alone_for_a_while(self) -> None:
        track, looked = self.track(), []

        def no_face(_frame: Frame, seen: Face) -> Face | None:
            looked.append(seen)
            return None

        for step in range(10):
            assert not best_shot.offer(track, face(), frame(step * 0.04), no_face, self.rules)
        assert len(looked) == 2

    def test_too_small_or_doubtful_is_no_sample(self) -> None:
        track = self.track()
        assert not self.offer(track, 0, size=30)
        assert not self.offer(track, 0, score=0.3)
        assert track.samples == []

    def test_a_face_that_is_not_found_again_close_up_is_no_sample(self) -> None:
        track = self.track()
        assert not best_shot.offer(track, face(), frame(), lambda _frame, _face: None, self.rules)

    def test_a_passage_is_due_after_watching_or_when_it_is_lost(self) -> None:
        track = self.track()
        self.offer(track, 0)
        assert best_shot.due([track], at(0.1), self.rules) == []
        lost = self.rules.lost_for.total_seconds()
        assert best_shot.due([track], at(lost), self.rules) == [track]
        watched = self.rules.watch_for.total_seconds()
        assert self.offer(track, watched)
        assert best_shot.due([track], at(watched), self.rules) == [track]
        track.searched = at(watched)
        assert best_shot.due([track], at(watched), self.rules) == []

    def test_a_last_sample_is_waited_for_a_little_and_no_longer(self) -> None:
        track = self.track()
        self.offer(track, 0)
        watched = self.rules.watch_for.total_seconds()
        waited = watched + self.rules.closing.total_seconds()
        for seconds, found in ((watched, []), (waited - 0.01, []), (waited, [track])):
            track.last_seen = at(seconds)
            assert best_shot.due([track], at(seconds), self.rules) == found

    def test_no_sample_is_older_than_three_seconds(self) -> None:
        track = self.track()
        self.offer(track, 0)
        pixels = track.samples[0].aligned
        track.searched = at(0)
        best_shot.due([track], at(3), self.rules)
        assert track.samples == []
        assert not pixels.any()
        assert Choosing().sample_life <= timedelta(seconds=3)


def same_face(_frame: Frame, seen: Face) -> Face | None:
    return seen


class TestFuse:
    @given(arrays.arrays(np.float32, (4, 16), elements=st.floats(-1, 1, width=32)))
    def test_a_probe_is_never_longer_than_one_sample_or_nothing(self, rows: np.ndarray) -> None:
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        rows = rows / np.maximum(lengths, 1e-3)
        try:
            fused = fuse.mean(rows)
        except ValueError:
            return
        assert 0.5 < float(np.linalg.norm(fused)) <= 1 + 1e-4

    def test_samples_that_agree_keep_their_length_and_others_lose_some(self) -> None:
        row = np.eye(3, 16, dtype=np.float32)
        assert float(np.linalg.norm(fuse.mean(row[:1]))) == pytest.approx(1)
        assert float(np.linalg.norm(fuse.mean(row[[0, 0, 0]]))) == pytest.approx(1)
        assert float(np.linalg.norm(fuse.mean(row))) == pytest.approx(3**-0.125)

    def test_better_samples_count_more(self) -> None:
        rows = np.eye(2, 16, dtype=np.float32)
        fused = fuse.mean(rows, [0.9, 0.1])
        assert fused[0] > 8 * fused[1] > 0

    def test_nothing_and_opposites_cannot_be_fused(self) -> None:
        row = np.eye(1, 16, dtype=np.float32)
        with pytest.raises(ValueError, match="cancel"):
            fuse.mean(np.concatenate([row, -row]))
        with pytest.raises(ValueError, match="shape"):
            fuse.mean(np.empty((0, 16), np.float32))
        with pytest.raises(ValueError, match="weight"):
            fuse.mean(np.concatenate([row, row]), [1.0, 0.0])


def test_the_best_row_is_the_best_row() -> None:
    rng = np.random.default_rng(3)
    templates = rng.standard_normal((500, 32)).astype(np.float32)
    templates /= np.linalg.norm(templates, axis=1, keepdims=True)
    probe = templates[123]
    index, score = compare.best(templates, probe, np.empty(500, np.float32))
    assert (index, score) == (123, pytest.approx(1))


@pytest.mark.parametrize(
    ("excess", "band"),
    [
        (0.0, ScoreBand.AT_THRESHOLD),
        (0.049, ScoreBand.AT_THRESHOLD),
        (0.06, ScoreBand.ABOVE),
        (0.5, ScoreBand.WELL_ABOVE),
    ],
)
def test_scores_are_told_in_coarse_bands(excess: float, band: ScoreBand) -> None:
    assert decide.band(0.4 + excess, 0.4, decide.Banding()) is band

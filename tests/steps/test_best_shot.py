"""Best shot, fusion and decision: from the samples of a passage to a candidate, or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edge.domain.capture import Frame
from edge.domain.comparison import ScoreBand
from edge.domain.face import Face
from edge.steps import best_shot, compare, decide, fuse
from edge.steps.best_shot import Choosing
from edge.steps.follow import Track
from tests.steps.drawn import START, at, face, frame


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

"""The error-versus-discard characteristic tells a quality that predicts from one that does not."""

from __future__ import annotations

import numpy as np
import pytest

from edge.measure.degrade import Kind, degraded
from edge.measure.discard import POOLED, Sampled, characteristics
from edge.measure.show import discard_curves, discard_json, discard_text

MISSED, ACCEPTED = 0.1, 0.9


def sampled(quality: str, count: int = 2000, missed: float = 0.2) -> Sampled:
    rng = np.random.default_rng(0)
    failed = rng.random(count) < missed
    by = {"oracle": ~failed + 0.5 * rng.random(count), "chance": rng.random(count), "wrong": failed + 0.0}[quality]
    kinds = rng.integers(0, len(Kind), count)
    lost = dict.fromkeys(map(str, Kind), 2)
    scores = np.where(failed, MISSED, ACCEPTED).astype(np.float32)
    return Sampled(scores, by.astype(np.float32), kinds, rng.integers(0, 300, count), lost, 0.5)


def test_an_oracle_gains_all_chance_nothing_and_the_wrong_way_round_less() -> None:
    gains = {
        quality: characteristics(sampled(quality), 50, 0)[POOLED].gain for quality in ("oracle", "chance", "wrong")
    }
    assert gains["oracle"].value == pytest.approx(1)
    assert abs(gains["chance"].value) < 0.15
    assert gains["wrong"].value < -0.1
    assert gains["chance"].low <= gains["chance"].value <= gains["chance"].high


def test_the_curve_is_the_rate_of_what_is_left() -> None:
    taken = sampled("chance")
    curve = dict(characteristics(taken, 0, 0)[POOLED].curve)
    order = np.argsort(taken.quality)
    for share in (0.0, 0.1, 0.5):
        rest = taken.score[order][int(share * len(order)) :]
        assert curve[share] == pytest.approx((rest < 0.5).mean(), abs=1e-3)


def test_every_degradation_stands_alone_and_all_together() -> None:
    taken = sampled("chance")
    found = characteristics(taken, 10, 0)
    assert list(found) == [POOLED, *map(str, Kind)]
    assert found[POOLED].comparisons == sum(found[kind].comparisons for kind in Kind)
    assert (found[POOLED].lost, found[Kind.BLUR].lost) == (10, 2)
    text, document = discard_text(found), discard_json(found)
    assert all(kind in text for kind in Kind)
    assert set(document) == set(found)
    curves, references = discard_curves(found)
    assert len(curves) == 6
    assert len(references) == 2


@pytest.mark.parametrize("kind", list(Kind))
def test_a_degraded_picture_is_as_large_worse_and_the_same_for_the_same_seed(kind: Kind) -> None:
    rows, columns = np.mgrid[:120, :100]
    image = np.stack([128 + 100 * np.sin(rows / 3), 128 + 100 * np.cos(columns / 4), rows + columns], -1)
    picture = image.astype(np.uint8)
    one, same, other = (degraded(picture, kind, 80.0, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.shape == picture.shape
    assert one.dtype == np.uint8
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    assert np.abs(one.astype(float) - picture).mean() > 1

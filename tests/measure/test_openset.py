"""Open-set searches count what ISO/IEC 19795-1 counts, and fuse as the device does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge.measure.errata import Errata
from edge.measure.openset import NOBODY, Fold, Folds, Setting, divide, evaluate, one_fold, pooled, rates
from edge.measure.resample import draw, exceeded
from edge.measure.scores import related
from edge.steps import fuse
from tests.measure.cohorts import cohort

SURE = 0.05
"""A spread at which everybody is found."""


def folds(setting: Setting, people: int = 60, count: int = 3, **made: float) -> list[Fold]:
    return list(divide(cohort(people, **made), Errata(), setting, Folds(count)))  # type: ignore[arg-type]


def test_nobody_is_enrolled_and_a_stranger_in_one_fold() -> None:
    for fold in folds(Setting(20)):
        assert not set(fold.mated_people.tolist()) & set(fold.others_people.tolist())
        assert len(set(fold.mated_people.tolist())) == 20
        assert len(fold.mated) == 20 * 2, "every picture that was not enrolled searches"
        assert len(fold.others) == 40 * 3


def test_the_same_seed_gives_the_same_folds_and_another_seed_others() -> None:
    acquired = cohort(60)
    one, same, other = (next(divide(acquired, Errata(), Setting(20), Folds(1, seed=seed))) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.others, same.others)
    assert not np.array_equal(one.others, other.others)


def test_a_clear_cohort_is_always_found_and_never_confused() -> None:
    found = rates(Setting(20), pooled(folds(Setting(20), spread=SURE)), draw(60, 50, 0))
    assert found.fnir[1e-2].value == found.fnir[1e-3].value == 0
    assert found.score[1e-2] <= found.score[1e-3] < 1


def test_a_picture_without_a_face_is_a_failed_search_of_the_listed_and_none_of_a_stranger() -> None:
    acquired = cohort(60, spread=SURE, lost=60)
    fold = next(divide(acquired, Errata(), Setting(20), Folds(1)))
    # Of four pictures, one without a face, one enrols: either it is the lost one, or it is searched with in vain.
    enrolled_from_nothing = 3 * 20 - np.count_nonzero(fold.mated > 0.5) - np.count_nonzero(fold.mated == NOBODY)
    assert len(fold.mated) == 3 * 20
    assert np.count_nonzero(fold.mated < 0.5) >= 20 or enrolled_from_nothing > 0
    assert np.all(fold.others > NOBODY)
    assert len(fold.others) == 3 * 40


def test_being_outscored_by_somebody_else_is_a_miss() -> None:
    features = np.eye(4, dtype=np.float32)[[0, 1, 1, 1, 2]]
    features[0] = (0.8, 0.6, 0, 0)
    acquired = replace(cohort(3, 1), features=features, people=np.array([0, 0, 1, 1, 2]), quality=None)
    fold = one_fold(acquired, Setting(2), np.array([0, 1]), np.random.default_rng(0))
    by_person = dict(zip(fold.mated_people.tolist(), fold.mated.tolist(), strict=True))
    assert by_person[1] == pytest.approx(1)
    assert by_person[0] == NOBODY or by_person[0] == pytest.approx(0.8)


def test_probes_are_fused_by_quality_and_references_evenly() -> None:
    acquired = replace(cohort(2, 4), quality=np.array([0.9, 0.2, 0.5, 0.7] * 2, np.float32))
    fold = one_fold(acquired, Setting(1, samples=4), np.array([0]), np.random.default_rng(3))
    assert len(fold.mated) == 0, "four pictures are enrolled with one and leave three"
    stranger = fuse.mean(acquired.features[4:], acquired.quality[4:].tolist())  # type: ignore[index]
    best = (acquired.features[:4] @ stranger)[:, None]
    assert np.isclose(best, fold.others).any()
    three = one_fold(acquired, Setting(1, references=3), np.array([0]), np.random.default_rng(3))
    singles = [
        float(fuse.mean(np.delete(acquired.features[:4], left, axis=0)) @ acquired.features[left]) for left in range(4)
    ]
    assert np.isclose(singles, three.mated[0], atol=1e-6).any()


def test_relatives_of_the_enrolled_are_kept_apart() -> None:
    acquired, known = cohort(10), Errata(relatives=(("p0", "p1"),))
    fold = one_fold(
        acquired, Setting(1), np.array([0]), np.random.default_rng(0), kinship=related(acquired, known)
    )  # fmt: skip
    assert 1 not in fold.others_people
    assert len(fold.kin) == 3
    assert len(fold.others) == 8 * 3


def test_strangers_may_search_with_fewer_samples_only_where_that_is_said() -> None:
    acquired = cohort(40, each=4)
    few = replace(acquired, features=acquired.features[:-2], people=acquired.people[:-2], quality=None)
    strict, lax = (
        one_fold(few, Setting(5, samples=3, partial=partial), np.arange(5), np.random.default_rng(0))
        for partial in (False, True)
    )
    assert 39 not in strict.others_people
    assert 39 in lax.others_people
    np.testing.assert_array_equal(strict.mated, lax.mated)


def test_too_few_people_give_no_rate() -> None:
    assert list(evaluate(cohort(50), Errata(), Folds(2, 10))) == []
    assert not folds(Setting(20, samples=3), each=3)


@pytest.mark.parametrize("rate", [0.5, 0.1, 0.01, 0.001])
def test_no_more_strangers_than_the_rate_reach_the_threshold(rate: float) -> None:
    rng = np.random.default_rng(0)
    scores = rng.random(3000).astype(np.float32)
    owners = rng.integers(0, 200, 3000)
    weights = draw(200, 20, 1)
    for row, least in zip(weights, exceeded(scores, owners, weights, rate), strict=True):
        weight = row[owners]
        assert weight[scores >= least].sum() <= rate * weight.sum() + 1e-6
        nearest = scores[scores < least].max()
        assert weight[scores >= nearest].sum() > rate * weight.sum() - 1e-6


def test_more_enrolled_are_more_often_missed() -> None:
    acquired = cohort(400, spread=1.3)
    found = [
        rates(setting, pooled(list(divide(acquired, Errata(), setting, Folds(3)))), draw(400, 20, 0)).fnir[1e-2].value
        for setting in (Setting(20), Setting(200))
    ]
    assert found[0] < found[1]

"""Rates of chains whose every comparison is known beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bench.peers.rates import Acquired, Measure, one_to_one, open_set

PEOPLE = 60
PICTURES = 3


def crowd(noise: float, *, seed: int = 1, kin: frozenset[frozenset[int]] = frozenset()) -> Acquired:
    """People with three pictures each, whose features lie around a direction of their own."""
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(PEOPLE), PICTURES)
    own = rng.normal(size=(PEOPLE, 64))
    features = own[people] + noise * rng.normal(size=(len(people), 64))
    return Acquired(people, features.astype(np.float32), np.ones(len(people), np.bool_), kin)


def without(acquired: Acquired, *lost: int) -> Acquired:
    """The same, with pictures in which nobody was found."""
    found = acquired.found.copy()
    found[list(lost)] = False
    features = acquired.features.copy()
    features[list(lost)] = features[0]  # whatever stands there must not matter
    return Acquired(acquired.people, features, found, acquired.kin)


@pytest.mark.parametrize("measure", Measure)
def test_people_who_are_well_apart_are_all_told_apart(measure: Measure) -> None:
    acquired = crowd(0.1)
    scores = acquired.scores(measure)
    pairs = one_to_one(acquired, scores)
    assert len(pairs.mated) == PEOPLE * PICTURES * (PICTURES - 1) // 2
    assert pairs.at_fmr(1e-3).value == 1.0
    assert open_set(acquired, scores, listed=20, folds=3, fpir=1e-2, seed=1).value == 0.0


@pytest.mark.parametrize("measure", Measure)
def test_where_features_say_nothing_hardly_anybody_is_recognised(measure: Measure) -> None:
    acquired = crowd(100.0)
    scores = acquired.scores(measure)
    assert one_to_one(acquired, scores).at_fmr(1e-3).value < 0.1
    assert open_set(acquired, scores, listed=20, folds=3, fpir=1e-2, seed=1).value > 0.9


def test_distance_and_cosine_differ_where_lengths_do() -> None:
    people, found = np.array([0, 1]), np.ones(2, np.bool_)
    acquired = Acquired(people, np.array([[1, 0], [3, 0]], np.float32), found)
    assert acquired.scores(Measure.COSINE)[0, 1] == pytest.approx(1.0)
    assert acquired.scores(Measure.DISTANCE)[0, 1] == pytest.approx(-2.0)


def test_a_picture_that_was_not_acquired_is_recognised_by_nobody_and_as_nobody() -> None:
    acquired = without(crowd(0.1), 4)
    pairs = one_to_one(acquired, acquired.scores(Measure.COSINE))
    assert pairs.lost == PICTURES - 1
    assert pairs.at_fmr(1e-3).value == pytest.approx(1 - pairs.lost / (PEOPLE * PICTURES))
    # Had the row of picture 4 counted, which is that of person 0, these two would be false matches with certainty.
    assert pairs.at_score(0.999)[1] == 0.0


def test_a_missed_probe_is_a_miss_and_a_missed_reference_is_taken_again() -> None:
    everybody = tuple(range(PEOPLE * PICTURES))
    only_first = without(crowd(0.1), *(number for number in everybody if number % PICTURES))
    rate = open_set(only_first, only_first.scores(Measure.COSINE), listed=20, folds=2, fpir=1e-2, seed=1)
    assert (rate.value, rate.of) == (1.0, 2 * 20 * (PICTURES - 1))
    one_lost = without(crowd(0.1), *(number for number in everybody if number % PICTURES == 0))
    rate = open_set(one_lost, one_lost.scores(Measure.COSINE), listed=20, folds=2, fpir=1e-2, seed=1)
    assert rate.value == pytest.approx(0.5)


def test_no_more_false_matches_pass_than_the_rate_allows() -> None:
    acquired = crowd(2.0)
    pairs = one_to_one(acquired, acquired.scores(Measure.COSINE))
    for fmr in (1e-2, 1e-3, 1e-4):
        rate = pairs.at_fmr(fmr)
        assert rate.false <= fmr * len(pairs.non_mated)
        assert rate.false == int(fmr * len(pairs.non_mated))
    assert pairs.at_fmr(1e-2).value >= pairs.at_fmr(1e-4).value


def test_relatives_are_in_no_rate() -> None:
    alike = crowd(0.1)
    features = alike.features.copy()
    features[alike.people == 1] = features[alike.people == 0]
    twins = Acquired(alike.people, features, alike.found)
    apart = Acquired(alike.people, features, alike.found, frozenset({frozenset({0, 1})}))
    counted = one_to_one(twins, twins.scores(Measure.COSINE))
    spared = one_to_one(apart, apart.scores(Measure.COSINE))
    assert len(counted.non_mated) - len(spared.non_mated) == PICTURES**2
    assert counted.non_mated[0] == pytest.approx(1.0)
    assert spared.non_mated[0] < 0.9
    assert spared.mated.shape == counted.mated.shape


def test_a_rate_that_the_pictures_cannot_show_is_refused() -> None:
    acquired = crowd(0.1)
    with pytest.raises(ValueError, match="cannot be read off"):
        one_to_one(acquired, acquired.scores(Measure.COSINE)).at_fmr(1.0)

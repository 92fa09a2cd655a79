"""The sums behind a scrutiny of templates, on features that are made up."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from edge.control_room import evidence
from edge.control_room.enrolling import scrutiny
from edge.control_room.enrolling.scrutiny import BLOCK, Levels, Scrutiny
from edge.domain.errors import Misconfigured
from edge.domain.face import Features
from edge.settings import shared
from edge.steps.calibrate import Calibration

LEVELS = Levels(agree=0.35, alike=0.6, same=0.7, alert=0.5, fall=0.023)
SETTINGS = Scrutiny()


def unit(rows: Features) -> Features:
    made: Features = (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)
    return made


def population(count: int, seed: int) -> Features:
    """People as an embedder spreads them: in all directions, a little more in one."""
    common = np.eye(1, 128, dtype=np.float32)[0] * 1.5
    return unit(np.random.default_rng(seed).standard_normal((count, 128)).astype(np.float32) + common)


@pytest.fixture(scope="module")
def table() -> Calibration:
    if not shared("calibration.json").is_file():
        pytest.skip("no calibration: run 'make models'")
    return evidence.read(shared("calibration.json"))


def test_the_one_that_resembles_everybody_is_a_wolf_and_hardly_anybody_else_is() -> None:
    cohort, listed = population(600, 1), population(400, 2)
    wolf = unit(population(600, 3).mean(axis=0) + 0.05 * listed[0])
    wolves, blends = scrutiny.against_cohort(np.vstack([listed, wolf[None]]), cohort, LEVELS, SETTINGS)
    assert wolves[-1]
    assert wolves[:-1].mean() <= 0.01
    assert not blends.any()


def test_a_wolf_among_the_entries_of_a_long_list_is_found_without_a_cohort() -> None:
    listed = population(400, 2)
    listed[7] = unit(population(600, 3).mean(axis=0))
    wolves = scrutiny.among_themselves(listed, LEVELS, SETTINGS)
    assert wolves[7]
    assert wolves.mean() <= 0.01


def test_being_in_the_cohort_oneself_makes_nobody_a_wolf() -> None:
    cohort = population(300, 1)
    wolves, blends = scrutiny.against_cohort(cohort[:100], cohort, LEVELS, SETTINGS)
    assert wolves.mean() <= 0.02
    assert not blends.any()


def test_a_blend_of_two_people_of_the_cohort_is_found_and_a_pair_of_siblings_is_none() -> None:
    cohort = population(300, 1)
    blend = unit(cohort[3] + cohort[4])
    cohort[6] = unit(cohort[5] + 0.6 * cohort[6])
    sibling = unit(cohort[5] + cohort[6])
    _, blends = scrutiny.against_cohort(np.stack([blend, sibling]), cohort, LEVELS, SETTINGS)
    assert blends.tolist() == [True, False]


def test_blocks_make_no_difference_to_who_is_alike() -> None:
    rows = population(2 * BLOCK + 40, 5)
    twins = [(0, 1), (3, BLOCK), (BLOCK - 1, 2 * BLOCK + 39), (BLOCK, BLOCK + 1)]
    for one, other in twins:
        rows[other] = unit(rows[one] + 0.2 * rows[other])
    whole = {(int(i), int(j)) for i, j in zip(*np.nonzero(np.triu(rows @ rows.T >= 0.9, 1)), strict=True)}
    assert whole >= set(twins)
    assert sorted(scrutiny.alike(rows, 0.9)) == sorted(whole)


def test_resemblance_is_the_mean_of_the_highest_scores_but_one() -> None:
    templates, cohort = population(BLOCK + 3, 1), population(300, 2)
    found = scrutiny.resemblance(templates, cohort, 0.05)
    expected = np.sort(templates @ cohort.T, axis=1)[:, -16:-1].mean(axis=1)
    assert np.allclose(found, expected, atol=1e-6)
    own = scrutiny.resemblance(cohort, cohort, 0.05, own=True)
    without = [np.sort(np.delete(cohort @ row, place))[-16:-1].mean() for place, row in enumerate(cohort)]
    assert np.allclose(own, without, atol=1e-6)


def test_the_longer_the_list_the_higher_the_score_at_which_two_entries_are_called_alike(table: Calibration) -> None:
    alike = [evidence.levels(table, entries).alike for entries in (1, 10, 1_000, 10_000)]
    assert alike == sorted(alike)
    assert alike[0] < alike[-1] < 1
    levels = evidence.levels(table, 100)
    assert levels.agree < levels.alike <= levels.alert
    assert 0.01 < levels.fall < 0.1


def test_a_list_is_no_longer_than_the_evidence_carries(table: Calibration) -> None:
    evidence.check_length(table, 10_000)
    with pytest.raises(Misconfigured, match="10,001 entries; at most 10,000 can be enrolled"):
        evidence.check_length(table, 10_001)
    assert "EXTRAPOLATED" not in evidence.carried(table, 100)
    assert "EXTRAPOLATED" in evidence.carried(table, 10_000)
    thin = {name: getattr(table, name) for name in Calibration.__dataclass_fields__}
    thin |= {"extrapolated": (), "points": tuple(point for point in table.points if point.fmr > Decimal("0.00001"))}
    with pytest.raises(Misconfigured, match="the calibration carries no longer list"):
        evidence.check_length(Calibration(**thin), 100)


def test_a_calibration_of_another_chain_is_refused(table: Calibration) -> None:
    evidence.fits(table, table.detector, table.embedder)
    with pytest.raises(Misconfigured, match="of other models"):
        evidence.fits(table, table.detector, "0" * 64)

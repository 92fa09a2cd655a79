"""How much noise lies over a picture: measured where nothing else is, and in the zone alone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.steps import glance, noise, sight
from edge.steps.sight import Seeing

ALL = np.ones((360, 640), np.float32)


def grain(deviation: float) -> NDArray[np.float32]:
    return np.random.default_rng(6).normal(110, deviation, (360, 640)).astype(np.float32)


@pytest.mark.parametrize("deviation", [0.5, 1, 2, 4, 8])
def test_noise_is_measured_as_strong_as_it_is(deviation: float) -> None:
    assert noise.variance(grain(deviation), ALL) == pytest.approx(deviation**2, rel=0.06)


def test_what_is_to_be_seen_in_most_of_the_picture_is_not_noise() -> None:
    picture = grain(1)
    picture[:, :440] += np.random.default_rng(7).integers(0, 2, (360, 440)).astype(np.float32) * 40
    assert noise.variance(picture, ALL) == pytest.approx(1, rel=0.1)
    stripes = np.where(np.indices(ALL.shape)[1] // 6 % 2, 40, 0).astype(np.float32)
    assert noise.variance(grain(1) + stripes, ALL) == pytest.approx(1, rel=0.1)


def test_it_is_measured_in_the_zone_alone() -> None:
    picture, inner = grain(8), np.zeros_like(ALL)
    inner[40:330, 20:300] = 1
    picture[30:340, 10:310] = grain(1)[30:340, 10:310]
    assert noise.variance(picture, inner) == pytest.approx(1, rel=0.1)
    picture[inner == 0] = 16
    assert noise.variance(picture, inner) == pytest.approx(1, rel=0.1)
    assert noise.variance(picture, 0 * ALL) == 0


def test_a_zone_as_narrow_as_a_patch_is_measured_as_well() -> None:
    picture, inner = grain(8), np.zeros_like(ALL)
    inner[:, 8:30] = 1
    picture[:, 6:32] = grain(1)[:, 6:32]
    assert noise.variance(picture, inner) == pytest.approx(1, rel=0.15)


@pytest.mark.parametrize(("deviation", "fine", "coarse"), [(1, 0.30, 0.06), (2, 0.70, 0.11), (4, 3.28, 0.6)])
def test_most_of_it_is_taken_out_of_a_view_and_of_strong_noise_two_levels(
    deviation: float, fine: float, coarse: float
) -> None:
    luma = np.round(grain(deviation)).astype(np.uint8)
    view = sight.measure(glance.of(luma, glance.shown(np.zeros_like(luma))), Seeing())
    assert view.fine == pytest.approx(fine, abs=0.1)
    assert view.coarse == pytest.approx(coarse, abs=0.05)

"""A promise is tested on people whom its calibration has not seen."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from edge.measure import promise
from edge.measure.errata import Errata
from edge.measure.openset import Folds, Setting
from edge.measure.promise import Kept, part
from edge.measure.resample import Estimate
from tests.measure.cohorts import cohort


def test_a_part_of_the_people_has_their_pictures_and_nobody_elses() -> None:
    acquired = cohort(6, lost=2)
    some = part(acquired, np.array([False, True, False, True, False, False]))
    assert some.names == ("p1", "p3")
    np.testing.assert_array_equal(some.features, acquired.features[[3, 4, 5, 9, 10, 11]])
    assert some.people.tolist() == [0, 0, 0, 1, 1, 1]
    assert (some.failed, some.failed_people.tolist()) == (("p1/lost.jpg",), [0])


def test_promises_are_kept_on_other_people() -> None:
    found = promise.evaluate(cohort(500, each=4), Errata(), Folds(2, 50))
    tested = {(kept.setting.entries, kept.max_fpir): kept for kept in found}
    kept = tested[100, Decimal("0.01")]
    assert kept.refused == 0
    assert kept.searches > 200
    assert kept.fpir is not None
    assert kept.fpir.value <= 0.01
    assert kept.kept
    fused = next(one for one in found if one.setting.samples == 3 and one.max_fpir == Decimal("0.01"))
    assert fused.fpir is not None
    assert fused.fpir.value <= 0.01, "a calibration from single pictures holds for fused ones"


def test_what_the_evidence_does_not_carry_is_refused_and_counted() -> None:
    found = promise.evaluate(cohort(400, each=1), Errata(), Folds(2, 10))
    thin = next(one for one in found if one.setting.entries == 100 and one.max_fpir == Decimal("0.001"))
    assert (thin.refused, thin.searches, thin.fpir, thin.kept) == (2, 0, None, None)


def test_a_promise_is_broken_by_its_estimate_or_by_twice_its_upper_bound() -> None:
    def kept(value: float, high: float) -> bool | None:
        return Kept(Setting(1), Decimal("0.01"), 0, 1, 1, Estimate(value, 0, high), None).kept

    assert kept(0.01, 0.02)
    assert not kept(0.011, 0.015)
    assert not kept(0.005, 0.021)

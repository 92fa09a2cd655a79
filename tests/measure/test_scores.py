"""The yardsticks measure what they say, on people whose scores are known."""

from __future__ import annotations

import io
import tarfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from edge.adapters.pictures import files as pictures
from edge.domain.errors import Misconfigured, Undecodable
from edge.measure import errata
from edge.measure.acquire import Acquired, decode
from edge.measure.calibrate import calibrate, poisson_upper, readable
from edge.measure.errata import Errata
from edge.measure.evaluate import as_text, evaluate
from edge.measure.resample import draw
from edge.measure.scores import compare_all, resampled, score_at_fmr, true_match_rate
from edge.steps.calibrate import Calibration
from edge.wire.signed import canonical, parse
from tests.measure.cohorts import cohort


def brute(acquired: Acquired) -> tuple[np.ndarray, np.ndarray]:
    scores = acquired.features @ acquired.features.T
    left, right = np.triu_indices(len(acquired.features), 1)
    same = acquired.people[left] == acquired.people[right]
    return scores[left, right][same], scores[left, right][~same]


def test_every_pair_is_compared_once() -> None:
    acquired = cohort()
    mated, others = brute(acquired)
    found = compare_all(acquired, Errata())
    assert np.sort(found.mated) == pytest.approx(np.sort(mated))
    assert found.impostors == len(others)
    assert found.tail == pytest.approx(np.sort(others[others >= found.floor])[::-1], abs=1e-6)


@pytest.mark.parametrize("fmr", [1e-2, 1e-3, 1e-4])
def test_no_more_impostors_than_the_rate_allows_reach_its_score(fmr: float) -> None:
    acquired = cohort()
    _, others = brute(acquired)
    score = score_at_fmr(compare_all(acquired, Errata()), fmr)
    assert (others >= score).mean() <= fmr
    assert (others >= score - 0.01).mean() > fmr


def test_people_with_many_pictures_do_not_drown_the_others() -> None:
    features = np.eye(8, dtype=np.float32)[[0, 0, 0, 0, 1, 2]]
    acquired = Acquired(features, np.array([0, 0, 0, 0, 1, 1]), ("a", "b"), (), np.empty(0, np.int64))
    micro, macro = true_match_rate(compare_all(acquired, Errata()), 0.5)
    assert micro == pytest.approx(6 / 7)
    assert macro == pytest.approx(0.5)


def test_relatives_are_kept_apart() -> None:
    acquired = cohort(people=20)
    related = compare_all(acquired, Errata(relatives=(("p1", "p2"),)))
    assert len(related.relatives) == 9
    assert related.impostors == compare_all(acquired, Errata()).impostors - 9


def test_an_evaluation_says_only_what_the_pictures_support() -> None:
    few = evaluate(cohort(people=20), Errata())
    assert few.tmr_at_fmr == {}
    many = evaluate(cohort(people=400), Errata())
    assert set(many.tmr_at_fmr) == {"1e-3", "1e-4", "1e-5"} - ({"1e-5"} if many.non_mated < 1e6 else set())
    assert {"people", "images", "fta_rate", "tmr_at_fmr"} <= set(many.as_json())
    assert "400" in as_text(many)


def test_intervals_hold_the_rate_and_narrow_with_more_people() -> None:
    few, many = (evaluate(cohort(people=people, spread=1.2), Errata(), replicates=60) for people in (150, 600))
    for found in (few, many):
        for intervals, rates in (
            (found.tmr_interval, found.tmr_at_fmr),
            (found.tmr_interval_macro, found.tmr_at_fmr_macro),
        ):
            low, high = intervals["1e-3"]
            assert low <= rates["1e-3"] <= high
    widths = [found.tmr_interval["1e-3"][1] - found.tmr_interval["1e-3"][0] for found in (few, many)]
    assert widths[1] < widths[0]


def test_everybody_once_gives_the_rates_without_weights() -> None:
    acquired = cohort(people=200)
    comparisons = compare_all(acquired, Errata())
    drawn = resampled(comparisons, draw(200, 0, 0), 1e-3)
    expected = true_match_rate(comparisons, score_at_fmr(comparisons, 1e-3))
    assert (drawn.micro[0], drawn.macro[0]) == pytest.approx(expected)


def calibration(acquired: Acquired) -> Calibration:
    return calibrate(
        acquired, Errata(), detector="d" * 64, embedder="e" * 64, source="random", searches_per_passage=Decimal("1.1")
    )


def test_a_calibrations_bounds_hold_on_other_people() -> None:
    table = calibration(cohort(people=400, seed=1))
    _, fresh = brute(cohort(people=400, seed=2))
    for point in table.points:
        expected = float(point.fmr) * len(fresh)
        if expected > 30:
            assert (fresh >= float(point.score)).sum() <= expected * 1.1


def test_a_calibration_claims_nothing_below_its_evidence() -> None:
    acquired = cohort(people=200)
    table = calibration(acquired)
    assert float(table.points[-1].fmr) >= 3 / table.comparisons
    assert parse(canonical(table), Calibration) == table
    assert '"points": [' in readable(table)


def test_poisson_bounds_are_the_tabulated_ones() -> None:
    for count, bound in [(0, 3.689), (1, 5.572), (5, 11.668), (20, 30.888), (100, 121.63)]:
        assert poisson_upper(count) == pytest.approx(bound, rel=0.03)


def test_errata_are_read_and_their_faults_named(tmp_path: Path) -> None:
    path = tmp_path / "errata.json"
    path.write_text('{"about": "x", "same_person": [["A", "B"]], "exclude_pictures": ["A/1.jpg"]}')
    found = errata.load(path)
    assert (found.canonical("B"), found.canonical("C")) == ("A", "C")
    path.write_text('{"same_person": 3}')
    with pytest.raises(Misconfigured, match=r"errata\.json"):
        errata.load(path)


def test_people_come_from_folders_and_archives_alike(tmp_path: Path) -> None:
    for person in ("a", "b"):
        (tmp_path / "set" / person).mkdir(parents=True)
        for number in (2, 1):
            (tmp_path / "set" / person / f"{number}.jpg").write_bytes(f"{person}{number}".encode())
        (tmp_path / "set" / person / "notes.txt").write_text("no picture")
    with tarfile.open(tmp_path / "set.tar", "w") as archive:
        archive.add(tmp_path / "set", "set")
        archive.addfile(tarfile.TarInfo("set/a/empty.txt"), io.BytesIO())
    expected = [(p, f"{p}/{n}.jpg", f"{p}{n}".encode()) for p in ("a", "b") for n in (1, 2)]
    assert list(pictures(tmp_path / "set")) == expected
    assert list(pictures(tmp_path / "set.tar")) == expected
    with pytest.raises(Misconfigured, match="neither"):
        list(pictures(tmp_path / "nothing"))


@pytest.mark.parametrize("raw", [b"", b"not a picture", b"\xff\xd8\xff\xe0" + b"\0" * 40])
def test_what_is_no_picture_is_named(raw: bytes) -> None:
    with pytest.raises(Undecodable, match=r"a/1\.jpg"):
        decode("a/1.jpg", raw)

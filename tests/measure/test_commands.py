"""The yardsticks' commands, end to end on made-up people in place of the models."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from edge import cli
from edge.domain.errors import Misconfigured
from edge.measure import plot, report, tradeoff
from edge.measure.chain import load
from edge.measure.errata import Errata
from edge.measure.openset import Folds
from edge.measure.tradeoff import Timed, sides
from tests.measure.cohorts import cohort


@pytest.fixture(scope="module")
def found() -> report.Report:
    return report.measure(cohort(420, each=4), Errata(), Folds(2, 20))


def test_a_report_says_the_same_to_people_and_to_machines(found: report.Report) -> None:
    document: dict[str, Any] = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert {"people", "images", "fta_rate", "tmr_at_fmr", "tmr_interval", "open_set", "promises"} <= set(document)
    text = report.as_text(found)
    for one in document["open_set"]:
        assert set(one["fnir_at_fpir"]) == {"0.01", "0.001"}
        value, low, high = one["fnir_at_fpir"]["0.01"]
        assert low <= value <= high
        assert f"{value:.2%}" in text
    assert {(one["entries"], one["samples"]) for one in document["open_set"]} >= {(100, 1), (300, 1), (100, 3)}
    assert "kept" in text


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_curves_are_drawn(found: report.Report, tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / f"det{suffix}"
    plot.check(path)
    plot.det({report.in_words(rates.setting): rates.curve for rates in found.open_set}, path, "title")
    assert path.stat().st_size > 5_000
    plot.discard({"all": [(0.0, 0.2), (0.5, 0.1)]}, {"at random": [(0.0, 0.2), (0.5, 0.2)]}, path, "title")
    assert path.stat().st_size > 5_000


def test_what_cannot_be_drawn_is_said_before_anything_is_measured(tmp_path: Path) -> None:
    for path in (tmp_path / "det.gif", tmp_path / "nowhere" / "det.svg"):
        with pytest.raises(Misconfigured):
            plot.check(path)


def test_without_matplotlib_the_lock_that_has_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(Misconfigured, match=r"requirements/measure\.txt"):
        plot.check(tmp_path / "det.svg")


def test_a_gate_needs_groups(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["evaluate", "--images", str(tmp_path), "--gate", "2"]) == cli.EXIT_CONFIG
    assert "Name them with --groups" in capsys.readouterr().err


@pytest.mark.parametrize("asked", [["--gate", "0.5"], ["--gate", "nan"], ["--folds", "0"]])
def test_numbers_that_mean_nothing_are_refused(asked: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        cli.main(["evaluate", "--images", str(tmp_path), *asked])


def test_float32_is_loaded_for_measuring_alone(models: Path) -> None:
    assert load(models, precision="float32").extractor.identity != load(models).extractor.identity


def test_a_trade_off_has_the_same_people_in_every_row_and_names_its_cost() -> None:
    timed = Timed(None, None)  # type: ignore[arg-type]
    timed.spent.update(detect=10.0, refine=2.5, extract=5.0)
    timed.calls.update(detect=10, refine=10, extract=20)
    acquired = cohort(130, each=8)
    mirrored = cohort(130, each=8, seed=1)
    both = type(acquired)(
        acquired.features, acquired.people, acquired.names, (), acquired.failed_people, None, mirrored.features
    )
    found = tradeoff.measure(both, Errata(), Folds(1, 5), timed)
    assert len(found.rows) == 18
    costs = {(row.samples, row.mirrored): row.cost for row in found.rows}
    assert costs[1, "neither"] == costs[1, "references"] == pytest.approx(0.5)
    assert costs[3, "neither"] == pytest.approx(1.5)
    assert costs[1, "both"] == pytest.approx(0.75)
    assert sides(both, "references")[0] is both
    assert json.dumps(tradeoff.as_json(found), allow_nan=False)
    assert "cost of a passage" in tradeoff.as_text(found)


def test_people_with_few_pictures_have_no_trade_off() -> None:
    found = tradeoff.measure(cohort(20), Errata(), Folds(1, 5), Timed(None, None))  # type: ignore[arg-type]
    assert "nothing to compare" in tradeoff.as_text(found)

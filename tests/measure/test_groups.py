"""Groups are those that people stated; a gap is not hidden by few people, and nor is a lack of them taken for a gap."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain.errors import Misconfigured
from edge.measure import groups
from edge.measure.acquire import Acquired
from edge.measure.errata import Errata
from edge.measure.groups import Verdict, compare, judged
from edge.measure.openset import Folds
from tests.measure.cohorts import cohort

FOLDS = Folds(4, 0)


def halves(people: int) -> dict[int, str]:
    return {number: "ab"[number % 2] for number in range(people)}


def blurred(acquired: Acquired, spread: float) -> Acquired:
    """Every other person's pictures say less of whom they show."""
    rng = np.random.default_rng(5)
    worse = acquired.people % 2 == 1
    rows = acquired.features + worse[:, None] * spread * rng.standard_normal(acquired.features.shape)
    features = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return replace(acquired, features=features)


def test_a_gap_between_large_groups_is_seen_and_fails_the_gate() -> None:
    found = compare(blurred(cohort(600), 0.25), Errata(), halves(600), FOLDS)
    assert (found.fnir.higher, found.fnir.lower) == ("b", "a")
    assert found.fnir.value.low > 1.2
    assert judged(found, 1.2)[1] is Verdict.BEYOND


def test_large_groups_without_a_gap_pass() -> None:
    found = compare(cohort(1200, spread=1.6), Errata(), halves(1200), FOLDS)
    assert judged(found, 1.5)[1] is Verdict.WITHIN


def test_a_handful_of_people_is_too_few_to_say_even_without_any_error() -> None:
    found = compare(cohort(24, spread=0.05), Errata(), halves(24), FOLDS)
    assert found.groups[0].fnir.value == 0
    assert found.groups[0].fnir.high > 0.05
    assert judged(found, 2.0) == (Verdict.TOO_FEW, Verdict.TOO_FEW)


def test_people_whose_group_is_not_stated_are_counted_as_such() -> None:
    stated = {number: group for number, group in halves(300).items() if number < 200}
    found = compare(cohort(300), Errata(), stated, FOLDS)
    assert found.unstated == 100
    assert sum(group.strangers for group in found.groups) <= 200
    assert "100 people without a stated group" in groups.as_text(found)
    assert set(groups.as_json(found)["groups"]) == {"a", "b"}  # type: ignore[call-overload]


def test_one_person_is_one_observation_however_many_searches_they_made() -> None:
    few, many = (compare(cohort(90, each=each), Errata(), halves(90), FOLDS).groups[0] for each in (2, 12))
    assert few.listed == pytest.approx(many.listed, abs=15)
    assert many.fpir.high - many.fpir.low > 0.02


def test_without_a_second_picture_nobody_can_be_searched_for() -> None:
    with pytest.raises(Misconfigured, match="two pictures"):
        compare(cohort(30, each=1), Errata(), halves(30), FOLDS)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "groups.csv"
    path.write_text(text)
    return path


def test_people_and_pictures_may_be_named_and_other_names_of_a_person_count(tmp_path: Path) -> None:
    path = written(tmp_path, 'name,group\np0,a\np1/2.jpg, b\n\n"other",b\n')
    known = Errata(same_person=(("p2", "other"),))
    assert groups.load(path, cohort(5), known) == {0: "a", 1: "b", 2: "b"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("p0,a\np1,b\n", r"groups\.csv:1: .*'name,group'"),
        ("name,group\np0,a\nnobody,b\n", r"groups\.csv:3: there is no person 'nobody'"),
        ("name,group\np0,a\np1\n", r"groups\.csv:3: 'p1' is not a name and a group"),
        ("name,group\np0,a\np1,b,c\n", r"groups\.csv:3: "),
        ('name,group\np0,a\n"p1,b\n', r"groups\.csv:3: "),
        ("name,group\np0,a\np0/1.jpg,b\n", r"groups\.csv:3: 'p0' is in the group 'a' already"),
        ("name,group\np0,a\np1,a\n", "fewer than two groups"),
    ],
)
def test_a_fault_in_the_file_is_named_with_its_line_and_remedy(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said) as raised:
        groups.load(written(tmp_path, text), cohort(5), Errata())
    assert "Write a line 'name,group'" in str(raised.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(Misconfigured, match="cannot be read"):
            groups.load(path, cohort(5), Errata())


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_whatever_the_file_holds_it_is_read_or_refused(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "groups.csv"
        path.write_bytes(b"name,group\n" + raw)
        with contextlib.suppress(Misconfigured):
            assert len(set(groups.load(path, cohort(3), Errata()).values())) > 1

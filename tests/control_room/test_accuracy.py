"""The report of an accuracy test: what was counted on scene against what was opened, and nothing else."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.control_room import accuracy
from edge.control_room.accuracy import Lead, Passage
from edge.control_room.keeping import Kept, Purpose
from edge.domain.access import Why
from edge.domain.authorisation import UseCase
from edge.domain.errors import Misconfigured
from edge.steps.interval import clopper_pearson
from edge.wire.signed import Kind, holds
from hardware_sim.site import Site
from tests.vectors.people import DOCUMENT

BEGIN = DOCUMENT.not_before
TEST = replace(DOCUMENT, use_case=UseCase.ACCURACY_TEST)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def passage(entry: str, begins: float, lasts: float = 6) -> Passage:
    return Passage(entry, at(begins), at(begins + lasts))


def counted(passages: list[Passage], leads: list[Lead]) -> tuple[int, int]:
    report = accuracy.report(TEST, "0" * 64, passages, leads)
    return report.found, report.false


def test_a_passage_is_found_by_a_hit_for_that_volunteer_while_it_lasts() -> None:
    passages = [passage("a", 10), passage("b", 10), passage("a", 60)]
    assert counted(passages, []) == (0, 0)
    assert counted(passages, [Lead("a", at(12))]) == (1, 0)
    assert counted(passages, [Lead("a", at(12)), Lead("a", at(14)), Lead("b", at(16))]) == (2, 0)


def test_one_hit_speaks_for_one_passage_however_closely_another_follows() -> None:
    passages = [passage("a", 20), passage("a", 10)]
    assert counted(passages, [Lead("a", at(17))]) == (1, 0)
    assert counted(passages, [Lead("a", at(19)), Lead("a", at(17))]) == (2, 0)
    assert counted(passages, [Lead("a", at(17)), Lead("a", at(27)), Lead("a", at(12))]) == (2, 0)


@pytest.mark.parametrize(("seconds", "found"), [(4.9, 0), (5, 1), (21, 1), (21.1, 0)])
def test_watch_and_clock_may_differ_by_five_seconds(seconds: float, found: int) -> None:
    assert counted([passage("a", 10)], [Lead("a", at(seconds))]) == (found, 1 - found)


def test_a_hit_that_belongs_to_no_passage_is_false() -> None:
    assert counted([passage("a", 10)], [Lead("b", at(12)), Lead("a", at(90)), Lead("a", at(12))]) == (1, 2)


def test_only_an_accuracy_test_is_reported_and_only_what_happened_within_it() -> None:
    with pytest.raises(Misconfigured, match="authorises no accuracy test"):
        accuracy.report(DOCUMENT, "0" * 64, [passage("a", 1)], [])
    for outside in (passage("a", -1), Passage("a", TEST.not_after, TEST.not_after + timedelta(seconds=1))):
        with pytest.raises(Misconfigured, match="outside the test's window"):
            accuracy.report(TEST, "0" * 64, [outside], [])


def test_it_names_what_the_test_named() -> None:
    report = accuracy.report(TEST, "5" * 64, [passage("a", 1), passage("b", 2), passage("a", 20)], [])
    assert (report.volunteers, report.passages, report.tested) == (2, 3, at(26))
    assert (report.authorisation, report.digest) == (TEST.id, "5" * 64)
    for name in ("site", "device", "zone", "configuration", "models", "calibration"):
        assert getattr(report, name) == getattr(TEST, name)


def passages_of(folder: Path, text: str) -> list[Passage]:
    (folder / "passages.csv").write_text(text)
    return accuracy.read_passages(folder / "passages.csv")


def test_passages_are_read_from_a_table(tmp_path: Path) -> None:
    text = "entry,from,to\na,2026-06-01T09:30:10Z,2026-06-01T10:30:16+01:00\n"
    assert passages_of(tmp_path, text) == [Passage("a", at(10), at(16))]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "other columns"),
        ("who,from,to\n", "other columns"),
        ("entry,from,to\n", "no passages"),
        ("entry,from,to\na,2026-06-01T09:30:10Z\n", "line 2: wrong number of columns"),
        ("entry,from,to\na,2026-06-01T09:30:10Z,2026-06-01T09:30:16Z,x\n", "line 2: wrong number of columns"),
        ("entry,from,to\na,09:30,2026-06-01T09:30:16Z\n", "line 2: '09:30' is no time with its zone"),
        ("entry,from,to\na,2026-06-01T09:30:10,2026-06-01T09:30:16Z\n", "no time with its zone"),
        ("entry,from,to\na,2026-06-01T09:30:16Z,2026-06-01T09:30:10Z\n", "line 2: it ends before it begins"),
        ("entry,from,to\na,2026-06-01T09:30:10Z,2026-06-01T09:30:16Z\na,2026-06-01T09:30:16Z,2026-06-01T09:30:20Z\n",
         "a passes twice"),
    ],
)  # fmt: skip
def test_a_table_that_counts_wrongly_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        passages_of(tmp_path, text)


@given(raw=st.binary(max_size=200) | st.text(max_size=80).map(lambda text: b"entry,from,to\n" + text.encode()))
def test_whatever_a_file_contains_it_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(raw)
    with contextlib.suppress(Misconfigured):
        accuracy.read_passages(path)


def test_the_hits_of_the_test_are_opened_for_a_reason_that_is_written_down(tmp_path: Path, watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    (hit,) = watching.hits
    kept = Kept(tmp_path / "kept", hit.sealed.authorisation, watching.office.device_key.public)
    kept.add(hit.signed)
    office, now = watching.office, watching.clock.now().wall
    found = accuracy.leads(kept, office.reader.private, office.evaluator, Purpose(Why.AUDIT, "test-1"), now)
    assert found == [Lead("v-0007", hit.content.captured)]
    (view,) = kept.views()
    assert holds(view, Kind.VIEW, office.evaluator.public)


def test_the_interval_is_exact() -> None:
    """Clopper and Pearson's bounds as published tables have them: 0, 5 and 10 of 10, and 95 of 100."""
    for count, of, low, high in (
        (0, 10, 0.0, 0.3085), (5, 10, 0.1871, 0.8129), (10, 10, 0.6915, 1.0), (95, 100, 0.8872, 0.9836),
    ):  # fmt: skip
        assert clopper_pearson(count, of) == pytest.approx((low, high), abs=5e-5)

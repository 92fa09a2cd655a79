"""The report: personal data that says so and until when, of listed people alone, in words, numbers and no scores."""

from __future__ import annotations

import io
import json
import re
import stat
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from edge.control_room.enrolling import pairs
from edge.control_room.enrolling.entries import Person
from edge.control_room.enrolling.examining import Examined
from edge.control_room.enrolling.findings import FORMAT, KEPT, MARKING, Found, Listed, Outcome, Remark, Report
from edge.control_room.enrolling.page import as_html
from edge.control_room.enrolling.progress import Bar
from edge.control_room.enrolling.results import report_json, write_report
from edge.control_room.enrolling.scrutiny import Levels
from edge.domain.authorisation import MAX_LIST_AGE, Category, ImageSource
from edge.domain.errors import Misconfigured
from edge.domain.subjects import Picture, Subject
from tests.control_room.enrolling.alone import NOW

LEVELS = Levels(agree=0.35, alike=0.6, same=0.7, alert=0.5, fall=0.023)
VOID = {"meta", "br", "hr", "img", "link", "input"}


def report(**changed: object) -> Report:
    found = [
        Found(entry="v-1", picture="v-1/1.jpg", outcome=Outcome.USED, why="used", quality=97),
        Found(entry="v-1", picture="v-1/<b>.jpg", outcome=Outcome.NO_FACE, why="no face found", quality=None),
    ]
    listed = Listed(
        entry="v-1", category=Category.MISSING_AT_RISK, rationale="case-9", sources=(ImageSource.GIVEN_BY_FAMILY,),
        newest=date(2025, 3, 4), pictures=2, used=1, quality=97,
    )  # fmt: skip
    made = Report(
        format=FORMAT, marking=MARKING, built=NOW, delete=NOW + KEPT, origin="a test", export="a" * 64,
        detector="d" * 64, embedder="e" * 64, cohort=1000, carried="the smallest maximum FPIR is 1 in 10",
        entries=(listed,), left_out=("v-9",), pictures=tuple(found), faults=(), warnings=(),
    )  # fmt: skip
    return replace(made, **changed)  # type: ignore[arg-type]


class Outline(HTMLParser):
    """What a page is built of; an element that is not closed, or not open, fails."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def of(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def test_the_page_stands_by_itself_and_fetches_and_runs_nothing() -> None:
    page = as_html(report())
    outline = Outline(page)
    assert {tag for tag, _ in outline.tags} & {"script", "img", "link", "iframe", "form", "object"} == set()
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=\"(?!#)", page)
    assert "url(" not in page
    assert "@import" not in page


def test_the_page_can_be_read_by_everybody() -> None:
    outline = Outline(as_html(report()))
    assert outline.of("html") == [{"lang": "en-GB"}]
    assert len(outline.of("title")) == len(outline.of("h1")) == len(outline.of("main")) == 1
    assert all(one.get("scope") in ("col", "row") for one in outline.of("th"))
    assert len(outline.of("caption")) == len(outline.of("table")) >= 4
    regions = [one for one in outline.of("div") if one.get("class") == "table"]
    assert all(one.get("tabindex") == "0" and one.get("aria-label") for one in regions)
    named = {one["id"] for one in outline.of("h2")}
    assert {str(one["href"]).lstrip("#") for one in outline.of("a")} <= named


def test_the_page_is_for_day_and_night_and_for_paper() -> None:
    page = as_html(report())
    for rule in ("color-scheme:light dark", "prefers-color-scheme:dark", "@media print", "@page"):
        assert rule in page


def test_it_is_marked_as_personal_data_and_says_until_when_it_is_kept() -> None:
    made = report()
    assert made.delete - made.built == timedelta(days=31)
    page = as_html(made)
    assert MARKING in page
    assert "2 July 2026" in page
    said = json.loads(report_json(made), parse_float=pytest.fail)
    assert (said["marking"], said["delete"]) == (MARKING, "2026-07-02T12:00:00Z")


def test_it_names_entries_and_files_and_what_is_written_there_is_not_obeyed() -> None:
    page = as_html(report(warnings=(Remark(entries=(), what="<script>alert(1)</script>"),)))
    assert "v-1/&lt;b&gt;.jpg" in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    for said in ("v-9", "case-9", "given-by-family", "2025-03-04", "1 of 2", "97", "a" * 64, "cohort of 1,000"):
        assert said in page


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, "The list can be sealed."),
        ({"faults": (Remark(entries=("v-1", "v-2"), what="The entries share a picture."),)}, "by 2 entries"),
        ({"warnings": (Remark(entries=(), what="careful"),)}, "1 warning</a> to judge"),
        ({"pictures": (), "entries": ()}, "There are none."),
    ],
)
def test_it_begins_with_how_it_stands(changed: dict[str, object], says: str) -> None:
    page = as_html(report(**changed))
    Outline(page)
    assert says in page


def test_it_is_written_for_its_owner_alone_and_whole(tmp_path: Path) -> None:
    write_report(tmp_path / "report", report())
    write_report(tmp_path / "report", report())
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "report").iterdir()}
    assert found == {"quality.html": 0o600, "quality.json": 0o600}
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match="cannot be written"):
        write_report(tmp_path / "file" / "report", report())


def person(name: str, template: list[float], *taken: date | None) -> Person:
    pictures = tuple(
        Picture(file=f"{name}/{number}.jpg", digest=None, source=ImageSource.CUSTODY, taken=day)
        for number, day in enumerate(taken)
    )
    subject = Subject(id=name, category=Category.VOLUNTEER, rationale=None, pictures=pictures)
    prints = np.random.default_rng(len(name)).standard_normal((len(taken), 256)) / 16
    return Person(subject, np.array(template, np.float32), pictures, 0.9, prints.astype(np.float16))


def test_of_two_who_are_near_one_another_it_says_how_near_and_infers_nothing() -> None:
    people = [
        person("v-1", [1, 0, 0], None), person("v-22", [0.65, 0.76, 0], None), person("v-333", [0.95, 0.3122, 0], None),
    ]  # fmt: skip
    faults, warnings = pairs.alike(people, np.stack([one.template for one in people]), LEVELS)
    assert faults == []
    assert [(one.entries, one.what.partition(":")[0]) for one in warnings] == [
        (("v-1", "v-22"), "possibly one person, or close relatives"),
        (("v-1", "v-333"), "likely one person under two ids, or twins"),
        (("v-22", "v-333"), "likely one person under two ids, or twins"),
    ]
    assert not any(re.search(r"\d\.\d|brother|sister|mother|father|male|age", one.what) for one in warnings)


def test_a_list_that_repeats_people_is_a_fault_and_not_a_million_lines() -> None:
    people = [person(f"v-{number}", [1, 0, 0], None) for number in range(60)]
    faults, warnings = pairs.alike(people, np.stack([one.template for one in people]), LEVELS)
    assert len(faults) + len(warnings) == pairs.MOST + 1
    assert "the list repeats people" in faults[-1].what


def test_old_unknown_and_impossible_dates_are_pointed_out() -> None:
    people = [
        person("v-1", [1, 0, 0], date(2015, 6, 1), date(2010, 1, 1)), person("v-2", [0, 1, 0], date(2016, 1, 1)),
        person("v-3", [0, 0, 1], None), person("v-4", [0, 0, 1], date(2026, 6, 2)),
    ]  # fmt: skip
    said = {one.entries: one.what for one in pairs.old(people, NOW)}
    assert set(said) == {("v-1",), (), ("v-4",)}
    assert "more than 10 years old of: v-1 (2015)" in said["v-1",]
    assert "1 of 4 entries have no picture of a known date" in said[()]
    assert "2026-06-02, which is yet to come" in said["v-4",]


def test_a_list_is_sealed_within_a_day_of_what_it_was_made_from_or_not_at_all() -> None:
    row = np.zeros(128, np.float32)
    row[0] = 1
    one = replace(person("v-1", [1], None), template=row)
    examined = Examined(report(), (one,))
    assert examined.seal(NOW + MAX_LIST_AGE).entries == 1
    with pytest.raises(Misconfigured, match="more than 24 hours ago"):
        examined.seal(NOW + MAX_LIST_AGE + timedelta(seconds=1))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Steps:
    """A clock that goes on when it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_terminal_shows_a_bar_and_how_long_it_takes() -> None:
    stream, clock = Terminal(), Steps()
    bar = Bar(stream, "pictures", clock)
    for done in range(1, 101):
        clock.now += 1
        bar.step(done, 100)
    bar.end()
    pictured = stream.getvalue().split("\r")
    assert "pictures [###############...............] 50 of 100, about 49 s left\x1b[K" in pictured
    assert pictured[-1].startswith("pictures [##############################] 100 of 100\x1b[K")


def test_what_is_no_terminal_gets_few_plain_lines() -> None:
    stream, clock = io.StringIO(), Steps()
    bar = Bar(stream, "pictures", clock)
    for done in range(1, 10_001):
        clock.now += 0.03
        bar.step(done, 10_000)
    lines = stream.getvalue().splitlines()
    assert 5 <= len(lines) <= 10
    assert lines[-1] == "pictures: 10,000 of 10,000"
    assert all(line.isprintable() and line.startswith("pictures: ") for line in lines)

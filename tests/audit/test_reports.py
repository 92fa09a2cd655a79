"""What a person reads: the report of an examination, and the deployment report that a force publishes."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from edge.audit.case import Brought
from edge.audit.publish import as_html
from edge.audit.publish import as_json as published_json
from edge.audit.publish import schema as published_schema
from edge.audit.report import Report, examine
from edge.audit.text import as_text
from edge.domain.leaves.deployment import Began, SightChanged
from edge.domain.leaves.device import Alive
from edge.domain.orders import Verdict
from tests.audit.cast import at
from tests.audit.faults.hits import a_morning_of_false_alerts
from tests.audit.folders import examined, put
from tests.audit.mornings import a_morning, a_morning_with_a_power_cut, acknowledged, committed, review
from tests.audit.story import cosigned_note, name_of


@pytest.fixture
def cut_off(tmp_path: Path) -> Report:
    return examined(a_morning_with_a_power_cut(), tmp_path / "bundle")


def test_it_says_first_whether_it_holds(cut_off: Report, tmp_path: Path) -> None:
    assert as_text(cut_off).lstrip().startswith("HOLDS   Nothing was found wrong.")
    story = a_morning()
    story.change(Began, digest="8" * 64)
    failed = as_text(examined(story, tmp_path / "other"))
    assert failed.lstrip().startswith("FAILS   1 thing was found wrong")
    assert "[paper-missing]" in failed
    assert "-> Export it again" in failed


def test_it_says_what_it_cannot_establish_whatever_was_found(cut_off: Report) -> None:
    for words in ("cable that is split", "published program", "an officer stood there", "Who was on the list"):
        assert any(words in sentence for sentence in cut_off.cannot)
    assert "WHAT THIS CANNOT ESTABLISH" in as_text(cut_off)


def test_what_was_not_brought_is_named_among_what_cannot_be_established(tmp_path: Path) -> None:
    story = a_morning()
    folder = put(tmp_path / "bundle", story.files())
    bare = examine(folder, Brought())
    assert not bare.holds
    assert any("vouches for itself" in sentence for sentence in bare.cannot)
    root = name_of(story.signed_root)
    more = examine(folder, Brought(root=root, heads=(cosigned_note(story.note(17), 2345, "witness-1"),)))
    assert not any("no head was brought" in sentence for sentence in more.cannot)
    assert any("no head was brought" in sentence for sentence in examine(folder, Brought(root=root)).cannot)
    story.policy(witnesses=0)
    story.rule(witnesses=())
    alone = examined(story, tmp_path / "alone")
    assert any("no witness is named" in sentence for sentence in alone.cannot)


def test_without_somebody_to_believe_nothing_is_called_good(tmp_path: Path) -> None:
    bare = examine(put(tmp_path / "bundle", a_morning().files()), Brought())
    assert [subject.name for subject in bare.subjects if subject.examined] == [
        "The bundle's files",
        "Signatures and roles",
    ]
    assert "  ?      The list" in as_text(bare)


def test_uncounted_searches_are_named_wherever_searches_are(cut_off: Report) -> None:
    text = as_text(cut_off)
    assert "40 faces, and up to 256 uncounted" in text
    assert "up to 256 more than were counted" in text.replace("\n    ", " ")
    assert "and up to 256 that were not counted" in as_html(cut_off)


def test_hits_are_as_many_as_what_became_of_them(tmp_path: Path) -> None:
    story = a_morning()
    story.add(1310, committed(2))
    story.add(1325, acknowledged(2))
    story.add(1445, review(story, 1445, 2, Verdict.INCONCLUSIVE))
    story.add(1460, committed(3))
    (figures,) = examined(story, tmp_path / "bundle").deployments
    hits = figures.hits
    assert (hits.committed, hits.confirmed, hits.false, hits.inconclusive, hits.open) == (3, 1, 0, 1, 1)
    assert hits.committed == hits.confirmed + hits.false + hits.inconclusive + hits.unresolved


def test_the_false_alert_rate_has_an_interval_and_a_worst_case(tmp_path: Path) -> None:
    (figures,) = examined(a_morning_of_false_alerts(), tmp_path / "bundle").deployments
    assert (figures.rate.false, figures.rate.searches) == (2, 70)
    assert (figures.rate.low, figures.rate.high) == pytest.approx((0.003479, 0.099429), abs=1e-5)
    assert figures.rate.high_if_unresolved_were_false == figures.rate.high


def test_more_false_alerts_than_authorised_are_called_so(tmp_path: Path, cut_off: Report) -> None:
    report = examined(a_morning_of_false_alerts(), tmp_path / "false")
    assert report.deployments[0].above_authorised
    assert "MORE FALSE ALERTS THAN AUTHORISED" in as_text(report)
    assert "more than chance explains" in as_html(report)
    assert "MORE FALSE" not in as_text(cut_off)


def test_time_in_which_it_could_not_see_does_not_count_as_looking(tmp_path: Path) -> None:
    story = a_morning()
    for when, why in ((1240, "view-dark"), (1250, "view-blurred"), (1260, ""), (1450, "view-empty")):
        story.add(when, SightChanged(authorisation="operation-1", why=why))
    story.cosigned = story.cosigned[:1]
    report = examined(story, tmp_path / "bundle")
    assert report.names == frozenset()
    (figures,) = report.deployments
    assert (figures.blind.total_seconds(), figures.looked.total_seconds()) == (70, 210)
    assert "0 h 01 min 10 s more the camera was open and could not see" in as_text(report)


def test_when_nothing_was_heard_is_listed(cut_off: Report, tmp_path: Path) -> None:
    """Between two lives, and right after a start, when the clock may just have been set."""
    assert [(one.begins, one.ends) for one in cut_off.silences] == [(at(1470), at(1600))]
    story = a_morning()
    story.drop(Alive, 0)
    report = examined(story, tmp_path / "quiet")
    assert [(one.begins, one.ends) for one in report.silences] == [(at(0), at(1470))]
    assert "never started anew" in as_text(examined(a_morning(), tmp_path / "whole"))


@pytest.mark.parametrize("width", [80, 96, 120])
def test_it_fits_the_screen(cut_off: Report, width: int) -> None:
    assert max(len(line) for line in as_text(cut_off, width).splitlines()) <= width


def test_nothing_in_a_bundle_writes_to_the_terminal_but_letters(tmp_path: Path) -> None:
    files = a_morning().files()
    files["\x1b[2Jgone"] = b"x"
    report = examine(put(tmp_path / "bundle", files), Brought(root="0" * 64))
    assert "file-unlisted" in report.names
    assert "\x1b" not in as_text(report)


class Page(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_by_itself_and_can_be_read_aloud(cut_off: Report) -> None:
    page = Page()
    page.feed(as_html(cut_off))
    assert page.open == []
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "href")]
    assert ("lang", "en-GB") in page.attributes
    assert page.tags.count("h1") == 1
    assert page.tags.count("table") == page.tags.count("caption") == 3
    assert all(attribute == ("scope", "row") for attribute in page.attributes if attribute[0] == "scope")
    assert page.tags.count("th") == sum(name == "scope" for name, _ in page.attributes)


def test_the_page_speaks_in_the_terms_of_published_policies(cut_off: Report) -> None:
    html = as_html(cut_off)
    for term in (
        "Purpose", "Authorised hours", "Watchlist size", "Watchlist categories", "Faces searched", "Alerts",
        "True alerts", "Confirmed false alerts", "False alert rate", "Time to review", "Watchlist destroyed",
    ):  # fmt: skip
        assert f'<th scope="row">{term}</th>' in html
    assert "never an identification" in html


def test_the_page_says_at_its_head_that_the_evidence_does_not_hold(tmp_path: Path) -> None:
    story = a_morning()
    story.signers = ("authorising-officer",)
    html = as_html(examined(story, tmp_path / "bundle"))
    assert html.index("The evidence does not hold") < html.index("<h2>")
    assert "authorisation-not-signed" in html


def test_what_comes_from_a_bundle_is_shown_as_text(tmp_path: Path) -> None:
    story = a_morning()
    story.rule(organisation="<script>alert(1)</script>", contact="a & b")
    html = as_html(examined(story, tmp_path / "bundle"))
    assert "<script" not in html
    assert "a &amp; b" in html


def test_the_published_json_is_what_its_schema_says(cut_off: Report) -> None:
    said = json.loads(published_json(cut_off))
    jsonschema.validate(said, published_schema())
    assert set(said) == set(published_schema()["$defs"]["Published"]["required"])
    assert [one["authorisation"] for one in said["deployments"]] == ["operation-1", "operation-1"]

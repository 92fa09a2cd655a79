"""The public record of each deployment, and the page of a site's: for machines and for anybody."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from edge import cli
from edge.audit import page, transparency
from edge.audit.transparency import Record
from edge.control_room.authority import page as authority_page
from edge.domain.errors import Undecodable
from edge.domain.leaves.deployment import Ended
from edge.wire.signed import canonical
from tests.audit.folders import examined, put
from tests.audit.mornings import a_morning


@pytest.fixture
def record(tmp_path: Path) -> Record:
    (found,) = transparency.records(examined(a_morning(), tmp_path / "bundle"))
    return found


def later(record: Record, days: int, **fields: object) -> Record:
    span = timedelta(days=days)
    times = {"began": record.began + span, "ended": record.ended + span}
    return replace(record, **{**times, **fields})  # type: ignore[arg-type]


def test_a_record_says_why_where_who_when_and_what_became_of_it(record: Record) -> None:
    assert (record.site, record.device, record.purpose) == ("high-street", "post-1", "crime-hotspot")
    assert (record.list_entries, record.faces, record.alerts.committed) == (300, 70, 1)
    assert record.decisions.confirmed.count == 1
    assert record.references.keys() == {"impact_assessment", "equality_assessment", "community_assessment", "signage"}
    assert record.evidence_holds
    assert re.fullmatch(r"[0-9a-f]{64}", record.bundle)
    assert record.name == "high-street.post-1.20260601T092000Z.json"


def test_it_is_read_as_it_is_written_and_its_schema_knows_it(record: Record) -> None:
    raw = transparency.as_json(record)
    assert transparency.read(raw) == [record]
    jsonschema.validate(json.loads(raw), transparency.schema())


def test_a_deployment_that_is_not_over_has_no_record(tmp_path: Path) -> None:
    story = a_morning()
    story.drop(Ended, 0)
    report = examined(story, tmp_path / "bundle")
    assert len(report.deployments) == 1
    assert transparency.records(report) == []


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"format": "lamppost-transparency/2"}', b"\xff", b"[" * 90_000])
def test_what_is_no_record_is_refused(raw: bytes) -> None:
    with pytest.raises(Undecodable):
        transparency.read(raw)


def test_numbers_that_nobody_can_have_counted_are_refused(record: Record) -> None:
    for spoilt in (
        replace(record, looked_seconds=1e300),
        replace(record, alerts=replace(record.alerts, confirmed=-1)),
    ):
        with pytest.raises(Undecodable):
            transparency.read(transparency.as_json(spoilt))


def test_each_deployment_stands_once_as_the_latest_evidence_tells_it(record: Record) -> None:
    corrected = replace(record, as_of=record.as_of + timedelta(hours=1), evidence_holds=False)
    other = later(record, 1)
    found = transparency.register([corrected, record, other])
    assert found.records == (other, corrected)
    assert transparency.register([record, corrected, other]) == found
    assert transparency.read(transparency.as_json(found)) == list(found.records)


class Page(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_a_site_lists_its_deployments_and_what_holds(record: Record) -> None:
    failed = later(record, 2, evidence_holds=False)
    html = transparency.as_html(
        transparency.register([record, later(record, 1), failed, later(record, 3, site="market")])
    )
    read = Page(html)
    assert not {"script", "img", "link", "iframe", "form"} & set(read.tags)
    assert [word for word in read.words if word in ("high-street", "market")] == ["high-street", "market"]
    assert html.count("DOES NOT HOLD") == 1
    assert html.index("2026-06-03 09:20") < html.index("2026-06-02 09:20") < html.index("2026-06-01 09:20")
    assert "3 of 3 (100.0%; 95 % interval 29.2% to 100.0%)" in html
    assert read.tags.count("table") == read.tags.count("caption") == 4
    assert "never an identification" in html


def test_nothing_that_a_record_says_is_anything_but_text(record: Record) -> None:
    html = transparency.as_html(transparency.register([replace(record, organisation="<script>alert(1)</script>")]))
    assert "<script" not in html


def test_the_report_leaves_everything_beside_it_and_a_register_is_made_of_that(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = a_morning()
    bundle = put(tmp_path / "bundle", story.files())
    (tmp_path / "trust-root.json").write_bytes(canonical(story.signed_root))
    root, out = str(tmp_path / "trust-root.json"), tmp_path / "out"
    assert cli.main(["report", str(bundle), "--trust-root", root, "--out", str(out)]) == 0
    capsys.readouterr()
    assert cli.main(["verify", str(out / "bundle"), "--trust-root", root]) == 0
    # The file is as wide as paper; the terminal is as wide as it is.
    assert capsys.readouterr().out.split() == (out / "verify.txt").read_text().split()
    assert json.loads((out / "verify.json").read_text())["holds"] is True
    (made,) = (out / "transparency").iterdir()
    assert cli.main(["transparency", str(out / "transparency"), "--out", str(tmp_path / "site")]) == 0
    assert json.loads((tmp_path / "site/index.json").read_text())["records"][0] == json.loads(made.read_text())
    assert "high-street" in (tmp_path / "site/index.html").read_text()


def test_a_link_in_a_bundle_publishes_nothing_from_elsewhere(tmp_path: Path) -> None:
    story = a_morning()
    bundle = put(tmp_path / "bundle", story.files())
    (tmp_path / "secret").write_text("secret")
    (bundle / "papers" / "elsewhere").symlink_to(tmp_path / "secret")
    assert cli.main(["report", str(bundle), "--out", str(tmp_path / "out")]) == 1
    assert not (tmp_path / "out/bundle/papers/elsewhere").exists()
    assert not list((tmp_path / "out/transparency").iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["transparency"], "No records are named"), (["transparency", "."], "no folder to write to"),
        (["transparency", "pyproject.toml", "--out", "out"], "No transparency record"),
        (["transparency", "nowhere.json", "--out", "out"], "cannot be read"),
        (["report", "tests", "--out", "tests/out"], "lies in the bundle"),
    ],
)  # fmt: skip
def test_the_commands_say_what_is_wrong(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 78
    assert said in capsys.readouterr().err


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["transparency", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == transparency.schema()


# Contrast (WCAG 2.2, 1.4.3, 1.4.6, 1.4.11).


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def palettes(style: str) -> list[dict[str, str]]:
    """By day, by night, on paper: what is not said again stays as it was."""
    found, known = [], dict[str, str]()
    for block in re.findall(r":root\s*\{([^}]*)\}", style):
        known = known | dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{3,6})", block))
        found.append(known)
    return found


@pytest.mark.parametrize("style", [page._STYLE, authority_page._STYLE], ids=["published", "authorisation"])
def test_text_and_lines_stand_out_by_day_by_night_and_on_paper(style: str) -> None:
    found = palettes(style)
    assert len(found) == 3
    for palette in found:
        grounds = [name for name in palette if name in ("paper", "good", "bad", "odd", "loud")]
        assert all(contrast(palette["ink"], palette[ground]) >= 7 for ground in grounds)
        assert contrast(palette["line"], palette["paper"]) >= 3
        edges = [name for name in palette if name.endswith("edge")]
        assert all(contrast(palette[edge], palette["paper"]) >= 3 for edge in edges)

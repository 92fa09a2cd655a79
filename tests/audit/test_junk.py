"""Whatever lies in a bundle's folder, an examination ends with a report."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.audit.case import Brought
from edge.audit.report import Report, as_json, examine, schema
from edge.audit.text import as_text
from edge.domain.authority import Signed
from edge.domain.record import EVENTS
from edge.wire.signed import canonical, payload_of, to_base64url
from tests.audit.folders import put
from tests.audit.mornings import a_morning_of_decisions, a_morning_with_a_power_cut
from tests.audit.story import Story, cosigned_note, name_of, page_of

STORIES = (a_morning_with_a_power_cut(), a_morning_of_decisions())
FILES = tuple(story.files() for story in STORIES)
NAMES = tuple(sorted(files) for files in FILES)
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 1e308, "", "x", "0" * 64, "A" * 43, "NaN", "sNaN", "-Infinity", "1e999999", [], {},
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-06-01T09:00:00", "2026-06-01T09:00:00+14:00", "P999999999D",
)  # fmt: skip


def report_on(story: Story, files: dict[str, bytes]) -> Report:
    folder = Path(tempfile.mkdtemp())
    try:
        heads = (cosigned_note(story.note(3), 2, "witness-1"),)
        found = examine(put(folder, files), Brought(root=name_of(story.signed_root), heads=heads))
        assert as_text(found)
        assert json.loads(as_json(found))["holds"] is found.holds
    finally:
        shutil.rmtree(folder)
    return found


@st.composite
def torn(draw: st.DrawFn) -> tuple[int, dict[str, bytes]]:
    """One file, with bytes changed, cut out or put in; the first page may know of it."""
    which = draw(st.sampled_from(range(len(STORIES))))
    files = dict(FILES[which])
    name = draw(st.sampled_from(NAMES[which]))
    content, start = files[name], draw(st.integers(0, len(files[name])))
    stop = draw(st.integers(start, min(len(content), start + 40)))
    files[name] = content[:start] + draw(st.binary(max_size=24)) + content[stop:]
    if name != "bundle.json" and draw(st.booleans()):
        files["bundle.json"] = page_of(files)
    return which, files


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(torn())
def test_a_torn_bundle_is_reported_on(case: tuple[int, dict[str, bytes]]) -> None:
    which, files = case
    found = report_on(STORIES[which], files)
    assert found.holds is (files == FILES[which])


def places(noun: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a document."""
    found = [path]
    if isinstance(noun, dict):
        found += [place for key, value in noun.items() for place in places(value, (*path, key))]
    elif isinstance(noun, list):
        found += [place for key, value in enumerate(noun) for place in places(value, (*path, key))]
    return found


def put_in(noun: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    noun[path[0]] = put_in(noun[path[0]], path[1:], value)
    return noun


@st.composite
def odd_leaf(draw: st.DrawFn) -> tuple[int, dict[str, bytes]]:
    """A leaf that says something odd, in a journal whose files are all as the first page says."""
    which = draw(st.sampled_from(range(len(STORIES))))
    files = dict(FILES[which])
    lines = files["leaves.jsonl"].split(b"\n")[:-1]
    number = draw(st.sampled_from(range(len(lines))))
    leaf = json.loads(lines[number])
    leaf = put_in(leaf, draw(st.sampled_from(places(leaf)[1:])), draw(st.sampled_from((*ODD, *EVENTS))))
    lines[number] = canonical(leaf)
    files["leaves.jsonl"] = b"".join(line + b"\n" for line in lines)
    files["bundle.json"] = page_of(files)
    return which, files


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(odd_leaf())
def test_a_leaf_that_says_something_odd_is_reported_on(case: tuple[int, dict[str, bytes]]) -> None:
    which, files = case
    assert report_on(STORIES[which], files).holds is (files == FILES[which])


@st.composite
def odd_paper(draw: st.DrawFn) -> tuple[int, dict[str, bytes]]:
    """A signed document with something odd in its payload, or around it, under the name that it then has."""
    which = draw(st.sampled_from(range(len(STORIES))))
    files = dict(FILES[which])
    name = draw(st.sampled_from([name for name in NAMES[which] if name.startswith("papers/")]))
    signed = msgspec.json.decode(files.pop(name), type=Signed)
    document = json.loads(payload_of(signed))
    document = put_in(document, draw(st.sampled_from(places(document))), draw(st.sampled_from(ODD)))
    paper = Signed(payload=to_base64url(canonical(document)), signatures=signed.signatures)
    files[f"papers/{name_of(paper)}.json"] = canonical(paper)
    files["bundle.json"] = page_of(files)
    return which, files


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(odd_paper())
def test_a_paper_that_says_something_odd_is_reported_on(case: tuple[int, dict[str, bytes]]) -> None:
    which, files = case
    assert not report_on(STORIES[which], files).holds or files == FILES[which]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.permutations(range(10)), st.sampled_from([0, 1]))
def test_leaves_in_another_order_are_reported_on(order: list[int], which: int) -> None:
    """Signed anew, so that nothing but the order itself is wrong."""
    story = (a_morning_with_a_power_cut, a_morning_of_decisions)[which]()
    story.lines[:10] = [story.lines[place] for place in order]
    assert report_on(story, story.files()).bundle is not None


def test_a_report_is_what_its_schema_says() -> None:
    said = schema()
    assert said["$ref"] == "#/$defs/Report"
    required = set(said["$defs"]["Report"]["required"])
    found = json.loads(as_json(report_on(STORIES[0], dict(FILES[0]))))
    assert set(found) == required


@pytest.mark.parametrize("which", [0, 1])
def test_whatever_paper_is_missing_it_is_missed(which: int) -> None:
    for name in NAMES[which]:
        if name.startswith("papers/"):
            files = {other: content for other, content in FILES[which].items() if other != name}
            files["bundle.json"] = page_of(files)
            found = report_on(STORIES[which], files)
            assert found.names & {"paper-missing", "root-other"}, name


@pytest.mark.parametrize("which", [0, 1])
def test_where_nobody_is_believed_nothing_else_is_said(which: int, tmp_path: Path) -> None:
    folder = put(tmp_path / "bundle", FILES[which])
    assert examine(folder, Brought()).names == {"root-not-brought"}
    assert examine(folder, Brought(root="0" * 64)).names == {"root-other"}

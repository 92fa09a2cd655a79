"""The import contract: what another system exports is believed by its signature, whole, or not at all."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge import schemas
from edge.adapters.keys import FileSigner
from edge.cli import main
from edge.control_room import deploy
from edge.control_room.enrolling.results import Exit
from edge.domain.authorisation import Category, ImageSource
from edge.domain.authority import Signed
from edge.domain.errors import Undecodable
from edge.domain.subjects import EXPORT, SUBJECTS, Export, Picture, Subject, Subjects
from edge.wire import subjects as exchange
from edge.wire import watchlist
from edge.wire.signed import Kind, canonical, digest, parse, payload_of, sign
from hardware_sim.office import MemoryKey
from tests.control_room.enrolling import bad
from tests.control_room.stills import portrait

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
KEY = MemoryKey()


def picture(file: str = "a/1.jpg", **changed: Any) -> Picture:
    return replace(Picture(file=file, digest="1" * 64, source=ImageSource.CUSTODY, taken=date(2024, 2, 29)), **changed)


def subject(identifier: str = "a-1", *pictures: Picture, **changed: Any) -> Subject:
    who, why = pictures or (picture(),), Category.WANTED_BY_COURT
    return replace(Subject(id=identifier, category=why, rationale="case-1", pictures=who), **changed)


def subjects(*found: Subject) -> Subjects:
    return Subjects(format=SUBJECTS, subjects=found or (subject(), subject("b-2")))


def as_csv(found: Subjects) -> bytes:
    """As another system would write it."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(exchange.COLUMNS)
    for one in found.subjects:
        head = [one.id, one.category.value, one.rationale or ""]
        for shown in one.pictures:
            rows.writerow([*head, shown.file, shown.digest or "", shown.source.value, shown.taken or ""])
        if not one.pictures:
            rows.writerow([*head, "", "", "", ""])
    return out.getvalue().encode()


def export(raw: bytes, **changed: Any) -> Export:
    made = Export(format=EXPORT, system="cases", made=NOW, form="csv", subjects=digest(raw), entries=2, pictures=2)
    return replace(made, **changed)


def believed(raw: bytes, said: Export, *, by: MemoryKey = KEY) -> Subjects:
    return exchange.believed(sign(said, Kind.EXPORT, by), raw, [KEY.public], NOW)[1]


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
PICTURES = st.builds(
    Picture,
    file=NAMES,
    digest=st.none() | st.just("a" * 64),
    source=st.sampled_from([one for one in ImageSource if one is not ImageSource.NONE]),
    taken=st.none() | st.dates(),
)
PEOPLE = st.builds(
    Subject,
    id=IDS,
    category=st.sampled_from([one for one in Category if one is not Category.SYNTHETIC]),
    rationale=st.none() | IDS,
    pictures=st.lists(PICTURES, max_size=4, unique_by=lambda one: one.file).map(tuple),
)
LISTS = st.lists(PEOPLE, min_size=1, max_size=5, unique_by=lambda one: one.id)


@given(LISTS)
def test_both_forms_say_the_same(people: list[Subject]) -> None:
    found = subjects(*people)
    assert exchange.read_csv(as_csv(found)) == found
    assert exchange.read_csv(b"\xef\xbb\xbf" + as_csv(found)) == found
    assert exchange.read_json(msgspec.json.format(msgspec.json.encode(found), indent=4)) == found


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_anything_else_is_refused_and_nothing_worse(raw: bytes) -> None:
    header = ",".join(exchange.COLUMNS).encode() + b"\n"
    for read, content in ((exchange.read_json, raw), (exchange.read_csv, raw), (exchange.read_csv, header + raw)):
        with contextlib.suppress(Undecodable):
            read(content)


@given(LISTS)
def test_the_published_schema_says_the_same_of_good_ones(people: list[Subject]) -> None:
    schema = json.loads(schemas.published("subjects"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(canonical(subjects(*people))))


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ({"id": "Somebody Real"}, "matching regex"),
        ({"category": "associate"}, "Invalid enum value"),
        ({"category": "synthetic"}, "random numbers"),
        ({"rationale": "because of Tuesday"}, "matching regex"),
        ({"age": 30}, "fields that this version does not know"),
        ({"pictures": [{"file": "a"}]}, "missing required field"),
        ({"pictures": 51 * [msgspec.to_builtins(picture())]}, "length <= 50"),
        ({"pictures": 2 * [msgspec.to_builtins(picture())]}, "a picture stands twice"),
        ({"pictures": [{**msgspec.to_builtins(picture()), "source": "web"}]}, "Invalid enum value"),
        ({"pictures": [{**msgspec.to_builtins(picture()), "source": "none"}]}, "a picture has a source"),
        ({"pictures": [{**msgspec.to_builtins(picture()), "taken": "2023-02-29"}]}, "Invalid RFC3339"),
        ({"pictures": [{**msgspec.to_builtins(picture()), "digest": "1" * 63}]}, "matching regex"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_subject_is_said(broken: dict[str, Any], says: str) -> None:
    raw = json.dumps({"format": SUBJECTS, "subjects": [{**msgspec.to_builtins(subject()), **broken}]}).encode()
    with pytest.raises(Undecodable, match=says):
        exchange.read_json(raw)


def test_a_row_that_is_wrong_is_named() -> None:
    raw = as_csv(subjects())
    head, first, *_ = raw.split(b"\r\n")
    for broken, says in (
        (raw.replace(b"b-2,wanted-by-court", b"b-2,bystander"), "row 3 is not valid.*Invalid enum value"),
        (raw + b"c-3,volunteer,case-3\r\n", "Row 4 has 3 fields, not 7"),
        (raw + first + b"\r\n", "an id stands twice"),
        (raw + first.replace(b"case-1", b"case-2") + b"\r\n", "an id stands twice"),
        (raw.replace(b"picture", b"image"), "The first line is not id,category"),
        (head + b"\r\n", "length >= 1"),
        (b"", "The first line is not"),
        (raw.replace(b"case-1", b'"case'), "not valid"),
        (raw.replace(b"a/1", b"\xff"), "not valid"),
    ):
        with pytest.raises(Undecodable, match=says):
            exchange.read_csv(broken)


def test_a_list_that_is_too_long_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Undecodable, match="At most"):
        exchange.read_json(bytes(exchange.LARGEST + 1))
    monkeypatch.setattr(exchange, "MOST_TOTAL", 3)
    found = subjects(*(subject(f"v-{number}") for number in range(4)))
    for read, raw in ((exchange.read_csv, as_csv(found)), (exchange.read_json, canonical(found))):
        with pytest.raises(Undecodable, match="more than 3 pictures"):
            read(raw)


def test_an_export_is_believed_by_the_pinned_key_alone() -> None:
    raw = as_csv(subjects())
    assert believed(raw, export(raw)) == subjects()
    assert believed(raw, export(raw, made=NOW - timedelta(hours=24))) == subjects()
    with pytest.raises(Undecodable, match="No pinned key signed"):
        believed(raw, export(raw), by=MemoryKey())
    with pytest.raises(Undecodable, match="No pinned key signed"):
        exchange.believed(Signed(payload="e30", signatures=()), raw, [KEY.public], NOW)
    with pytest.raises(Undecodable, match="Signed as"):
        exchange.believed(sign(export(raw), Kind.MODELS, KEY), raw, [KEY.public], NOW)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"made": NOW - timedelta(hours=24, seconds=1)}, "more than 24 hours ago"),
        ({"made": NOW + timedelta(minutes=6)}, "yet to come"),
        ({"subjects": "0" * 64}, "not those that were signed"),
        ({"entries": 3}, "counts other subjects"),
        ({"pictures": 1}, "counts other subjects"),
        ({"form": "json"}, "not valid"),
    ],
)
def test_an_export_that_does_not_hold_is_refused(changed: dict[str, Any], says: str) -> None:
    raw = as_csv(subjects())
    with pytest.raises(Undecodable, match=says):
        believed(raw, export(raw, **changed))


def test_a_signed_export_has_every_digest_and_every_rationale() -> None:
    for found, says in (
        (subjects(subject("a-1", picture(digest=None)), subject("b-2")), "A picture of a-1 has no digest"),
        (subjects(subject(), subject("b-2", rationale=None)), "The subject b-2 has no rationale"),
    ):
        raw = as_csv(found)
        with pytest.raises(Undecodable, match=says):
            believed(raw, export(raw))


class System:
    """Another system's export on disk, and the command that takes it in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = folder / "exporter.pem"
        assert main(["authority", "key", "exporter", "--unlocked", "--out", str(self.key)]) == 0
        self.signer = FileSigner(self.key).public
        self.faces = {"a/1.png": bad.encoded(portrait("astronaut.png"), ".png")}
        self.faces["b/1.jpg"] = bad.encoded(portrait("grace_hopper.jpg"), ".jpg")
        for name, raw in self.faces.items():
            (folder / name).parent.mkdir()
            (folder / name).write_bytes(raw)
        people = [
            subject("a-1", picture("a/1.png", digest=digest(self.faces["a/1.png"]))),
            subject(
                "b-2", picture("b/1.jpg", digest=digest(self.faces["b/1.jpg"]), source=ImageSource.GIVEN_BY_FAMILY),
                category=Category.MISSING_AT_RISK, rationale="case-2",
            ),
        ]  # fmt: skip
        self.subjects = folder / "subjects.json"
        self.subjects.write_bytes(canonical(subjects(*people)))
        self.export = folder / "export.json"

    def sign(self) -> None:
        options = ["--system", "cases", "--key", str(self.key), "--out", str(self.export)]
        assert main(["sign-export", str(self.subjects), *options]) == 0

    def enrol(self, *more: str, signer: str = "") -> int:
        signed = ["--export", str(self.export), "--signer", signer or self.signer]
        out = ["--out", str(self.folder / "list"), "--report", str(self.folder / "report"), "--workers", "1"]
        return main(["enrol", "--subjects", str(self.subjects), *signed, *out, "--result", *more])


def result(said: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    jsonschema.Draft202012Validator(json.loads(schemas.published("enrolment-result"))).validate(found)
    return found


@pytest.fixture
def system(desk: object, tmp_path: Path) -> System:
    return System(tmp_path)


def test_a_signed_export_is_enrolled_unattended(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    system.sign()
    assert system.enrol() == 0
    said = result(capsys.readouterr().out)
    sealed = deploy.read_list(system.folder / "list")
    header = watchlist.header_of(sealed.file)
    signed = deploy.read_signed(system.export)
    assert (said["status"], said["list"], said["exit"]) == ("sealed", digest(sealed.file), 0)
    assert (said["entries"], said["pictures"], said["used"], said["faults"]) == (2, 2, 2, [])
    made = parse(payload_of(signed), Export).made
    assert header.built == made
    assert {count.category: count.entries for count in header.categories} == {
        Category.WANTED_BY_COURT: 1, Category.MISSING_AT_RISK: 1,
    }  # fmt: skip
    assert {count.source for count in header.sources} == {ImageSource.CUSTODY, ImageSource.GIVEN_BY_FAMILY}
    report = json.loads((system.folder / "report" / "quality.json").read_bytes())
    assert [one["rationale"] for one in report["entries"]] == ["case-1", "case-2"]
    assert report["export"] == said["export"]
    left = {path.name for path in system.folder.iterdir() if path.name.startswith("list")}
    assert left == {"list", "list.key"}


def test_an_export_by_another_or_changed_is_refused_before_any_picture_is_opened(
    system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    system.sign()
    for name in system.faces:
        (system.folder / name).unlink()
        (system.folder / name).parent.rmdir()
    assert system.enrol(signer=MemoryKey().public) == 77
    said = result(capsys.readouterr().out)
    assert (said["status"], said["exit"], said["list"]) == ("refused", 77, None)
    assert "No pinned key" in said["what"]
    system.subjects.write_bytes(system.subjects.read_bytes() + b" ")
    assert system.enrol() == 77
    assert "not those that were signed" in result(capsys.readouterr().out)["what"]


def test_a_picture_that_is_not_the_one_signed_for_spoils_its_entry(
    system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    system.sign()
    (system.folder / "b/1.jpg").write_bytes(system.faces["a/1.png"])
    assert system.enrol() == 65
    said = result(capsys.readouterr().out)
    assert (said["status"], said["faults"], said["list"]) == ("spoilt", ["b-2"], None)
    assert "not the file that the subjects name" in said["what"]
    assert not (system.folder / "list").exists()
    assert system.enrol("--leave-out", "b-2") == 0
    assert result(capsys.readouterr().out)["entries"] == 1


def test_what_a_person_vouches_for_needs_no_signature_and_the_report_says_so(
    system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--out", str(system.folder / "list"), "--report", str(system.folder / "report"), "--workers", "1"]
    assert main(["enrol", "--subjects", str(system.subjects), *options]) == 0
    assert "2 entries" in capsys.readouterr().out
    assert "without a signature" in (system.folder / "report" / "quality.html").read_text()


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["--subjects", "subjects.json", "--export", "export.json"], 77),
        (["--subjects", "subjects.json", "--signer", "A" * 43], 77),
        (["--subjects", "subjects.json", "--category", "volunteer"], 78),
        (["--subjects", "export.toml"], 78),
        (["--subjects", "none.json"], 78),
        (["--images", "a"], 78),
        (["--images", "a", "--category", "volunteer", "--source", "volunteer", "--signer", "A" * 43], 78),
        (["--subjects", "subjects.json", "--leave-out", "z-9"], 78),
        (["--subjects", "subjects.json", "--leave-out-from", "none"], 78),
        (["--subjects", "subjects.json", "--leave-out", "a-1", "--leave-out", "b-2"], 78),
    ],
)
def test_what_a_command_lacks_is_named_with_its_exit_status(
    system: System, options: list[str], status: int, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, memory: Path,
) -> None:  # fmt: skip
    monkeypatch.chdir(system.folder)
    Path("export.toml").touch()
    assert main(["enrol", *options, "--out", "list", "--workers", "1", "--result"]) == status
    said = result(capsys.readouterr().out)
    assert (said["status"], said["exit"]) == ("refused", status)
    assert said["what"]
    assert said["remedy"]
    assert not Path("list.work").exists()
    assert list(memory.iterdir()) == []


def test_an_exporter_cannot_sign_what_enrolment_would_refuse(system: System) -> None:
    system.subjects.write_bytes(canonical(subjects(subject("a-1", picture(digest=None)))))
    options = ["--system", "cases", "--key", str(system.key), "--out", str(system.export)]
    assert main(["sign-export", str(system.subjects), *options]) == 78
    assert FileSigner(system.key).public == system.signer


def test_what_was_not_finished_can_be_forgotten(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    system.sign()
    (system.folder / "b/1.jpg").write_bytes(b"")
    assert system.enrol() == 65
    assert (system.folder / "list.work").exists()
    assert main(["enrol", "--forget", "--out", str(system.folder / "list")]) == 0
    assert main(["enrol", "--forget", "--out", str(system.folder / "list")]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["what was left is deleted", "nothing was left"]
    assert not (system.folder / "list.work").exists()


def test_the_page_about_it_shows_what_is_read_and_every_exit_status() -> None:
    page = (Path(__file__).parents[3] / "deploy" / "importing.md").read_text()
    found = {kind: page.split(f"```{kind}\n")[1].split("```")[0].encode() for kind in ("json", "csv")}
    assert [one.id for one in exchange.read_json(found["json"]).subjects] == ["s-1041"]
    people = exchange.read_csv(found["csv"]).subjects
    assert [(one.id, len(one.pictures)) for one in people] == [("s-1041", 1), ("s-1042", 2)]
    assert exchange.read_json(found["json"]).subjects[0] == people[0]
    statuses = {int(line.split("|")[1]) for line in page.splitlines() if re.match(r"\| \d", line)}
    assert statuses == {status.value for status in Exit}

"""Whatever lies in a folder or stands in a file is named in the report, with what to do about it, and ends nothing."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.control_room.enrolling import stills
from edge.control_room.enrolling.findings import ADVICE, Found, Outcome, Rejected
from edge.control_room.enrolling.intake import Intake
from edge.control_room.enrolling.opening import LARGEST, Shelf, shown
from edge.control_room.enrolling.page import as_html
from edge.control_room.enrolling.results import in_words, report_json
from edge.domain.authorisation import Category, ImageSource
from edge.domain.errors import Misconfigured
from edge.domain.subjects import Picture, Subject
from tests.control_room.enrolling import bad
from tests.control_room.enrolling.alone import Desk
from tests.control_room.stills import Image, keep, portrait

OUTCOMES = {
    "empty.jpg": Outcome.NOT_A_PICTURE, "text.jpg": Outcome.NOT_A_PICTURE, "zip.jpg": Outcome.NOT_A_PICTURE,
    "pdf.png": Outcome.NOT_A_PICTURE, "cut-early.jpg": Outcome.DAMAGED, "cut.jpg": Outcome.DAMAGED,
    "cut.png": Outcome.DAMAGED, "cut.webp": Outcome.DAMAGED, "cut.bmp": Outcome.DAMAGED, "harmed.png": Outcome.DAMAGED,
    "gif.gif": Outcome.OTHER_FORMAT, "animated.webp": Outcome.ANIMATED, "animated.png": Outcome.ANIMATED,
    "tiff.jpg": Outcome.OTHER_FORMAT, "bomb.png": Outcome.TOO_MANY_PIXELS, "wide.png": Outcome.TOO_MANY_PIXELS,
    "two-headers.png": Outcome.DAMAGED,
    "two-frames.jpg": Outcome.DAMAGED, "narrow.png": Outcome.TOO_MANY_PIXELS, "tiny.png": Outcome.SMALL,
    "inks.jpg": Outcome.OTHER_FORMAT,
}  # fmt: skip


@pytest.fixture(scope="module")
def face(models: Path) -> Image:
    return portrait("astronaut.png")


def subject(*files: str) -> Subject:
    pictures = [Picture(file=file, digest=None, source=ImageSource.CUSTODY, taken=date(2025, 1, 1)) for file in files]
    return Subject(id="v-1", category=Category.VOLUNTEER, rationale="case-1", pictures=tuple(pictures))


def outcomes(found: tuple[Found, ...]) -> dict[str, Outcome]:
    return {one.picture.rpartition("/")[2]: one.outcome for one in found}


def test_every_bad_file_is_named_and_the_good_ones_beside_it_are_enrolled(desk: Desk, face: Image) -> None:
    bad.write(desk.people / "v-1", {"good.png": bad.encoded(face, ".png"), **bad.files(face)})
    examined = desk.examine()
    assert outcomes(examined.report.pictures) == {"good.png": Outcome.USED, **OUTCOMES}
    assert not examined.report.faults
    words, page, machine = in_words(examined.report), as_html(examined.report), report_json(examined.report).decode()
    for name in OUTCOMES:
        assert all(name in said for said in (words, page, machine))


def test_unusual_pictures_are_read_as_they_were_meant(desk: Desk, face: Image) -> None:
    for number, (name, raw) in enumerate(bad.unusual(face).items()):
        bad.write(desk.people / f"v-{number}", {name: raw})
    report = desk.examine().report
    assert set(outcomes(report.pictures).values()) == {Outcome.USED}
    assert len(report.faults) == 21  # each of the seven shares its picture with each of the others


@pytest.mark.parametrize("name", ["turned.jpg", "turned.png", "cmyk.jpg", "deep.png"])
def test_a_picture_stands_upright_and_has_its_colours(face: Image, name: str) -> None:
    image = stills.decoded(bad.unusual(face)[name])
    assert not isinstance(image, Rejected)
    assert image.shape == face.shape
    assert float(np.abs(image.astype(int) - face.astype(int)).mean()) < 6


def test_a_very_large_jpeg_is_decoded_at_half_its_size() -> None:
    raw = bad.encoded(np.full((4000, 5000, 3), 120, np.uint8), ".jpg")
    image = stills.decoded(raw)
    assert not isinstance(image, Rejected)
    assert image.shape == (2000, 2500, 3)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp"])
def test_a_picture_without_its_end_is_told_from_one_that_is_damaged(face: Image, suffix: str) -> None:
    assert stills.decoded(bad.encoded(face, suffix)[:-100]) == Rejected(Outcome.DAMAGED, "it is cut short")


def test_a_texts_bomb_is_not_handed_to_the_decoder(face: Image) -> None:
    header = stills.promised(bad.bomb_in_a_text(face))
    assert not isinstance(header, Rejected)
    assert b"zTXt" not in header.raw
    assert b"iCCP" not in header.raw
    assert header.raw == bad.encoded(face, ".png")


def test_no_name_leads_out_of_the_folder_and_nothing_but_files_is_opened(desk: Desk, face: Image) -> None:
    outside = keep(desk.folder / "outside" / "face.png", face)
    keep(desk.people / "v-1" / "good.png", face)
    keep(desk.people / "v-2" / "other.png", portrait("grace_hopper.jpg"))
    entry = desk.people / "v-1"
    (entry / "link.png").symlink_to(outside)
    (desk.people / "linked").symlink_to(outside.parent)
    os.mkfifo(entry / "pipe.png")
    (entry / "folder.png").mkdir()
    tricks = {
        "v-1/good.png": Outcome.USED, "v-1/../../outside/face.png": Outcome.OUTSIDE, str(outside): Outcome.OUTSIDE,
        "v-1/./good.png": Outcome.OUTSIDE, "v-1//good.png": Outcome.OUTSIDE, "v-1/a\0.png": Outcome.OUTSIDE,
        "..": Outcome.OUTSIDE, "v-1/link.png": Outcome.LINK, "linked/face.png": Outcome.LINK,
        "v-1/pipe.png": Outcome.NOT_A_FILE, "v-1/folder.png": Outcome.NOT_A_FILE, "v-1/none.png": Outcome.MISSING,
        "v-1/good.png/x": Outcome.LINK, "v-1/" + "n" * 250: Outcome.MISSING, "a/" * 9 + "b": Outcome.OUTSIDE,
        "v-1/" + "n" * 256: Outcome.NOT_READABLE, "v-1/\ud800.png": Outcome.OUTSIDE,
        "v-1/\u202egnp.exe": Outcome.MISSING,
    }  # fmt: skip
    report = desk.examine(taken=Intake(desk.people, (subject(*tricks),), "a test")).report
    assert {one.picture: one.outcome for one in report.pictures} == {shown(name): said for name, said in tricks.items()}


def test_odd_names_in_a_folder_are_written_out_and_no_entry_is_lost_by_them(desk: Desk, face: Image) -> None:
    entry = desk.people / "v-1"
    names = [b"line\nbreak.png", b"<b>bold.png", b"\xff\xfe.png", "\u202egnp.png".encode(), b"-rf.png", b"x" * 251]
    for number, name in enumerate(names):
        entry.mkdir(exist_ok=True)
        image = np.ascontiguousarray(face[number : 440 + number]) if number else face
        Path(os.fsdecode(os.fsencode(entry) + b"/" + name)).write_bytes(bad.encoded(image, ".png"))
    report = desk.examine().report
    assert len(report.pictures) == len(names)
    assert not report.faults
    assert all(one.picture.isprintable() for one in report.pictures)
    assert "<b>bold" not in as_html(report)
    assert "&lt;b&gt;bold" in as_html(report)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(LARGEST + 1)
    shelf = Shelf(tmp_path)
    for said in (shelf.stamp("huge.jpg"), shelf.read("huge.jpg")):
        assert isinstance(said, Rejected)
        assert said.outcome is Outcome.TOO_LARGE
    shelf.close()


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="is no folder"):
        Shelf(tmp_path / "none")


def test_every_outcome_says_what_to_do(desk: Desk, face: Image) -> None:
    keep(desk.people / "v-1" / "1.png", face)
    assert set(ADVICE) == set(Outcome)
    page = as_html(desk.examine().report)
    assert "Part of the entry&#x27;s template." in page


def test_more_pictures_than_count_are_named(desk: Desk, face: Image) -> None:
    good, tiny = bad.encoded(face, ".png"), bad.png(3, 3)
    bad.write(desk.people / "v-1", {f"{number:02}.png": tiny if number else good for number in range(52)})
    found = desk.examine().report.pictures
    assert [one.picture for one in found if one.outcome is Outcome.TOO_MANY] == ["v-1/50.png", "v-1/51.png"]
    assert len(found) == 52


START = st.sampled_from(
    [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\0\0\0WEBPVP8 ", b"RIFF\x90\0\0\0WEBPVP8X", b"BM", b""]
)


@given(START, st.binary(max_size=300))
def test_any_bytes_are_a_picture_or_have_a_reason_not_to_be(start: bytes, rest: bytes) -> None:
    found = stills.decoded(start + rest)
    assert isinstance(found, Rejected) or found.shape[2] == 3


@given(st.integers(0, 2), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_picture_is_a_picture_or_has_a_reason_not_to_be(which: int, damage: list[tuple[int, int]]) -> None:
    image = cv2.resize(np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5, (40, 32)).astype(np.uint8)
    raw = bytearray(bad.encoded(image, (".jpg", ".png", ".webp")[which]))
    for place, value in damage:
        raw[place % len(raw)] = value
    found = stills.decoded(bytes(raw))
    assert isinstance(found, Rejected) or found.shape[2] == 3

"""Enrolment with the real models: every picture gets a verdict, and a list lacks nobody silently."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edge.adapters import pictures
from edge.adapters.tflite import Detector, Extractor
from edge.control_room import deploy, evidence
from edge.control_room.enrolling.acquisition import Demands, Image, Reference, acquire, features_of
from edge.control_room.enrolling.findings import Outcome, Rejected
from edge.control_room.enrolling.intake import of_folder
from edge.control_room.enrolling.results import in_words, report_json
from edge.domain.authorisation import Category, ImageSource
from edge.domain.errors import Misconfigured
from edge.domain.face import Features
from edge.settings import shared
from edge.steps.calibrate import Calibration
from edge.wire import watchlist
from tests.control_room.enrolling.alone import NOW, Desk
from tests.control_room.stills import (
    blurred,
    halved,
    keep,
    mirrored,
    portrait,
    recompressed,
    squeezed,
    strangers,
)


def template(desk: Desk, name: str) -> Features:
    """The features of a picture of one person."""
    reference = acquire(portrait(name), desk.detector, Demands())
    assert isinstance(reference, Reference)
    features: Features = desk.extractor.extract([reference.aligned])[0]
    return features


def others() -> Features:
    """Features of three hundred people who are nobody: (300, 128), unit rows."""
    rows = np.random.default_rng(0).standard_normal((300, 128)).astype(np.float32)
    unit: Features = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


@pytest.fixture(scope="module")
def chain(models: Path) -> tuple[Detector, Extractor, Calibration]:
    if not shared("pictures").is_dir() or not shared("calibration.json").is_file():
        pytest.skip("no calibration or pictures: run 'make models'")
    return Detector(models), Extractor(models), evidence.read(shared("calibration.json"))


@pytest.fixture
def desk(chain: tuple[Detector, Extractor, Calibration], tmp_path: Path) -> Desk:
    return Desk(tmp_path, *chain)


def test_a_folder_becomes_a_sealed_list_of_fused_templates(desk: Desk) -> None:
    keep(desk.people / "v-1" / "1.png", portrait("astronaut.png"))
    keep(desk.people / "v-1" / "2.jpg", squeezed(portrait("astronaut.png")))
    keep(desk.people / "v-2" / "1.png", portrait("grace_hopper.jpg"))
    made = desk.examine().seal(NOW)
    header = watchlist.header_of(made.file)
    assert (header.entries, header.embedder, header.built) == (2, desk.extractor.identity, NOW)
    content = watchlist.open_into(memoryview(bytearray(header.content_bytes())), made.file, made.key)
    assert [content.entry(index).references for index in (0, 1)] == [2, 1]


def test_each_unusable_picture_is_named_with_a_reason_to_act_on(desk: Desk) -> None:
    face, entry = portrait("astronaut.png"), desk.people / "v-1"
    keep(entry / "a-good.png", face)
    keep(entry / "b-none.png", np.full((200, 200, 3), 90, np.uint8))
    keep(entry / "c-two.png", np.concatenate([face, face], axis=1))
    keep(entry / "d-small.png", halved(halved(halved(face))))
    (entry / "e-broken.jpg").write_bytes(b"\xff\xd8 nothing")
    (entry / "f-empty.png").touch()
    keep(entry / "g-blurred.png", blurred(face))
    keep(entry / "h-again.jpg", recompressed(face))
    keep(entry / "i-mirrored.png", mirrored(halved(face)))
    report = desk.examine().report
    said = {verdict.picture[4]: verdict.why for verdict in report.pictures if not verdict.used}
    assert set(said) == set("bcdefghi")
    assert said["b"] == "no face found"
    assert "2 faces found; crop it" in said["c"]
    assert "pixels high" in said["d"] or said["d"] == "no face found"
    assert (said["e"], said["f"]) == ("its markers are damaged", "the file is empty")
    assert "blurred" in said["g"]
    assert said["h"] == said["i"] == "the same picture as a-good.png, which counts once"
    assert all(line in in_words(report) for line in ("not used: v-1/g-blurred.png", "1 pictures (8 not used)"))


def test_small_faces_in_the_background_leave_no_doubt_whom_a_picture_is_of(desk: Desk) -> None:
    face = portrait("astronaut.png")
    scene = np.concatenate([face, np.full((512, 200, 3), 120, np.uint8)], axis=1)
    scene[100:164, 560:624] = halved(halved(halved(portrait("grace_hopper.jpg")[:512])))
    keep(desk.people / "v-1" / "1.png", scene)
    assert [verdict.why for verdict in desk.examine().report.pictures] == ["used"]


def test_an_entry_without_a_usable_picture_spoils_the_list_until_it_is_left_out_by_name(desk: Desk) -> None:
    keep(desk.people / "v-1" / "1.png", portrait("astronaut.png"))
    keep(desk.people / "v-2" / "1.png", blurred(portrait("grace_hopper.jpg"), 6))
    (desk.people / "v-3").mkdir()
    with pytest.raises(Misconfigured, match=r"v-2 has no usable picture .*v-3 has no usable picture.*--leave-out"):
        desk.examine().seal(NOW)
    examined = desk.examine("v-2", "v-3")
    assert examined.seal(NOW).entries == 1
    assert examined.report.left_out == ("v-2", "v-3")
    with pytest.raises(Misconfigured, match="no entry v-9 to leave out"):
        desk.examine("v-9")


def test_a_picture_of_somebody_else_among_those_of_an_entry_is_found_out(desk: Desk) -> None:
    keep(desk.people / "v-1" / "1.png", portrait("astronaut.png"))
    keep(desk.people / "v-1" / "2.png", squeezed(portrait("astronaut.png")))
    keep(desk.people / "v-1" / "3.jpg", portrait("grace_hopper.jpg"))
    report = desk.examine().report
    (strange,) = [verdict for verdict in report.pictures if not verdict.used]
    assert (strange.picture, strange.why) == (
        "v-1/3.jpg",
        "it does not resemble the other pictures of entry v-1",
    )
    assert not report.faults


def test_pictures_of_as_many_people_as_there_are_pictures_are_nobodys(desk: Desk) -> None:
    keep(desk.people / "v-1" / "1.png", portrait("astronaut.png"))
    keep(desk.people / "v-1" / "2.jpg", portrait("grace_hopper.jpg"))
    with pytest.raises(Misconfigured, match=r"v-1 has pictures that do not resemble each other \(1.png, 2.jpg\)"):
        desk.examine().seal(NOW)


def test_one_picture_under_two_ids_spoils_the_list_whatever_was_done_to_it(desk: Desk) -> None:
    face = portrait("grace_hopper.jpg")
    keep(desk.people / "v-1" / "1.png", face)
    keep(desk.people / "v-2" / "1.jpg", mirrored(recompressed(halved(face))[..., ::-1]))
    with pytest.raises(Misconfigured, match=r"v-1 and v-2 share a picture \(v-1/1.png and v-2/1.jpg\)"):
        desk.examine().seal(NOW)


def test_two_entries_that_look_like_one_person_are_pointed_out_and_no_score_is(desk: Desk) -> None:
    keep(desk.people / "v-1" / "1.png", portrait("astronaut.png"))
    keep(desk.people / "v-2" / "1.png", squeezed(portrait("astronaut.png")))
    keep(desk.people / "v-3" / "1.png", portrait("grace_hopper.jpg"))
    examined = desk.examine()
    assert examined.seal(NOW).entries == 3
    said = [warning.what for warning in examined.report.warnings if warning.entries]
    assert said == [
        "likely one person under two ids, or twins: v-1 and v-2 are as near as two pictures of one person: compare them"
    ]
    json.loads(report_json(examined.report), parse_float=pytest.fail)


def test_people_who_stand_side_by_side_are_not_alike(desk: Desk) -> None:
    for number, crop in enumerate(strangers(desk.detector, "sample5.jpg")):
        keep(desk.people / f"v-{number}" / "1.png", crop)
    report = desk.examine().report
    assert len(report.entries) >= 4
    assert [warning for warning in report.warnings if warning.entries] == []


def test_it_is_said_when_nobody_was_compared_with_other_people(desk: Desk) -> None:
    keep(desk.people / "v-1" / "1.png", portrait("astronaut.png"))
    warning, _ = desk.examine().report.warnings
    assert "nobody was checked for resembling everybody" in warning.what
    assert "--cohort" in warning.what


def test_an_entry_that_resembles_everybody_spoils_the_list_by_its_id(desk: Desk) -> None:
    keep(desk.people / "v-1" / "1.png", portrait("astronaut.png"))
    keep(desk.people / "v-2" / "1.png", portrait("grace_hopper.jpg"))
    towards = 0.35 * template(desk, "astronaut.png")
    with pytest.raises(Misconfigured, match=r"^The entry v-1 resembles everybody.*--leave-out"):
        desk.examine(cohort=others() + towards).seal(NOW)
    assert desk.examine("v-1", cohort=others() + towards).seal(NOW).entries == 1


def test_an_entry_that_looks_like_two_people_of_the_cohort_who_differ_is_taken_for_a_blend(desk: Desk) -> None:
    keep(desk.people / "v-1" / "1.png", portrait("astronaut.png"))
    keep(desk.people / "v-2" / "1.png", portrait("grace_hopper.jpg"))
    cohort, face = others(), template(desk, "grace_hopper.jpg")
    aside = cohort[2] - (cohort[2] @ face) * face
    cohort[0], cohort[1] = 0.62 * face + aside, 0.62 * face - aside
    (fault,) = desk.examine(cohort=cohort).report.faults
    assert fault.what.startswith("The entry v-2 resembles several people who do not resemble each other")


class Pixels:
    """An embedder of the simplest kind: the pixels themselves."""

    identity = "0" * 64

    def extract(self, aligned: list[Image]) -> Features:
        rows = np.stack([image.ravel() for image in aligned]).astype(np.float32)
        rows -= rows.mean(axis=1, keepdims=True)
        unit: Features = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def test_a_sample_whose_features_change_when_it_is_moved_a_little_is_refused() -> None:
    smooth = np.tile(np.arange(112, dtype=np.uint8)[:, None, None], (1, 112, 3))
    chequered = np.where(smooth % 2 == smooth.swapaxes(0, 1) % 2, 200, 20).astype(np.uint8)
    assert not isinstance(features_of(Reference(smooth, 1.0), Pixels(), Demands()), Rejected)
    refused = features_of(Reference(chequered, 1.0), Pixels(), Demands())
    assert isinstance(refused, Rejected)
    assert refused.outcome is Outcome.UNSTEADY


def test_ids_that_look_like_names_of_people_are_refused(tmp_path: Path) -> None:
    (tmp_path / "Somebody Real").mkdir()
    with pytest.raises(Misconfigured, match="opaque id"):
        of_folder(tmp_path, Category.VOLUNTEER, ImageSource.VOLUNTEER)


def test_nobody_and_nowhere_are_named(desk: Desk) -> None:
    with pytest.raises(Misconfigured, match="nobody to enrol"):
        desk.examine()
    with pytest.raises(Misconfigured, match="is no folder"):
        of_folder(desk.people / "none", Category.VOLUNTEER, ImageSource.VOLUNTEER)


def test_a_list_and_its_key_are_kept_apart_from_others(tmp_path: Path) -> None:
    deploy.write_list(tmp_path / "list", deploy.SealedList(b"sealed", bytes(32)))
    assert (tmp_path / "list.key").stat().st_mode & 0o077 == 0
    assert deploy.read_list(tmp_path / "list") == deploy.SealedList(b"sealed", bytes(32))
    with pytest.raises(Misconfigured, match="Enrol it again"):
        deploy.read_list(tmp_path / "other")


def test_a_picture_is_read_as_it_was_drawn(tmp_path: Path) -> None:
    image = np.zeros((40, 60, 3), np.uint8)
    image[..., 0] = 200
    read = pictures.read(keep(tmp_path / "p.png", image))
    assert read is not None
    assert np.array_equal(read, image)

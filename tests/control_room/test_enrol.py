"""Enrolment: every picture gets a verdict, and a list lacks nobody silently."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.control_room import deploy
from edge.control_room.enrol import enrol, people, read_picture
from edge.domain.authority import Category
from edge.domain.errors import Misconfigured
from edge.domain.face import Box, Face, Features
from edge.steps.align import TEMPLATE
from edge.wire import watchlist

NOW = datetime(2026, 6, 1, tzinfo=UTC)


class Finder:
    """Finds as many faces as the picture's mean brightness says: tens of it."""

    def detect_rgb(self, image: NDArray[np.uint8]) -> list[Face]:
        size = 30.0 if image.shape[0] < 100 else 90.0
        box = Box(10, 10, 10 + size, 10 + size)
        landmarks = (TEMPLATE * size / 112 + 10).astype(np.float32)
        return [Face(box, landmarks, 0.9)] * round(float(image.mean()) / 50)


class Embedder:
    identity = "e" * 64

    def extract(self, aligned: list[NDArray[np.uint8]]) -> Features:
        rows = np.random.default_rng(len(aligned)).standard_normal((len(aligned), 128)).astype(np.float32)
        unit: Features = rows / np.linalg.norm(rows, axis=1, keepdims=True).astype(np.float32)
        return unit


def draw(path: Path, faces: int = 1, side: int = 200) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((side, side, 3), faces * 50, np.uint8))


def test_a_folder_becomes_a_sealed_list(tmp_path: Path) -> None:
    for name in ("v-1", "v-2"):
        draw(tmp_path / name / "1.png")
        draw(tmp_path / name / "2.jpg")
    made = enrol(people(tmp_path), Finder(), Embedder(), category=Category.VOLUNTEER, built=NOW)
    header = watchlist.header_of(made.file)
    assert (header.entries, header.embedder, header.built) == (2, "e" * 64, NOW)
    buffer = memoryview(bytearray(header.content_bytes()))
    content = watchlist.open_into(buffer, made.file, made.key)
    assert [content.entry(index).references for index in (0, 1)] == [2, 2]


def test_each_unusable_picture_is_named_with_its_reason(tmp_path: Path) -> None:
    folder = tmp_path / "v-1"
    draw(folder / "a-good.png")
    draw(folder / "b-none.png", faces=0)
    draw(folder / "c-three.png", faces=3)
    draw(folder / "d-small.png", side=60)
    (folder / "e-broken.jpg").write_bytes(b"\xff\xd8 nothing")
    (folder / "f-empty.png").touch()
    made = enrol(people(tmp_path), Finder(), Embedder(), category=Category.VOLUNTEER, built=NOW)
    said = {verdict.picture.name[0]: verdict.why for verdict in made.verdicts if not verdict.used}
    assert set(said) == set("bcdef")
    assert "no face" in said["b"]
    assert "3 faces" in said["c"]
    assert "pixels high" in said["d"]
    assert "not a readable picture" in said["e"]
    assert "not a readable picture" in said["f"]


def test_an_entry_without_a_usable_picture_spoils_the_list(tmp_path: Path) -> None:
    draw(tmp_path / "v-1" / "1.png")
    draw(tmp_path / "v-2" / "1.png", faces=0)
    with pytest.raises(Misconfigured, match="v-2 has no usable picture"):
        enrol(people(tmp_path), Finder(), Embedder(), category=Category.VOLUNTEER, built=NOW)


def test_ids_that_look_like_names_of_people_are_refused(tmp_path: Path) -> None:
    draw(tmp_path / "Somebody Real" / "1.png")
    with pytest.raises(Misconfigured, match="opaque id"):
        list(people(tmp_path))


def test_nobody_and_nowhere_are_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="nobody to enrol"):
        enrol(people(tmp_path), Finder(), Embedder(), category=Category.VOLUNTEER, built=NOW)
    with pytest.raises(Misconfigured, match="is no folder"):
        list(people(tmp_path / "none"))


def test_a_list_and_its_key_are_kept_apart_from_others(tmp_path: Path) -> None:
    deploy.write_list(tmp_path / "list", deploy.SealedList(b"sealed", bytes(32)))
    assert (tmp_path / "list.key").stat().st_mode & 0o077 == 0
    assert deploy.read_list(tmp_path / "list") == deploy.SealedList(b"sealed", bytes(32))
    with pytest.raises(Misconfigured, match="Enrol it again"):
        deploy.read_list(tmp_path / "other")


def test_a_picture_is_read_as_it_was_drawn(tmp_path: Path) -> None:
    image = np.zeros((40, 60, 3), np.uint8)
    image[..., 0] = 200
    cv2.imwrite(str(tmp_path / "p.png"), image[..., ::-1])
    read = read_picture(tmp_path / "p.png")
    assert read is not None
    assert np.array_equal(read, image)

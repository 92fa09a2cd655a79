"""Saved pictures: whoever is not a lead cannot be made out, and a lead says that it is no identification."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.random import default_rng

from edge.domain.capture import Picture
from edge.domain.errors import Misconfigured
from edge.domain.face import Box
from hardware_sim.annotate import BAR, CELLS, Lead, Legend, annotated, coarsened, save
from hardware_sim.planes import from_rgb, to_rgb

LEGEND = Legend(datetime(2026, 6, 1, 12, 0, 0, 240_000, tzinfo=UTC), seed=7)
STRANGER = Box(200.0, 150.0, 280.0, 250.0)
LISTED = Box(460.0, 150.0, 540.0, 250.0)


@pytest.fixture
def picture() -> Picture:
    return from_rgb(default_rng(1).integers(0, 256, (480, 720, 3), np.uint8))


def test_a_head_becomes_five_by_five_flat_cells(picture: Picture) -> None:
    coarse = coarsened(picture, [STRANGER])
    for plane, part in ((coarse.y, 1), (coarse.u, 2), (coarse.v, 2)):
        # Face and hair: from well above the forehead to below the chin.
        head = plane[120 // part : 270 // part, 170 // part : 310 // part]
        assert len(np.unique(head)) <= CELLS * CELLS
        assert sum(np.any(np.diff(head.astype(int), axis=0), axis=1)) < CELLS
        assert sum(np.any(np.diff(head.astype(int), axis=1), axis=0)) < CELLS


def test_only_heads_are_coarsened_and_the_frame_itself_is_not_touched(picture: Picture) -> None:
    before = picture.y.copy()
    coarse = coarsened(picture, [STRANGER])
    assert np.array_equal(picture.y, before)
    assert np.array_equal(coarse.y[:, 400:], before[:, 400:])
    assert np.array_equal(coarse.y[350:], before[350:])


def test_two_pictures_that_differ_only_in_detail_become_the_same(picture: Picture) -> None:
    """What is gone cannot be brought back: pictures that average alike cannot be told apart afterwards."""
    flat = from_rgb(np.full((480, 720, 3), 120, np.uint8))
    rough = Picture(flat.y.copy(), flat.u.copy(), flat.v.copy())
    rough.y[::2] += 3
    rough.y[1::2] -= 3
    first, second = (coarsened(each, [STRANGER]).y[150:250, 200:280] for each in (flat, rough))
    assert np.array_equal(first, second)


def test_leads_stay_and_strangers_go(picture: Picture) -> None:
    image = annotated(picture, [STRANGER, LISTED], [Lead(LISTED, "entry-4")], LEGEND)
    plain = to_rgb(picture)
    inner = np.s_[160:240, 470:530]
    assert np.array_equal(image[inner], plain[inner])
    assert not np.array_equal(image[160:240, 210:270], plain[160:240, 210:270])
    assert image.shape == (480 + BAR, 720, 3)


def test_a_stranger_who_stands_before_a_lead_is_coarsened_all_the_same(picture: Picture) -> None:
    beside = LISTED.moved(60, 0)
    image = annotated(picture, [LISTED, beside], [Lead(LISTED, "entry-4")], LEGEND)
    plain = to_rgb(picture)
    assert not np.array_equal(image[160:240, 545:590], plain[160:240, 545:590])


def test_without_leads_everybody_goes(picture: Picture) -> None:
    image = annotated(picture, [STRANGER, LISTED], [], LEGEND)
    for box in (STRANGER, LISTED):
        inner = np.s_[int(box.top) + 4 : 240, int(box.left) + 4 : int(box.right) - 4]
        assert np.array_equal(image[inner], to_rgb(coarsened(picture, [STRANGER, LISTED]))[inner])


@pytest.mark.parametrize(
    "box", [Box(-50, -60, 30, 40), Box(690, 440, 790, 560), Box(900, 900, 950, 960), Box(5, 5, 6, 7)]
)
def test_heads_at_the_edge_are_no_trouble(picture: Picture, box: Box) -> None:
    assert annotated(picture, [box], [Lead(box.moved(1, 1), "entry-1")], LEGEND).shape == (480 + BAR, 720, 3)
    assert coarsened(picture, [box]).y.shape == (480, 720)


def test_the_same_picture_is_drawn_the_same(picture: Picture) -> None:
    first, again = (annotated(picture, [STRANGER], [Lead(LISTED, "entry-4")], LEGEND) for _ in range(2))
    assert np.array_equal(first, again)


def test_pictures_are_saved_as_they_are(picture: Picture, tmp_path: Path) -> None:
    image = annotated(picture, [STRANGER], [], LEGEND)
    save(image, tmp_path / "a.png")
    saved = cv2.imread(str(tmp_path / "a.png"))
    assert saved is not None
    assert np.array_equal(saved[..., ::-1], image)
    with pytest.raises(Misconfigured, match="cannot be written"):
        save(image, tmp_path / "a.nothing")
    with pytest.raises(Misconfigured, match="cannot be written"):
        save(image, tmp_path / "nowhere" / "a.png")

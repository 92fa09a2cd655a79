"""A mosaic tells light in large cells, a little of it, and nothing of what lies within a cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray

from edge.domain.capture import Plane
from edge.steps import mosaic
from edge.steps.mosaic import COLUMNS, LEVELS, ROWS

CELL = 40


def plain(luma: float) -> Plane:
    return np.full((ROWS * CELL, COLUMNS * CELL), luma, np.uint8)


def shuffled(picture: Plane, seed: int) -> Plane:
    """The same pixels, somewhere else within their cell."""
    rng, made = default_rng(seed), picture.copy()
    for row in range(ROWS):
        for column in range(COLUMNS):
            cell = made[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL]
            cell[...] = rng.permutation(cell.reshape(-1)).reshape(cell.shape)
    return made


@example(seed=553)  # light that lies at the edge of two levels: sums of shares fell on either side of it
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_where_within_a_cell_anything_lies_is_not_in_it(seed: int) -> None:
    picture = default_rng(seed).integers(0, 256, (ROWS * CELL, COLUMNS * CELL), np.uint8)
    assert np.array_equal(mosaic.of(picture), mosaic.of(shuffled(picture, seed)))


@pytest.mark.parametrize("size", [(360, 640), (352, 640), (480, 640), (270, 480), (1080, 1920)])
def test_it_has_sixteen_by_nine_cells_of_eight_levels_whatever_the_picture(size: tuple[int, int]) -> None:
    found = mosaic.of(default_rng(1).integers(0, 256, size, np.uint8))
    assert (found.shape, found.dtype) == ((9, 16), np.uint8)
    assert set(np.unique(found)) <= set(range(8))


@pytest.mark.parametrize(
    ("luma", "level"), [(0, 0), (16, 0), (43, 0), (44, 1), (125, 3), (126, 4), (207, 6), (208, 7), (235, 7), (255, 7)]
)
def test_levels_lie_evenly_between_black_and_white(luma: int, level: int) -> None:
    assert (mosaic.of(plain(luma)) == level).all()


def test_each_cell_tells_of_its_own_place() -> None:
    picture = plain(16)
    picture[CELL : 2 * CELL, 3 * CELL : 4 * CELL] = 235
    expected = np.zeros((ROWS, COLUMNS), np.uint8)
    expected[1, 3] = LEVELS - 1
    assert np.array_equal(mosaic.of(picture), expected)


def test_a_cell_keeps_its_level_until_it_has_changed_by_more_than_one() -> None:
    before = mosaic.of(plain(16 + 3.5 * 219 / 8))
    step = 219 / 8
    for off in (-0.95, -0.6, 0.6, 0.95):
        assert (mosaic.of(plain(16 + (3.5 + off) * step), before) == 3).all(), off
    assert (mosaic.of(plain(16 + (3.5 + 1.1) * step), before) == 4).all()
    assert (mosaic.of(plain(16 + (3.5 - 1.1) * step), before) == 2).all()


def test_what_moves_within_its_cells_leaves_no_trace_from_one_mosaic_to_the_next() -> None:
    """From such traces many pictures of one face are put together to a better one."""
    face: NDArray[np.uint8] = default_rng(2).integers(90, 160, (60, 50), np.uint8)
    shown, free = None, set()
    for step in range(20):
        picture = plain(120)
        picture[100 : 100 + 60, 200 + step : 250 + step] = face
        shown = mosaic.of(picture, shown)
        free.add(shown.tobytes())
    assert len(free) == 1


def test_the_picture_is_not_changed() -> None:
    picture = default_rng(3).integers(0, 256, (360, 640), np.uint8)
    before = picture.copy()
    mosaic.of(picture)
    assert np.array_equal(picture, before)

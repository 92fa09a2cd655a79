"""Whether a camera looks where it looked: the grid of edges of now, laid over that of the reference.

The two are compared by normalised correlation of the logarithms of their cells, which takes no notice of how much light
there is: measured on simulated streets, a dusk that leaves a sixteenth of the light leaves 0.80 to 0.86 of 1. Where
they fit badly, the reference is shifted, turned and scaled until they fit best.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from itertools import product
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.steps.cells import COLUMNS, ROWS, Cells, Grid

_FLOOR: Final = 2.0
"""Mean squared gradient of an empty wall with a sensor's noise: less than this is nothing."""
_LEAST_CELLS: Final = 50
_TOO_FEW: Final = -2.0
_LEAST_CONTRAST: Final = 0.3
"""Standard deviation of the logarithms in the reference: an empty wall looks the same wherever one looks."""
_FLAT: Final = 1e-4
"""Variance of the logarithms: whatever varies less is alike all over, and a correlation with it is rounding."""
_FITS: Final = 0.9
"""As well as this, and nothing can fit better by enough to matter."""
_REACH: Final = (8, 5)
"""Cells across and down."""
_NEAR: Final = 2
"""Cells, where it is turned or scaled as well."""
_TURNED: Final = ((-9.0, 1.0), (-6.0, 1.0), (-3.0, 1.0), (3.0, 1.0), (6.0, 1.0), (9.0, 1.0), (0.0, 0.9), (0.0, 1.1))
"""Degrees, and scale."""
_FINER: Final = 5
"""Steps to a cell in which the reference is read: odd, so that one of them is its middle."""


@dataclass(frozen=True, slots=True)
class Move:
    """How the scene went from where it was in the picture; the camera went the other way."""

    right: float = 0.0
    """Cells; a cell is a twenty-fourth of the picture's width."""
    down: float = 0.0
    degrees: float = 0.0
    """Anticlockwise."""
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Fit:
    """How the view fits the reference: correlations, 1 is the same."""

    still: float
    """As it lies."""
    best: float
    """At best."""
    move: Move
    """What gives the best."""


def fit(reference: Cells, now: Cells) -> Fit | None:
    """Lay one over the other. None where too little is shown, or the reference has nothing to hold on to."""
    still = as_it_lies(reference, now)
    if still is None:
        return None
    if still >= _FITS:
        return Fit(still, still, Move())
    laid, after = _finer(_logarithms(reference), reference.shown), _moments(_logarithms(now), now.shown).T
    _, move = _best(_COARSE, _coarse(), laid, after)
    near = _around(move)
    best, move = _best(near, _sources(near), laid, after)
    return Fit(still, best, move) if best > still else Fit(still, still, Move())


def as_it_lies(reference: Cells, now: Cells) -> float | None:
    """How well the view fits the reference where it is: the ``still`` of :func:`fit`, or None as there."""
    before = _logarithms(reference)
    if reference.shown.sum() < _LEAST_CELLS or before[reference.shown].std() < _LEAST_CONTRAST:
        return None
    together = _moments(before, reference.shown) @ _moments(_logarithms(now), now.shown).T
    found = float(_correlations(together[:, None])[0])
    return None if found == _TOO_FEW else found


def _best(moves: tuple[Move, ...], source: NDArray[np.int32], laid: Grid, after: Grid) -> tuple[float, Move]:
    """The move that fits best, and how well. ``source`` (K, n) says which steps of the reference it lays where."""
    together = laid.take(source, axis=1).reshape(-1, source.shape[1]) @ after
    scores = _correlations(together.reshape(4, -1, 4))
    index = int(scores.argmax())
    return float(scores[index]), moves[index]


def _finer(before: Grid, shown: NDArray[np.bool_]) -> Grid:
    """(4, n + 1): the reference's moments in finer steps; the last one, for what comes from outside, counts nothing."""
    wide, high = COLUMNS * _FINER, ROWS * _FINER
    finer = cv2.resize(before, (wide, high), interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)
    known = cv2.resize(shown.astype(np.uint8), (wide, high), interpolation=cv2.INTER_NEAREST) > 0
    moments = np.zeros((4, wide * high + 1), np.float32)
    moments[:, :-1] = _moments(finer, known)
    return moments


def _moments(logarithms: Grid, counts: NDArray[np.bool_]) -> Grid:
    """Of (h, w, 2), (4, n): for each cell that counts 1, both of its numbers, and the sum of their squares; else 0."""
    numbers = logarithms.reshape(-1, 2).T
    rows = np.vstack((np.ones_like(numbers[:1]), numbers, np.square(numbers).sum(axis=0, keepdims=True)))
    return np.asarray(rows * counts.reshape(-1), np.float32)


def _correlations(together: Grid) -> Grid:
    """(K,): of each way of laying one over the other; each kind of edge about its own mean.

    ``together`` is (4, K, 4): sums of the products of moments, over the cells that count in both. 0 is returned where
    one of the two is alike all over, -2 where too few cells count.
    """
    cells, second, powers = together[0, :, 0], together[0, :, 1:3], together[0, :, 3]
    first, products = together[1:3, :, 0].T, together[1, :, 1] + together[2, :, 2]
    counted = np.maximum(cells, 1)
    product_ = products - (first * second).sum(axis=1) / counted
    power = together[3, :, 0] - np.square(first).sum(axis=1) / counted
    others = powers - np.square(second).sum(axis=1) / counted
    least = counted * np.float32(2 * _FLAT)
    scores = product_ / np.sqrt(np.maximum(power, least) * np.maximum(others, least))
    scores[(power < least) | (others < least)] = 0
    return np.where(cells >= _LEAST_CELLS, scores, np.float32(_TOO_FEW)).astype(np.float32)


def _sources(moves: tuple[Move, ...]) -> NDArray[np.int32]:
    """(K, n) int32, of each."""
    return np.stack([_source(move) for move in moves])


@functools.cache
def _coarse() -> NDArray[np.int32]:
    return _sources(_COARSE)


@functools.lru_cache(maxsize=2048)
def _source(move: Move) -> NDArray[np.int32]:
    """(n,) int32: from which step of the reference each cell comes; -1 from outside."""
    turn = cv2.getRotationMatrix2D((COLUMNS / 2, ROWS / 2), move.degrees, move.scale)
    turn[:, 2] += np.array((move.right, move.down))
    back = cv2.invertAffineTransform(turn)
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS] + 0.5
    x, y = (back[axis, 0] * columns + back[axis, 1] * rows + back[axis, 2] for axis in (0, 1))
    across, down = np.floor(x * _FINER).astype(np.int32), np.floor(y * _FINER).astype(np.int32)
    inside = (across >= 0) & (across < COLUMNS * _FINER) & (down >= 0) & (down < ROWS * _FINER)
    return np.where(inside, down * COLUMNS * _FINER + across, -1).reshape(-1).astype(np.int32)


def _around(move: Move) -> tuple[Move, ...]:
    steps = tuple(step / _FINER for step in range(1 - _FINER, _FINER))
    return tuple(
        Move(move.right + right, move.down + down, move.degrees, move.scale) for right, down in product(steps, steps)
    )


def _shifts(across: int, down: int, degrees: float = 0.0, scale: float = 1.0) -> list[Move]:
    return [Move(x, y, degrees, scale) for x in range(-across, across + 1) for y in range(-down, down + 1)]


_COARSE: Final = (
    *_shifts(*_REACH),
    *(move for degrees, scale in _TURNED for move in _shifts(_NEAR, _NEAR, degrees, scale)),
)


def _logarithms(cells: Cells) -> Grid:
    """(14, 24, 2), about their mean: little is then lost by rounding."""
    stacked: Grid = np.log(np.dstack((cells.across, cells.down)) + np.float32(_FLOOR))
    return stacked - stacked[cells.shown].mean(axis=0) if cells.shown.any() else stacked

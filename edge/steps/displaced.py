"""Whether a camera looks where it looked: the grid of edges of now, laid over that of the reference.

The two are compared by normalised correlation of the logarithms of their cells, which takes no notice of how much light
there is: measured on simulated streets, a dusk that leaves a sixteenth of the light leaves 0.80 to 0.86 of 1. Where
they fit badly, the reference is shifted, turned and scaled until they fit best.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
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
    before = _logarithms(reference)
    if reference.shown.sum() < _LEAST_CELLS or before[reference.shown].std() < _LEAST_CONTRAST:
        return None
    laid = _Laid(before, reference.shown, _logarithms(now), now.shown)
    still = laid.best([Move()])[0]
    if still is None or still >= _FITS:
        return None if still is None else Fit(still, still, Move())
    _, move = laid.best(_COARSE)
    best, move = laid.best(_around(move))
    return Fit(still, best, move) if best is not None and best > still else Fit(still, still, Move())


class _Laid:
    """A reference, to be laid over the view in many ways at once."""

    def __init__(self, before: Grid, shown: NDArray[np.bool_], after: Grid, seen: NDArray[np.bool_]) -> None:
        wide, high = COLUMNS * _FINER, ROWS * _FINER
        finer = cv2.resize(before, (wide, high), interpolation=cv2.INTER_LINEAR)
        self._before: Grid = finer.astype(np.float32).reshape(-1, 2)
        self._shown = cv2.resize(shown.astype(np.uint8), (wide, high), interpolation=cv2.INTER_NEAREST).reshape(-1)
        self._after, self._seen = after.reshape(-1, 2), seen.reshape(-1)

    def best(self, moves: Iterable[Move]) -> tuple[float | None, Move]:
        """The move that fits best, and how well; None where too little is left to be compared of any."""
        listed = tuple(moves)
        source = np.stack([_source(move) for move in listed])
        inside = source >= 0
        there = np.where(inside, source, 0)
        weight = (inside & (self._shown[there] > 0) & self._seen).astype(np.float32)
        scores = _correlations(self._before[there], self._after, weight)
        index = int(scores.argmax())
        return (float(scores[index]) if scores[index] > -1 else None), listed[index]


def _correlations(first: Grid, second: Grid, weight: Grid) -> Grid:
    """Of (K, n, 2) with (n, 2), where (K, n) is not 0; each kind of edge about its own mean. -1: too few cells.

    0 where one of the two is alike all over.
    """
    cells = weight.sum(axis=1)
    counted = np.maximum(cells, 1)[:, None]
    mean = np.einsum("kn,knc->kc", weight, first) / counted
    other = weight @ second / counted
    product_ = np.einsum("kn,knc,nc->k", weight, first, second) - (counted * mean * other).sum(axis=1)
    power = np.einsum("kn,knc,knc->k", weight, first, first) - (counted * mean**2).sum(axis=1)
    others = (weight @ (second * second)).sum(axis=1) - (counted * other**2).sum(axis=1)
    least = np.maximum(cells, 1) * np.float32(2 * _FLAT)
    scores = product_ / np.sqrt(np.maximum(power, least) * np.maximum(others, least))
    scores[(power < least) | (others < least)] = 0
    return np.where(cells >= _LEAST_CELLS, scores, np.float32(-1)).astype(np.float32)


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
    """(14, 24, 2)."""
    stacked: Grid = np.log(np.dstack((cells.across, cells.down)) + np.float32(_FLOOR))
    return stacked

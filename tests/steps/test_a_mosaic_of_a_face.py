"""The product's own embedder, shown mosaics of faces: it finds nobody in them oftener than chance has it.

Everything is made easy for it: the face is enlarged from the mosaic, it is told where the landmarks are, and the person
is surely among those who are compared.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from edge.adapters.tflite import Detector, Extractor
from edge.domain.capture import Picture, Plane
from edge.domain.face import Box, Face
from edge.steps import align, mosaic
from edge.steps.mosaic import COLUMNS, LEVELS, ROWS, Levels

PEOPLE = 60
WIDE, HIGH = 640, 360
STRANGERS = 0.35
"""Comparison score that two strangers seldom have: far below any threshold of the product's."""
FINER = 3
"""Parts of a cell, along each side, that many mosaics are put together to."""

Values = NDArray[np.float64]


class Seen(NamedTuple):
    """A picture with a face of which it is known where it is."""

    luma: Plane
    box: Box
    landmarks: NDArray[np.float32]


@pytest.fixture
def pairs(models: Path, data: Path) -> list[tuple[Seen, Seen]]:
    """Two pictures each of people."""
    tar = data / "lfw-dev.tar"
    if not tar.is_file():
        pytest.skip(f"{tar} is absent")
    return _pairs(models, tar)


@lru_cache(maxsize=1)
def _pairs(models: Path, tar: Path) -> list[tuple[Seen, Seen]]:
    detector = Detector(models)
    found = ([_found(detector, raw) for raw in two] for two in islice(_two_of_each(tar), PEOPLE))
    return [(one, other) for one, other in found if one is not None and other is not None]


def test_the_faces_themselves_are_found(models: Path, pairs: list[tuple[Seen, Seen]]) -> None:
    ranks, scores = compared(Extractor(models), pairs, lambda seen: seen.luma)
    assert (ranks == 0).mean() > 0.9
    assert np.median(scores) > STRANGERS


@pytest.mark.parametrize("share", [0.5, 0.25])
def test_nobody_is_found_by_a_mosaic(models: Path, pairs: list[tuple[Seen, Seen]], share: float) -> None:
    """A face half as high as the picture is that of somebody one metre away from a street's camera."""
    ranks, scores = compared(Extractor(models), pairs, lambda seen: enlarged(mosaic.of(seen.luma)), share)
    as_chance_has_it(ranks)
    assert (scores < STRANGERS).mean() >= 0.95


def test_nobody_is_found_by_many_mosaics_put_together(models: Path, pairs: list[tuple[Seen, Seen]]) -> None:
    """Of a face that moves by less than a cell, each time by a way that is known to a hair."""
    moves = default_rng(3).uniform(-0.5, 0.5, (40, 2)) * (WIDE / COLUMNS, HIGH / ROWS)
    together = Together(moves)
    share, shown = 0.5, []
    for _, seen in pairs:
        levels, last = [], None
        for move in moves:
            last = mosaic.of(placed(seen, share, move).luma, last)
            levels.append(last)
        shown.append(together.solved(levels))
    pictures = iter(shown)
    ranks, _ = compared(Extractor(models), pairs, lambda _: next(pictures), share)
    as_chance_has_it(ranks)


def as_chance_has_it(ranks: NDArray[np.intp]) -> None:
    people = len(ranks)
    assert people > 40
    assert (ranks == 0).sum() <= 5, "with 60 people one is first by chance, and six in one case of two thousand"
    spread = people / np.sqrt(12 * people)
    assert ranks.mean() > (people - 1) / 2 - 3 * spread


def compared(
    extractor: Extractor, pairs: list[tuple[Seen, Seen]], picture: Callable[[Seen], Plane], share: float | None = None
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Of each person's second picture, as it is shown: how many others' first are liker, and its score with its own."""
    references = np.stack([features(extractor, one, one.luma) for one, _ in pairs])
    seconds = [other if share is None else placed(other, share) for _, other in pairs]
    scores = np.stack([features(extractor, seen, picture(seen)) for seen in seconds]) @ references.T
    own = np.diag(scores)
    return (scores > own[:, None]).sum(axis=1), own


def features(extractor: Extractor, seen: Seen, luma: Plane) -> NDArray[np.float32]:
    half = np.full((luma.shape[0] // 2, luma.shape[1] // 2), 128, np.uint8)
    row: NDArray[np.float32] = extractor.extract([align.aligned(Picture(luma, half, half), seen.box, seen.landmarks)])[
        0
    ]
    return row


def placed(seen: Seen, share: float, move: NDArray[np.float64] | tuple[float, float] = (0, 0)) -> Seen:
    """The face in the middle, so high, and moved by so many pixels."""
    scale, (x, y) = share * HIGH / seen.box.height, seen.box.centre
    turn = np.array([[scale, 0, WIDE / 2 - scale * x + move[0]], [0, scale, HIGH / 2 - scale * y + move[1]]])
    luma = cv2.warpAffine(seen.luma, turn, (WIDE, HIGH), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
    corners = np.array([[seen.box.left, seen.box.top], [seen.box.right, seen.box.bottom]]) @ turn[:, :2].T + turn[:, 2]
    landmarks = (seen.landmarks @ turn[:, :2].T + turn[:, 2]).astype(np.float32)
    return Seen(luma.astype(np.uint8, copy=False), Box(*corners.reshape(-1).tolist()), landmarks)


def light(levels: Levels) -> Values:
    return np.asarray(16 + (levels + 0.5) * (219 / LEVELS), np.float64)


def enlarged(levels: Levels) -> Plane:
    return _large(light(levels))


def _large(values: Values) -> Plane:
    large = cv2.resize(values.astype(np.float32), (WIDE, HIGH), interpolation=cv2.INTER_CUBIC)
    return np.clip(large, 0, 255).astype(np.uint8)


class Together:
    """The picture that fits many mosaics best, each of it moved in a way that is known (least squares, regularised)."""

    def __init__(self, moves: NDArray[np.float64]) -> None:
        fine = FINER * COLUMNS / WIDE, FINER * ROWS / HIGH
        self._model = np.concatenate(
            [np.kron(_seen(ROWS, down * fine[1]), _seen(COLUMNS, across * fine[0])) for across, down in moves]
        )
        power = self._model.T @ self._model
        self._inverse = np.linalg.inv(power + 0.02 * np.trace(power) / len(power) * np.eye(len(power)))

    def solved(self, levels: list[Levels]) -> Plane:
        values = np.concatenate([light(one).reshape(-1) for one in levels])
        mean = values.mean()
        found = self._inverse @ (self._model.T @ (values - mean)) + mean
        return _large(found.reshape(ROWS * FINER, COLUMNS * FINER))


def _seen(cells: int, move: float) -> Values:
    """(cells, parts): what a row of cells sees of a row of parts that has moved by so many of them."""
    parts = cells * FINER
    moved = np.zeros((parts, parts))
    for part in range(parts):
        before = int(np.floor(part - move))
        beyond = part - move - before
        moved[part, min(max(before, 0), parts - 1)] += 1 - beyond
        moved[part, min(max(before + 1, 0), parts - 1)] += beyond
    return np.asarray(np.kron(np.eye(cells), np.full((1, FINER), 1 / FINER)) @ moved, np.float64)


def _two_of_each(tar: Path) -> Iterator[list[bytes]]:
    waiting: dict[str, list[bytes]] = {}
    with tarfile.open(tar) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith(".jpg") else None
            if file is None:
                continue
            have = waiting.setdefault(Path(member.name).parent.name, [])
            have.append(file.read())
            if len(have) == 2:
                yield have


def _found(detector: Detector, raw: bytes) -> Seen | None:
    luma = np.asarray(cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)
    large = np.full((HIGH, WIDE), 120, np.uint8)
    large[:, 140 : 140 + HIGH] = cv2.resize(luma, (HIGH, HIGH), interpolation=cv2.INTER_CUBIC)
    faces = [face for face in detector.detect_rgb(np.dstack([large] * 3)) if face.score > 0.8]
    if not faces:
        return None
    face: Face = max(faces, key=lambda face: face.box.height)
    return Seen(large, face.box, face.landmarks)

"""What the product's own models make of composed people: they are found, known again, and made unrecognisable."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from edge.adapters.tflite import Detector, Extractor
from edge.domain.capture import Frame, Instant, Picture
from edge.domain.face import Box, Face
from edge.steps import align
from edge.steps.decode import Detection
from hardware_sim.annotate import coarsened
from hardware_sim.composer import Composer
from hardware_sim.planes import to_rgb
from hardware_sim.portraits import Person
from hardware_sim.registry import gather_registry
from hardware_sim.scene import Scene, SceneSettings, plan

NOON = Instant(datetime(2026, 6, 1, 12, tzinfo=UTC), timedelta())
FINDS = Detection(min_score=0.5)
"""Below the product's own threshold, which is a choice about small faces, not about composed ones."""


@dataclass(slots=True)
class Looked:
    """What came of looking at some scenes."""

    found: dict[bool, list[bool]] = field(default_factory=lambda: defaultdict(list))
    """By whether the face was at least 90 px high."""
    strays: int = 0
    frames: int = 0
    own: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)


@pytest.fixture(scope="module")
def cast(models: Path, pictures: Path) -> list[Person]:
    return gather_registry(pictures, Detector(models).detect_rgb)


@pytest.fixture(scope="module")
def extractor(models: Path) -> Extractor:
    return Extractor(models)


@pytest.fixture(scope="module")
def scenes(cast: list[Person]) -> list[tuple[Scene, Composer]]:
    planned = [plan(SceneSettings(), cast, default_rng(seed)) for seed in (1, 2)]
    return [(scene, Composer(scene, default_rng(3))) for scene in planned]


@pytest.fixture(scope="module")
def looked(cast: list[Person], extractor: Extractor, models: Path, scenes: list[tuple[Scene, Composer]]) -> Looked:
    detector, outcome = Detector(models, settings=FINDS), Looked()
    ids, references = _references(cast, extractor)
    for scene, composer in scenes:
        for number in range(0, scene.frames, 12):
            main, small = composer.render(number)
            boxes = [face.box for face in detector.detect(Frame(number, NOON, main, small))]
            _compare(scene, number, main, boxes, outcome, (ids, references, extractor))
    return outcome


def test_twenty_people_come_out_of_the_registry_one_of_them_with_two_pictures(cast: list[Person]) -> None:
    assert [person.id for person in cast] == [f"p{number:02}" for number in range(1, 21)]
    assert [person.id for person in cast if person.two_pictures] == ["p04"]


def test_eligible_faces_are_found(looked: Looked) -> None:
    everybody = looked.found[False] + looked.found[True]
    assert len(everybody) > 100
    assert np.mean(everybody) >= 0.95
    assert np.mean(looked.found[True]) >= 0.99


def test_nothing_but_faces_is_found(looked: Looked) -> None:
    assert looked.strays <= looked.frames * 0.02


def test_people_are_like_their_portraits_and_unlike_each_other(looked: Looked) -> None:
    assert np.median(looked.own) >= 0.8
    assert np.percentile(looked.own, 5) >= 0.6
    assert np.percentile(looked.others, 99) < 0.4


def test_two_pictures_of_one_person_are_alike(cast: list[Person], extractor: Extractor) -> None:
    ids, references = _references(cast, extractor, every=True)
    pairs = [(a, b) for a in range(len(ids)) for b in range(a) if ids[a] == ids[b]]
    assert all(float(references[a] @ references[b]) > 0.5 for a, b in pairs)


def test_coarsened_faces_are_neither_found_nor_known(
    cast: list[Person], extractor: Extractor, models: Path, scenes: list[tuple[Scene, Composer]]
) -> None:
    detector = Detector(models)
    ids, references = _references(cast, extractor)
    checked = heads = found = 0
    for scene, composer in scenes:
        for number in range(0, scene.frames, 30):
            faces = scene.truth(number).faces
            picture = coarsened(composer.render(number).main, [face.box for face in faces])
            heads, found = (
                heads + len(faces),
                found + sum(face.score >= FINDS.min_score for face in detector.detect_rgb(to_rgb(picture))),
            )
            for face in faces:
                if not face.eligible(scene.settings.eligibility):
                    continue
                assert likely(detector.detect_rgb(align.region(picture, face.box, 1.0)[0])) == []
                sample = align.aligned(picture, face.box, face.landmarks)
                score = float(extractor.extract([sample])[0] @ references[ids.index(face.person)])
                assert score < 0.3
                checked += 1
    assert checked > 20
    assert found <= 0.01 * heads


def _references(
    cast: list[Person], extractor: Extractor, *, every: bool = False
) -> tuple[list[str], NDArray[np.float32]]:
    """Features of the portraits that walk, or of every portrait."""
    chosen = [(person.id, one) for person in cast for one in (person.portraits if every else person.portraits[-1:])]
    features = extractor.extract([align.aligned_rgb(one.still, one.face.landmarks) for _, one in chosen])
    return [person for person, _ in chosen], features


def _compare(
    scene: Scene, number: int, main: Picture, boxes: list[Box], outcome: Looked,
    known: tuple[list[str], NDArray[np.float32], Extractor],
) -> None:  # fmt: skip
    ids, references, extractor = known
    faces = scene.truth(number).faces
    outcome.frames += 1
    outcome.strays += sum(all(box.overlap(face.box) < 0.2 for face in faces) for box in boxes)
    for face in faces:
        if not face.eligible(scene.settings.eligibility):
            continue
        outcome.found[face.box.height >= 90].append(any(box.overlap(face.box) > 0.4 for box in boxes))
        scores = references @ extractor.extract([align.aligned(main, face.box, face.landmarks)])[0]
        own = ids.index(face.person)
        outcome.own.append(float(scores[own]))
        outcome.others.extend(float(score) for index, score in enumerate(scores) if index != own)


def likely(faces: list[Face]) -> list[Face]:
    return [face for face in faces if face.score >= FINDS.min_score]

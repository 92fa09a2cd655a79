"""The zone before the product's own models, on composed scenes: who is masked is not found, everybody else is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from edge.adapters.tflite import Detector, Extractor
from edge.domain.zone import UNIT, Polygon, Zone
from edge.settings import shared
from hardware_sim.cast_list import listed
from hardware_sim.clock import BEGIN
from hardware_sim.replay import Replay
from hardware_sim.scene import SceneSettings
from hardware_sim.stage import Stage, set_stage
from hardware_sim.truth import FaceTruth

SCENE = SceneSettings(passages=2, seconds=14, group_sizes=(1.0,), fps=8)


@pytest.fixture(scope="module")
def chain(models: Path) -> tuple[Detector, Extractor]:
    return Detector(models), Extractor(models)


@pytest.fixture(scope="module")
def stage(chain: tuple[Detector, Extractor], pictures: Path) -> Stage:
    return set_stage(3, chain[0].detect_rgb, pictures, settings=SCENE)


def _around(faces: Sequence[FaceTruth], stage: Stage) -> Polygon:
    """A rectangle around wherever these faces are, half a face wider on every side."""
    view = stage.scene.settings.view
    wide = max(face.box.height for face in faces) / 2
    left, right = min(face.box.left for face in faces) - wide, max(face.box.right for face in faces) + wide
    top, bottom = min(face.box.top for face in faces) - wide, max(face.box.bottom for face in faces) + wide
    x = [min(max(round(side / view.width * UNIT), 0), UNIT) for side in (left, right)]
    y = [min(max(round(side / view.height * UNIT), 0), UNIT) for side in (top, bottom)]
    return (x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])


def _found(stage: Stage, chain: tuple[Detector, Extractor], models: Path, folder: Path, zone: Zone) -> set[str]:
    sealed = listed(stage, *chain, 100, BEGIN)
    folder.mkdir()
    replay = Replay.of(stage.composer(), folder, models, shared("calibration.json"), sealed=sealed, zone=zone)
    replay.play()
    replay.site.device.store.close()
    return {hit.content.entry for hit in replay.site.hits}


def test_a_listed_person_behind_a_mask_is_never_found_and_without_it_is(
    stage: Stage, chain: tuple[Detector, Extractor], models: Path, tmp_path: Path
) -> None:
    everybody = {f"volunteer-{person.id}" for person in stage.listed}
    assert _found(stage, chain, models, tmp_path / "open", Zone()) == everybody
    faces = [face for number in range(stage.scene.frames) for face in stage.scene.truth(number).faces]
    mask = _around(faces, stage)
    assert _found(stage, chain, models, tmp_path / "masked", Zone(masks=(mask,))) == set()
    assert _found(stage, chain, models, tmp_path / "outside", _below(mask)) == set()


def _below(mask: Polygon) -> Zone:
    """The strip under it, where faces are not."""
    top = min(mask[2][1], UNIT - 500)
    return replace(Zone(), outline=((0, top), (UNIT, top), (UNIT, UNIT), (0, UNIT)))


def test_a_detector_shown_the_zone_alone_finds_the_faces_where_they_are(
    stage: Stage, chain: tuple[Detector, Extractor], models: Path
) -> None:
    from edge.domain.capture import Frame, Instant
    from edge.domain.face import Box
    from hardware_sim.clock import BEGIN as NOON

    composer, whole = stage.composer(), chain[0]
    part = Detector(models, window=Box(200, 100, 1720, 900))
    compared = 0
    for number in range(0, stage.scene.frames, 6):
        main, small = composer.render(number)
        frame = Frame(number, Instant(NOON, BEGIN - NOON), main, small)
        for face in stage.scene.truth(number).faces:
            x, y = face.box.centre
            if not (face.eligible(SCENE.eligibility) and 300 < x < 1620 and 200 < y < 800):
                continue
            for detector in (whole, part):
                best = max((found.box.overlap(face.box) for found in detector.detect(frame)), default=0.0)
                assert best > 0.4
            compared += 1
    assert compared >= 3

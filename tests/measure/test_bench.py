"""The bench measures the product itself: its doors, its frame path, its start."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from edge import assemble, cli, settings
from edge.adapters.tflite import Detector, Extractor
from edge.domain.comparison import Finding
from edge.domain.errors import Misconfigured, Refusal
from edge.domain.face import Probe
from edge.measure import resident, start, still
from edge.measure.path import Path as FramePath
from edge.measure.rig import Rig, deployed
from edge.measure.stages import stages
from edge.steps.calibrate import Calibration

CALIBRATION = Path(__file__).parents[2] / "deploy" / "models" / "calibration.json"
ENTRIES = 50


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return assemble.document(CALIBRATION, Calibration, "calibration")


@pytest.fixture(scope="module")
def chain(models: Path) -> tuple[Detector, Extractor]:
    return Detector(models), Extractor(models)


@pytest.fixture(scope="module")
def faces(models: Path, chain: tuple[Detector, Extractor]) -> list[still.Image]:
    folder = models.resolve().parent.parent / "sources"
    if not folder.is_dir():
        pytest.skip(f"no {folder}: run 'make models'")
    return still.faces_of(folder, chain[0])


@pytest.fixture
def rig(
    tmp_path: Path, chain: tuple[Detector, Extractor], calibration: Calibration, faces: list[still.Image]
) -> Iterator[Rig]:
    made = deployed(tmp_path, *chain, calibration, ENTRIES, still.street(faces, 4))
    yield made
    made.store.close()


def test_its_frames_come_through_the_gate_and_its_searches_are_counted(rig: Rig) -> None:
    rig.frame()
    found = rig.gallery.search(Probe(np.full(128, 128**-0.5, np.float32), 1, rig.clock.now()), rig.clock.now())
    assert isinstance(found, Finding)
    rig.journal.write_count(rig.believed.authorisation.id, rig.clock.now())
    kinds = [leaf.event.kind for leaf in rig.journal.leaves()]
    assert kinds == ["booted", "began", "list-opened", "capture-opened", "searched"]


def test_even_here_the_camera_is_shut_and_nothing_is_searched_without_presence(rig: Rig) -> None:
    rig.frame()
    rig.clock.advance(timedelta(minutes=4))
    with pytest.raises(Misconfigured, match="gate is shut"):
        rig.frame()
    found = rig.gallery.search(Probe(np.full(128, 128**-0.5, np.float32), 1, rig.clock.now()), rig.clock.now())
    assert isinstance(found, Refusal)


def test_a_frame_is_held_against_the_invocations_that_it_made(rig: Rig, chain: tuple[Detector, Extractor]) -> None:
    path = FramePath(rig, *chain)
    load = path.sampled(3)
    assert (load.close_ups, load.embeddings) == (4, 4)
    assert load.ratio > 0
    json.dumps(asdict(load))


def test_over_a_passage_a_face_is_embedded_at_most_once_for_each_sample_that_is_kept(
    rig: Rig, chain: tuple[Detector, Extractor]
) -> None:
    load = FramePath(rig, *chain).passage(1)
    frames = 75
    assert 4 <= round(load.embeddings * frames) <= 4 * 4
    assert 0 < load.close_ups < 4


def test_every_stage_of_the_path_is_measured(rig: Rig, chain: tuple[Detector, Extractor]) -> None:
    measured = stages(rig, *chain)
    assert list(measured) == [
        "convert", "detect", "decode", "follow", "refine", "align", "quality", "extract", "fuse", "search", "seal",
        "commit", "timing",
    ]  # fmt: skip
    assert all(0 < one.p50 <= one.p95 for one in measured.values())


def test_the_faces_of_a_street_are_as_large_as_they_are_said_to_be(
    chain: tuple[Detector, Extractor], faces: list[still.Image], rig: Rig
) -> None:
    for count in (0, 1, 10):
        rig.still.main, rig.still.small = still.street(faces, count)
        found = chain[0].detect(rig.frame())
        assert len(found) == count
        assert all(0.8 * still.SIZES[0] < face.box.height < 1.2 * still.SIZES[1] for face in found)


def test_a_folder_without_faces_is_named(tmp_path: Path, chain: tuple[Detector, Extractor]) -> None:
    with pytest.raises(Misconfigured, match="--pictures"):
        still.faces_of(tmp_path, chain[0])


def test_the_daemon_that_is_started_becomes_ready(models: Path, calibration: Calibration) -> None:
    measured = start.measure(models, calibration, times=1)
    assert len(measured.seconds) == 1
    assert measured.seconds[0] > 0
    assert measured.cpu_seconds > 0


def test_a_daemon_that_does_not_become_ready_says_why(models: Path, calibration: Calibration) -> None:
    with pytest.raises(Misconfigured, match="calibration"):
        start.measure(models, replace(calibration, embedder="0" * 64), times=1)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own figures")
def test_memory_is_the_kernels_figure_with_the_longest_list_open(
    models: Path, calibration: Calibration, faces: list[still.Image]
) -> None:
    memory = resident.measure(models, calibration, still.street(faces, 1))
    assert 0 < memory.resident_mb <= memory.peak_mb


def test_by_itself_the_command_takes_the_devices_own_settings() -> None:
    options = cli._parser().parse_args(["bench"])
    assert options.threads == settings.THREADS
    assert isinstance(options.threads, int)
    assert (options.models, options.pictures) == (settings.shared("models"), settings.shared("pictures"))

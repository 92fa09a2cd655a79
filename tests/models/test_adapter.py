"""The models' adapter: refuses what it should not load, and puts faces where they are."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deploy.models import material, recipe
from deploy.models.observe import Runner
from edge.adapters.tflite import Detector, Extractor
from edge.domain.capture import Frame, Instant, Picture
from edge.domain.errors import Misconfigured
from edge.domain.face import Face
from edge.steps.align import aligned, aligned_rgb

Image = NDArray[np.uint8]
NOW = Instant(datetime(2026, 6, 1, tzinfo=UTC), timedelta(hours=1))
EMBEDDER = "embedder.int8.tflite"
FINDER = "detector-640x384.int8.tflite"


def listed(folder: Path) -> list[dict[str, Any]]:
    models: list[dict[str, Any]] = json.loads((folder / "manifest.json").read_bytes())["models"]
    return models


@pytest.fixture(scope="module")
def street(models: Path) -> Image:
    """Three people, (1080, 1920, 3) uint8 RGB."""
    path = models.resolve().parent.parent / "sources" / "sample1.jpg"
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        pytest.skip(f"no {path}: run 'make models'")
    return cv2.cvtColor(image[:1080], cv2.COLOR_BGR2RGB).astype(np.uint8)


@pytest.fixture(scope="module")
def detector(models: Path) -> Detector:
    return Detector(models)


@pytest.fixture(scope="module")
def extractor(models: Path) -> Extractor:
    return Extractor(models)


def planes(image: Image) -> Picture:
    high, wide = image.shape[:2]
    packed = cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420)
    flat, size, half = packed.reshape(-1), high * wide, (high // 2, wide // 2)
    chroma = [flat[start : start + size // 4].reshape(half).astype(np.uint8) for start in (size, size * 5 // 4)]
    return Picture(packed[:high].astype(np.uint8), *chroma)


def frame(image: Image, width: int, height: int) -> Frame:
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return Frame(1, NOW, planes(image), planes(small))


def apart(one: list[Face], other: list[Face]) -> float:
    """The greatest distance between landmarks of the same faces, in face heights."""
    assert len(one) == len(other)
    shifts = []
    for face in one:
        same = max(other, key=lambda candidate: face.box.overlap(candidate.box))
        shifts.append(float(np.abs(face.landmarks - same.landmarks).max()) / face.box.height)
    return max(shifts)


@pytest.mark.parametrize(
    ("width", "height"), [(640, 360), (768, 432), (480, 270), (1280, 720), (854, 480), (704, 576), (640, 480)]
)
def test_faces_are_in_pixels_of_the_main_stream_whatever_the_small_streams_size(
    detector: Detector, street: Image, width: int, height: int
) -> None:
    faces = detector.detect(frame(street, width, height))
    reference = detector.detect(frame(street, 640, 360))
    assert len(reference) == 3
    assert apart(reference, faces) < 0.12


def test_a_letterboxed_picture_gives_the_faces_of_a_plain_one(detector: Detector, street: Image) -> None:
    plain = cv2.resize(street, (640, 360), interpolation=cv2.INTER_AREA).astype(np.uint8)
    boxed = np.zeros((384, 640, 3), np.uint8)
    boxed[:360] = plain
    assert apart(detector.detect_rgb(plain), detector.detect_rgb(boxed)) == 0


def test_what_an_earlier_picture_left_beyond_the_letterbox_is_gone(detector: Detector, street: Image) -> None:
    narrow = np.ascontiguousarray(street[:, :800])
    first = detector.detect_rgb(narrow)
    detector.detect_rgb(np.full((384, 640, 3), 255, np.uint8))
    assert apart(first, detector.detect_rgb(narrow)) == 0


def test_a_still_and_a_frame_of_the_same_scene_agree(detector: Detector, street: Image) -> None:
    assert apart(detector.detect_rgb(street), detector.detect(frame(street, 640, 360))) < 0.12


def test_landmarks_lie_on_the_face_in_their_order(detector: Detector, street: Image) -> None:
    for face in detector.detect_rgb(street):
        right_eye, left_eye, nose, right_mouth, left_mouth = face.landmarks
        assert right_eye[0] < left_eye[0]
        assert right_mouth[0] < left_mouth[0]
        assert (right_eye + left_eye)[1] / 2 < nose[1] < (right_mouth + left_mouth)[1] / 2
        assert face.box.left < nose[0] < face.box.right


def test_features_have_length_one_and_do_not_depend_on_company(extractor: Extractor, street: Image) -> None:
    random = np.random.default_rng(0)
    crops = [random.integers(0, 256, (112, 112, 3), dtype=np.uint8) for _ in range(3)]
    together = extractor.extract(crops)
    assert together.shape == (3, 128)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, rtol=1e-5)
    alone = np.concatenate([extractor.extract([crop]) for crop in reversed(crops)])[::-1]
    np.testing.assert_array_equal(together, alone)
    assert extractor.extract([]).shape == (0, 128)


def test_the_same_face_is_alike_and_others_are_not(detector: Detector, extractor: Extractor, street: Image) -> None:
    whole = frame(street, 640, 360)
    samples = [aligned(whole.main, face.box, face.landmarks) for face in detector.detect(whole)]
    darker = [(sample * 0.6).astype(np.uint8) for sample in samples]
    scores = extractor.extract(samples) @ extractor.extract(darker).T
    assert scores.diagonal().min() > 0.6
    assert scores[~np.eye(3, dtype=bool)].max() < 0.35


def test_a_face_and_its_mirror_image_have_the_same_features(
    detector: Detector, extractor: Extractor, street: Image
) -> None:
    whole = frame(street, 640, 360)
    samples = [aligned(whole.main, face.box, face.landmarks) for face in detector.detect(whole)]
    mirrored = [np.ascontiguousarray(sample[:, ::-1]) for sample in samples]
    np.testing.assert_allclose(extractor.extract(samples), extractor.extract(mirrored), atol=1e-6)


def test_a_yardstick_may_look_at_a_face_once_and_sees_that_the_mirror_image_differs(
    models: Path, detector: Detector, street: Image
) -> None:
    whole, once = frame(street, 640, 360), Extractor(models, mirrored=False)
    samples = [aligned(whole.main, face.box, face.landmarks) for face in detector.detect(whole)]
    mirrored = [np.ascontiguousarray(sample[:, ::-1]) for sample in samples]
    alike = (once.extract(samples) * once.extract(mirrored)).sum(axis=1)
    assert 0.6 < alike.min() <= alike.max() < 0.999


def test_each_model_gets_the_colours_that_its_manifest_names(
    models: Path, detector: Detector, extractor: Extractor, street: Image
) -> None:
    said = {model["file"]: model["input"]["colours"] for model in listed(models)}
    assert said[FINDER] == "BGR"
    assert said[EMBEDDER] == "RGB"
    scene = np.ascontiguousarray(street[300:684, 500:1140])
    plain = material.found(Runner((models / FINDER).read_bytes()), np.ascontiguousarray(scene[..., ::-1]), 0.8)
    assert apart(list(plain), [face for face in detector.detect_rgb(scene) if face.score > 0.8]) == 0
    crop = aligned_rgb(scene, plain[0].landmarks)
    runner = Runner((models / EMBEDDER).read_bytes())
    views = [runner(view)["features"] for view in (crop, np.ascontiguousarray(crop[:, ::-1]))]
    expected = np.sum([view / np.linalg.norm(view) for view in views], axis=0)
    np.testing.assert_allclose(extractor.extract([crop])[0], expected / np.linalg.norm(expected), atol=1e-6)


def test_forgetting_leaves_nothing_of_the_last_picture(models: Path, street: Image) -> None:
    detector, extractor = Detector(models), Extractor(models)
    before = detector.detect_rgb(np.zeros((384, 640, 3), np.uint8))
    detector.detect(frame(street, 640, 360))
    detector.forget()
    extractor.extract([np.full((112, 112, 3), 200, np.uint8)])
    extractor.forget()
    for part in (detector._wide, detector._close, extractor):
        assert not part._loaded.input().any()
    assert not detector._wide._packed.any()
    assert detector.detect_rgb(np.zeros((384, 640, 3), np.uint8)) == before


def test_identities_are_those_of_the_recipe(extractor: Extractor, detector: Detector) -> None:
    assert extractor.identity == recipe.identity("embedder", 112, 112, "int8")
    assert len(detector.identity) == 64


@pytest.fixture
def copied(models: Path, tmp_path: Path) -> Path:
    """The int8 models and their manifest, to be damaged."""
    for path in [*models.glob("*.int8.tflite"), models / "manifest.json"]:
        shutil.copyfile(path, tmp_path / path.name)
    return tmp_path


def edited(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for model in manifest["models"]:
        if model["file"] == EMBEDDER:
            change(model)
    (folder / "manifest.json").write_text(json.dumps(manifest))


DAMAGES: list[tuple[str, Callable[[Path], object]]] = [
    ("should have SHA-256", lambda folder: (folder / EMBEDDER).write_bytes((folder / EMBEDDER).read_bytes() + b"x")),
    ("should have SHA-256", lambda folder: shutil.copyfile(folder / "detector-128x128.int8.tflite", folder / EMBEDDER)),
    ("cannot be read", lambda folder: (folder / EMBEDDER).unlink()),
    ("No readable manifest", lambda folder: (folder / "manifest.json").unlink()),
    ("No readable manifest", lambda folder: (folder / "manifest.json").write_text("{")),
    ("manifest format 2", lambda folder: (folder / "manifest.json").write_text('{"format": 2, "models": []}')),
    ("has no embedder", lambda folder: (folder / "manifest.json").write_text('{"format": 1, "models": []}')),
    ("has no embedder", lambda folder: edited(folder, lambda model: model.update(precision="float32"))),
    ("outside the folder", lambda folder: edited(folder, lambda model: model.update(file=f"../{EMBEDDER}"))),
    ("its manifest says", lambda folder: edited(folder, lambda model: model.update(outputs=[]))),
    ("No readable manifest", lambda folder: edited(folder, lambda model: model.pop("sha256"))),
]


@pytest.mark.parametrize(("says", "damage"), DAMAGES)
def test_a_model_that_is_not_as_the_manifest_says_is_refused(
    copied: Path, says: str, damage: Callable[[Path], object]
) -> None:
    damage(copied)
    with pytest.raises(Misconfigured, match=f"{says}.*(make models|installed)"):
        Extractor(copied)


def test_a_model_that_the_manifest_does_not_name_is_refused(copied: Path) -> None:
    manifest = json.loads((copied / "manifest.json").read_bytes())
    manifest["models"] = [model for model in manifest["models"] if model["file"] != EMBEDDER]
    (copied / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(Misconfigured, match="has no embedder"):
        Extractor(copied)
    assert (copied / EMBEDDER).is_file()


def test_a_size_that_was_not_built_is_said_with_those_that_were(models: Path) -> None:
    with pytest.raises(Misconfigured, match=r"has no detector for input \(1, 64, 64, 3\); it has .*384, 640"):
        Detector(models, width=64, height=64)

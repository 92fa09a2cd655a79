"""The built models keep the contracts of their manifest, and int8 does what float32 did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deploy.models import checks, manifest, material, recipe
from deploy.models.observe import Runner
from deploy.models.scenes import Photograph, crops, frames

SIZES = [("detector", *size) for size in recipe.DETECTOR_SIZES] + [("embedder", 112, 112)]


@pytest.fixture(scope="session")
def sources(models: Path) -> Path:
    """The weights and pictures that the models were built from."""
    folder = models.resolve().parent.parent / "sources"
    if not (folder / recipe.FACESDK.file).is_file():
        pytest.skip(f"{folder} does not hold what the models were built from: run 'make models'")
    return folder


@pytest.fixture(scope="session")
def unseen(sources: Path) -> list[Photograph]:
    """Photographs that calibration did not see."""
    network = material.networks(sources / recipe.FACESDK.file)[0]
    return material.photographs(network, sources, held_out=True)


def entry(models: Path, file: str) -> dict[str, Any]:
    listed = json.loads((models / "manifest.json").read_bytes())["models"]
    return next(model for model in listed if model["file"] == file)


def test_the_models_are_those_of_this_recipe(models: Path) -> None:
    assert manifest.verified(models)
    said = json.loads((models / "manifest.json").read_bytes())
    assert said["recipe"] == recipe.VERSION, "built by another recipe: run 'make models'"


@pytest.mark.parametrize(("task", "width", "height"), SIZES)
@pytest.mark.parametrize("precision", ["int8", "float32"])
def test_a_model_has_the_tensors_that_its_manifest_names(
    models: Path, task: str, width: int, height: int, precision: str
) -> None:
    said = entry(models, recipe.file_name(task, width, height, precision))
    runner = Runner((models / said["file"]).read_bytes())
    assert said["input"]["shape"] == [1, *runner.shape, 3]
    assert {output["name"]: output["shape"] for output in said["outputs"]} == runner.contract
    assert said["identity"] == recipe.identity(task, width, height, precision)
    made = runner(np.full((*runner.shape, 3), 128, np.uint8))
    assert all(np.isfinite(value).all() and value.dtype == np.float32 for value in made.values())


@pytest.mark.parametrize(("task", "width", "height"), SIZES)
def test_int8_is_one_partition(models: Path, task: str, width: int, height: int) -> None:
    assert checks.partitions((models / recipe.file_name(task, width, height, "int8")).read_bytes()) == 1


def pair(models: Path, task: str, width: int, height: int) -> tuple[Runner, Runner]:
    files = (recipe.file_name(task, width, height, precision) for precision in ("float32", "int8"))
    exact, rounded = (Runner((models / file).read_bytes()) for file in files)
    return exact, rounded


def test_int8_features_point_where_float32_features_point(models: Path, unseen: list[Photograph]) -> None:
    found = checks.features(*pair(models, "embedder", 112, 112), list(crops(unseen, 4, seed=99)))
    assert found["cosine_mean"] >= 0.995
    assert found["cosine_min"] >= 0.98


@pytest.mark.parametrize(("width", "height", "count"), [(640, 384, 12), (256, 256, 30), (128, 128, 60)])
def test_int8_finds_the_faces_that_float32_finds(
    models: Path, unseen: list[Photograph], width: int, height: int, count: int
) -> None:
    views = list(frames(unseen, count, height, width, seed=99))
    found = checks.detections(*pair(models, "detector", width, height), views)
    assert found["faces"] > 30
    assert found["also_found"] >= 0.94
    assert found["landmark_shift"] < 0.02


def test_another_seed_is_another_street_and_the_same_seed_the_same(unseen: list[Photograph]) -> None:
    one, same, other = (next(iter(frames(unseen, 1, 96, 160, seed))) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).mean() > 0.5

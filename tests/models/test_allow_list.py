"""Which networks may run: those that two people named, that give faces and features and nothing about people."""

from __future__ import annotations

import ast
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

import edge
from edge.adapters.tflite import digests
from edge.adapters.tflite.detector import check_heads
from edge.adapters.tflite.extractor import features_of
from edge.adapters.tflite.model import Tensor
from edge.adapters.tflite.model import listed as installed
from edge.domain.errors import Misconfigured
from tests.models.test_adapter import EMBEDDER, FINDER, edited

READERS = ("readNet", "FaceDetectorYN", "FaceRecognizerSF", "CascadeClassifier")
HOME = Path(edge.__file__).parent
RUNTIMES = {"ai_edge_litert", "tflite_runtime", "onnxruntime", "torch", "tensorflow", "openvino", "ncnn"}


@pytest.fixture
def folder(models: Path, tmp_path: Path) -> Path:
    """A copy of the installed int8 models, to be tampered with."""
    for path in [*models.glob("*.int8.tflite"), models / "manifest.json"]:
        shutil.copyfile(path, tmp_path / path.name)
    return tmp_path


@pytest.mark.parametrize(
    "outputs",
    [
        (),
        (Tensor((1, 2), "float32"),),  # man or woman
        (Tensor((1, 101), "float32"),),  # age
        (Tensor((1, 7), "float32"),),  # mood
        (Tensor((1, 128), "float32"), Tensor((1, 3), "float32")),  # features, and something besides
        (Tensor((2, 128), "float32"),),
        (Tensor((1, 1, 128), "float32"),),
        (Tensor((1, 128), "int8"),),
        (Tensor((1, 136), "float32"),),
    ],
)
def test_a_network_that_gives_anything_but_features_is_no_embedder(models: Path, outputs: tuple[Tensor, ...]) -> None:
    embedder = next(model for model in installed(models) if model.file == EMBEDDER)
    assert features_of(embedder) == 128
    with pytest.raises(Misconfigured, match="not one face's features"):
        features_of(replace(embedder, outputs=outputs))


@pytest.mark.parametrize(
    "change",
    [
        lambda heads: heads[:2],
        lambda heads: (*heads, Tensor((1, 10080, 3), "float32")),
        lambda heads: (*heads, heads[0]),
        lambda heads: (*heads[1:], replace(heads[0], dtype="int8")),
        lambda heads: (*heads[1:], replace(heads[0], shape=(1, 10079, heads[0].shape[-1]))),
    ],
)
def test_a_network_that_gives_anything_but_its_three_heads_is_no_detector(
    models: Path, change: Callable[[tuple[Tensor, ...]], tuple[Tensor, ...]]
) -> None:
    finder = next(model for model in installed(models) if model.file == FINDER)
    check_heads(finder, 10080)
    with pytest.raises(Misconfigured, match="not boxes, logits, landmarks"):
        check_heads(replace(finder, outputs=change(finder.outputs)), 10080)


def test_another_file_under_the_same_name_and_identity_is_another_configuration(folder: Path) -> None:
    """Whoever can write the folder can write its manifest; what two people signed stays as it is."""
    before = digests(folder)
    assert set(before) >= {EMBEDDER, FINDER}
    assert not [name for name in before if "float32" in name]
    content = (folder / EMBEDDER).read_bytes() + b"x"
    (folder / EMBEDDER).write_bytes(content)
    edited(folder, lambda model: model.update(sha256=hashlib.sha256(content).hexdigest()))
    after = digests(folder)
    assert {name for name in after if after[name] != before[name]} == {EMBEDDER}
    assert digests(folder / "nowhere") == {}


def networks_in(source: str) -> set[str]:
    """What a module could run a network with."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names} & RUNTIMES
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            found |= {node.module.partition(".")[0]} & RUNTIMES
        if isinstance(node, ast.Attribute) and node.attr.startswith(READERS):
            found.add(f"cv2.{node.attr}")
    return found


def test_only_the_models_adapter_can_run_a_network_at_all() -> None:
    found = {
        str(path.relative_to(HOME)): networks
        for path in HOME.rglob("*.py")
        if (networks := networks_in(path.read_text()))
    }
    assert found == {"adapters/tflite/model.py": {"ai_edge_litert", "tflite_runtime"}}
    assert networks_in("import cv2\ncv2.dnn.readNet(x)\nimport torch.nn") == {"cv2.readNet", "torch"}

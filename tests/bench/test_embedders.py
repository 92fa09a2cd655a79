"""What the bench of embedders rests on."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from deploy.models.faults import BuildFailed
from deploy.models.observe import Runner
from edge.measure.acquire import Acquired
from edge.measure.errata import Errata
from edge.measure.openset import Setting, divide
from tests.bench.embedders import tfjs
from tests.bench.embedders.score import FOLDS, one_sided

random = np.random.default_rng(7)


def crowd(people: int, pictures: int) -> Acquired:
    middles = random.normal(size=(people, 16))
    rows = np.repeat(middles, pictures, axis=0) + random.normal(size=(people * pictures, 16))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    names = tuple(f"person-{number}" for number in range(people))
    owners = np.repeat(np.arange(people), pictures)
    return Acquired(rows.astype(np.float32), owners, names, ("missed",), np.array([3], np.int64))


def test_templates_of_their_own_are_searched_on_the_very_folds_of_the_product() -> None:
    acquired = crowd(60, 3)
    known = Errata(relatives=(("person-1", "person-2"),))
    usual = divide(acquired, known, Setting(20), FOLDS)
    own = one_sided(acquired, known, 20, (acquired.features, acquired.features.copy()))
    for expected, found in zip(usual, own, strict=True):
        assert sorted(found.mated_people) == sorted(expected.mated_people)
        np.testing.assert_allclose(np.sort(found.mated), np.sort(expected.mated), atol=1e-6)
        assert sorted(found.others_people) == sorted(expected.others_people)
        np.testing.assert_allclose(np.sort(found.others), np.sort(expected.others), atol=1e-6)


def graph(folder: Path, nodes: list[dict[str, Any]], weights: dict[str, NDArray[Any]]) -> Path:
    """A TensorFlow.js graph model on disk."""
    stored = [
        {"name": name, "shape": list(value.shape), "dtype": "float32" if value.dtype.kind == "f" else "int32"}
        | ({"quantization": {"dtype": "float16"}} if value.dtype == np.float16 else {})
        for name, value in weights.items()
    ]
    (folder / "graph.bin").write_bytes(b"".join(value.tobytes() for value in weights.values()))
    document = {
        "modelTopology": {"node": nodes + [{"name": name, "op": "Const"} for name in weights]},
        "weightsManifest": [{"paths": ["graph.bin"], "weights": stored}],
    }
    path = folder / "graph.json"
    path.write_text(json.dumps(document))
    return path


def said(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def picture(side: int) -> dict[str, Any]:
    sides = [{"size": str(number)} for number in (-1, side, side, 3)]
    return {"name": "face", "op": "Placeholder", "attr": {"shape": {"shape": {"dim": sides}}}}


def test_a_graph_of_tensorflow_js_computes_the_same_as_a_litert_file(tmp_path: Path) -> None:
    weight = random.normal(size=(1, 1, 3, 4)).astype(np.float16)
    bias, gain = random.normal(size=(2, 4)).astype(np.float32)
    matrix = random.normal(size=(4, 2)).astype(np.float32)
    strides = {"list": {"i": ["1", "2", "2", "1"]}}
    nodes = [
        picture(6),
        {
            "name": "seen",
            "op": "_FusedConv2D",
            "input": ["face", "weight", "bias"],
            "attr": {
                "strides": strides,
                "padding": {"s": said("VALID")},
                "fused_ops": {"list": {"s": [said("BiasAdd"), said("Relu")]}},
            },
        },
        {"name": "loud", "op": "Mul", "input": ["seen", "gain"]},
        {"name": "mean", "op": "Mean", "input": ["loud:0", "axes"]},
        {"name": "features", "op": "MatMul", "input": ["mean", "matrix"]},
        {"name": "age", "op": "Softmax", "input": ["features"]},
    ]
    weights = {"weight": weight, "bias": bias, "gain": gain, "axes": np.array([1, 2], np.int32), "matrix": matrix}
    model = tfjs.translated(graph(tmp_path, nodes, weights), "features")
    face = random.normal(size=(6, 6, 3)).astype(np.float32)
    seen = np.maximum(face[::2, ::2] @ weight[0, 0].astype(np.float32) + bias, 0)
    found = Runner(model)(face)  # type: ignore[arg-type]  # a real picture, not one of eight bits
    np.testing.assert_allclose(found["features"], (seen * gain).mean(axis=(0, 1)) @ matrix, rtol=1e-4)


def test_an_operator_that_is_not_known_is_refused(tmp_path: Path) -> None:
    nodes = [picture(6), {"name": "age", "op": "Softmax", "input": ["face"]}]
    with pytest.raises(BuildFailed, match="Softmax"):
        tfjs.translated(graph(tmp_path, nodes, {}), "age")

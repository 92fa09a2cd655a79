"""TensorFlow.js graph models as LiteRT files in float32, up to a chosen tensor; what comes after it is left out.

Knows the operators of the networks measured here. Both formats lay pictures out alike (NHWC), so each node becomes
one operator.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from deploy.models.faults import BuildFailed
from deploy.models.flatbuffer import Rounding, Writer

Node = Mapping[str, Any]
REAL: Final = schema.TensorType.FLOAT32
WHOLE: Final = schema.TensorType.INT32
STORED: Final = {"float32": np.float32, "int32": np.int32, "float16": np.float16}
ELEMENTWISE: Final = {
    "Add": ("ADD", "AddOptions"),
    "AddV2": ("ADD", "AddOptions"),
    "Sub": ("SUB", "SubOptions"),
    "Mul": ("MUL", "MulOptions"),
    "Maximum": ("MAXIMUM", "MaximumMinimumOptions"),
    "Minimum": ("MINIMUM", "MaximumMinimumOptions"),
}


def translated(graph: Path, output: str) -> bytes:
    """The LiteRT file. Raises BuildFailed for an operator that is not known."""
    document = json.loads(graph.read_text())
    nodes = {node["name"]: node for node in document["modelTopology"]["node"]}
    return _Translation(nodes, constants(graph.parent, document["weightsManifest"])).file(output)


def constants(folder: Path, groups: Sequence[Mapping[str, Any]]) -> dict[str, NDArray[Any]]:
    """Weights by name, float32 or int32, from the files that the manifest names."""
    found: dict[str, NDArray[Any]] = {}
    for group in groups:
        raw, start = b"".join((folder / name).read_bytes() for name in group["paths"]), 0
        for weight in group["weights"]:
            kind = np.dtype(STORED[weight.get("quantization", weight)["dtype"]])
            count = int(np.prod(weight["shape"]))
            values = np.frombuffer(raw, kind, count, start).reshape(weight["shape"])
            start += count * kind.itemsize
            found[weight["name"]] = values.astype(np.float32) if kind.kind == "f" else values
    return found


class _Translation:
    """One graph on its way into one writer."""

    def __init__(self, nodes: Mapping[str, Node], weights: Mapping[str, NDArray[Any]]) -> None:
        self._nodes, self._weights = nodes, weights
        self._writer = Writer(Rounding())
        self._input = ""
        convolution: Callable[[Node, list[str]], None] = self._convolution
        self._known: dict[str, Callable[[Node, list[str]], None]] = {
            **dict.fromkeys(("Conv2D", "_FusedConv2D"), convolution),
            **dict.fromkeys(("DepthwiseConv2dNative", "FusedDepthwiseConv2dNative"), convolution),
            **dict.fromkeys(ELEMENTWISE, self._elementwise),
            "Placeholder": self._placeholder,
            "MatMul": self._matrix,
            "Relu": self._relu,
            "Pad": self._pad,
            "Mean": self._mean,
            "Reshape": self._flat,
        }

    def file(self, output: str) -> bytes:
        self._tensor(output)
        return self._writer.finish(f"up to {output}", [self._input], [output])

    def _tensor(self, name: str) -> str:
        """The tensor of that name, written with all that it is made from."""
        if name in self._writer.index:
            return name
        if name in self._weights:
            value = self._weights[name]
            return self._writer.tensor(name, value.shape, REAL if value.dtype == np.float32 else WHOLE, data=value)
        node = self._nodes[name]
        if node["op"] not in self._known:
            raise BuildFailed(f"{name} is a {node['op']}, which is not known here.", "Teach it to tfjs.py.")
        self._known[node["op"]](node, [source.split(":")[0] for source in node.get("input", ())])
        return name

    def _placeholder(self, node: Node, _: list[str]) -> None:
        sides = [max(1, int(side["size"])) for side in node["attr"]["shape"]["shape"]["dim"]]
        self._input = self._writer.tensor(node["name"], tuple(sides), REAL)

    def _convolution(self, node: Node, inputs: list[str]) -> None:
        source, name, depthwise = self._tensor(inputs[0]), node["name"], "epthwise" in node["op"]
        weight = np.ascontiguousarray(self._weights[inputs[1]].transpose(3, 0, 1, 2))
        channels = weight.shape[3] if depthwise else weight.shape[0]
        bias = self._weights[inputs[2]] if len(inputs) > 2 else np.zeros(channels, np.float32)
        options = schema.DepthwiseConv2DOptionsT() if depthwise else schema.Conv2DOptionsT()
        stride = int(node["attr"]["strides"]["list"]["i"][1])
        same = _said(node["attr"]["padding"]["s"]) == "SAME"
        options.padding = schema.Padding.SAME if same else schema.Padding.VALID
        options.strideH = options.strideW = stride
        if depthwise:
            options.depthMultiplier = 1
        if "Relu" in _fused(node):
            options.fusedActivationFunction = schema.ActivationFunctionType.RELU
        _, high, wide, _ = self._writer.shape(source)
        lost = (0, 0) if same else (weight.shape[1] - 1, weight.shape[2] - 1)
        shape = (1, -(-(high - lost[0]) // stride), -(-(wide - lost[1]) // stride), channels)
        code, union = ("DEPTHWISE_CONV_2D", "DepthwiseConv2DOptions") if depthwise else ("CONV_2D", "Conv2DOptions")
        self._weighted(code, (union, options), source, name, weight, bias, shape)

    def _matrix(self, node: Node, inputs: list[str]) -> None:
        weight = np.ascontiguousarray(self._weights[inputs[1]].T)
        options = ("FullyConnectedOptions", schema.FullyConnectedOptionsT())
        bias = np.zeros(len(weight), np.float32)
        self._weighted(
            "FULLY_CONNECTED", options, self._tensor(inputs[0]), node["name"], weight, bias, (1, len(weight))
        )

    def _weighted(
        self, code: str, options: tuple[str, object], source: str, name: str, weight: NDArray[Any], bias: NDArray[Any],
        shape: tuple[int, ...],
    ) -> None:  # fmt: skip
        self._writer.tensor(f"{name}.weight", weight.shape, REAL, data=weight)
        self._writer.tensor(f"{name}.bias", bias.shape, REAL, data=bias)
        self._writer.tensor(name, shape, REAL)
        self._writer.operator(code, [source, f"{name}.weight", f"{name}.bias"], name, 1, options)

    def _elementwise(self, node: Node, inputs: list[str]) -> None:
        code, options = ELEMENTWISE[node["op"]]
        sources = [self._tensor(name) for name in inputs]
        shape = np.broadcast_shapes(*(self._writer.shape(source) for source in sources))
        self._made(node, code, sources, shape, (options, getattr(schema, f"{options}T")()))

    def _relu(self, node: Node, inputs: list[str]) -> None:
        source = self._tensor(inputs[0])
        self._made(node, "RELU", [source], self._writer.shape(source), None)

    def _pad(self, node: Node, inputs: list[str]) -> None:
        source, margins = self._tensor(inputs[0]), self._weights[inputs[1]]
        sides = [side + int(margin.sum()) for side, margin in zip(self._writer.shape(source), margins, strict=True)]
        options = ("PadOptions", schema.PadOptionsT())
        self._made(node, "PAD", [source, self._tensor(inputs[1])], tuple(sides), options)

    def _mean(self, node: Node, inputs: list[str]) -> None:
        source = self._tensor(inputs[0])
        options = ("ReducerOptions", schema.ReducerOptionsT())
        self._made(node, "MEAN", [source, self._tensor(inputs[1])], (1, self._writer.shape(source)[-1]), options)

    def _flat(self, node: Node, inputs: list[str]) -> None:
        source, target = self._tensor(inputs[0]), f"{node['name']}.shape"
        row = np.array([1, int(np.prod(self._writer.shape(source)))], np.int32)
        self._writer.tensor(target, (2,), WHOLE, data=row)
        options = schema.ReshapeOptionsT()
        options.newShape = row
        self._made(node, "RESHAPE", [source, target], (1, int(row[1])), ("ReshapeOptions", options))

    def _made(
        self, node: Node, code: str, sources: list[str], shape: tuple[int, ...], options: tuple[str, object] | None
    ) -> None:
        self._writer.tensor(node["name"], shape, REAL)
        self._writer.operator(code, sources, node["name"], 1, options)


def _fused(node: Node) -> list[str]:
    return [_said(one) for one in node["attr"].get("fused_ops", {}).get("list", {}).get("s", ())]


def _said(text: str) -> str:
    return base64.b64decode(text).decode()

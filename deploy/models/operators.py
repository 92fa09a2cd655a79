"""Each kind of layer as LiteRT operators."""

from __future__ import annotations

from typing import Final

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from deploy.models.flatbuffer import Rounding, Scale, Shape, Writer
from deploy.models.graph import Bend, Kind, Layer, Network

BENDS: Final = {
    Bend.NONE: schema.ActivationFunctionType.NONE,
    Bend.RELU: schema.ActivationFunctionType.RELU,
    Bend.RELU6: schema.ActivationFunctionType.RELU6,
}


def written(network: Network, height: int, width: int, rounding: Rounding | None = None) -> bytes:
    """The network as a LiteRT file for one picture of ``height`` x ``width``.

    Without ``rounding`` in float32. Both take (1, H, W, channels) uint8 and give float32.
    """
    writer = Writer(rounding or Rounding())
    real = Scale(1.0, network.centre)
    shape = (1, height, width, network.channels)
    writer.tensor("input", shape, schema.TensorType.UINT8, real)
    if rounding is None or network.layers[0].exact:
        writer.tensor("input.real", shape, schema.TensorType.FLOAT32)
        writer.operator("DEQUANTIZE", ["input"], "input.real", 1, ("DequantizeOptions", schema.DequantizeOptionsT()))
    else:
        # The same numbers, moved by 128: nothing is rounded here.
        writer.tensor("input.real", shape, schema.TensorType.INT8, Scale(1.0, network.centre - 128))
        writer.operator("QUANTIZE", ["input"], "input.real", 1, ("QuantizeOptions", schema.QuantizeOptionsT()))
    for layer in network.layers:
        inputs = [_met(writer, "input.real" if name == "input" else name, layer.exact) for name in layer.inputs]
        WRITERS[layer.kind](writer, layer, inputs)
    precision = "float32" if rounding is None else "int8"
    return writer.finish(f"Lamppost {network.name} {width}x{height} {precision}", ["input"], network.outputs)


def _met(writer: Writer, name: str, exact: bool) -> str:
    """The tensor itself, or its other form where an exact layer reads an int8 one or the other way round."""
    whole = writer.graph.tensors[writer.index[name]].type == schema.TensorType.INT8
    if exact and whole:
        real = f"{name}.real"
        if real not in writer.index:
            writer.tensor(real, writer.shape(name), schema.TensorType.FLOAT32)
            writer.operator("DEQUANTIZE", [name], real, 2, ("DequantizeOptions", schema.DequantizeOptionsT()))
        return real
    if not exact and not whole and name in writer.rounding.tensors:
        rounded = f"{name}.rounded"
        if rounded not in writer.index:
            writer.tensor(rounded, writer.shape(name), schema.TensorType.INT8, writer.rounding.tensors[name])
            writer.operator("QUANTIZE", [name], rounded, 1, ("QuantizeOptions", schema.QuantizeOptionsT()))
        return rounded
    return name


def _convolution(writer: Writer, layer: Layer, inputs: list[str]) -> None:
    assert layer.weight is not None
    assert layer.bias is not None
    depthwise = layer.kind is Kind.DEPTHWISE
    source = inputs[0]
    if layer.padding and layer.stride > 1:
        source = _padded(writer, source)
    integers = writer.rounding.weights.get(layer.name)
    weight, bias = f"{layer.name}.weight", f"{layer.name}.bias"
    if integers is None:
        writer.tensor(weight, layer.weight.shape, schema.TensorType.FLOAT32, data=layer.weight)
        writer.tensor(bias, layer.bias.shape, schema.TensorType.FLOAT32, data=layer.bias)
    else:
        step = writer.graph.tensors[writer.index[source]].quantization.scale[0]
        axis = 3 if depthwise else 0
        per_channel = (integers.steps, axis)
        writer.tensor(weight, layer.weight.shape, schema.TensorType.INT8, data=integers.weight, steps=per_channel)
        biases = ((integers.steps * step).astype(np.float32), 0)
        writer.tensor(bias, layer.bias.shape, schema.TensorType.INT32, data=integers.bias, steps=biases)
    same = layer.padding > 0 and layer.stride == 1
    options = schema.DepthwiseConv2DOptionsT() if depthwise else schema.Conv2DOptionsT()
    options.padding = schema.Padding.SAME if same else schema.Padding.VALID
    options.strideH = options.strideW = layer.stride
    options.fusedActivationFunction = BENDS[layer.bend]
    if depthwise:
        options.depthMultiplier = 1
    _, high, wide, _ = writer.shape(source)
    kernel_high, kernel_wide = layer.weight.shape[1:3]
    if not same:
        high, wide = (high - kernel_high) // layer.stride + 1, (wide - kernel_wide) // layer.stride + 1
    writer.made(layer.name, (1, high, wide, len(layer.bias)), layer.exact)
    writer.operator(
        "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D",
        [source, weight, bias],
        layer.name,
        1 if integers is None else 3,
        ("DepthwiseConv2DOptions" if depthwise else "Conv2DOptions", options),
    )


def _padded(writer: Writer, source: str) -> str:
    """A row and a column of zeros before the picture.

    torch pads both sides; at stride 2, a kernel of 3 and even sides the last row and column are never read.
    """
    name = f"{source}.padded"
    if name not in writer.index:
        before = writer.graph.tensors[writer.index[source]]
        _, high, wide, channels = writer.shape(source)
        margins = np.array([(0, 0), (1, 0), (1, 0), (0, 0)], np.int32)
        writer.tensor(f"{name}.margins", margins.shape, schema.TensorType.INT32, data=margins)
        writer.tensor(name, (1, high + 1, wide + 1, channels), before.type)
        writer.graph.tensors[-1].quantization = before.quantization
        version = 2 if before.type == schema.TensorType.INT8 else 1
        writer.operator("PAD", [source, f"{name}.margins"], name, version, ("PadOptions", schema.PadOptionsT()))
    return name


def _leaky(writer: Writer, layer: Layer, inputs: list[str]) -> None:
    options = schema.LeakyReluOptionsT()
    options.alpha = layer.slope
    writer.made(layer.name, writer.shape(inputs[0]), layer.exact)
    version = 2 if layer.name in writer.rounding.tensors and not layer.exact else 1
    writer.operator("LEAKY_RELU", inputs, layer.name, version, ("LeakyReluOptions", options))


def _add(writer: Writer, layer: Layer, inputs: list[str]) -> None:
    writer.made(layer.name, writer.shape(inputs[0]), layer.exact)
    version = 2 if layer.name in writer.rounding.tensors and not layer.exact else 1
    writer.operator("ADD", inputs, layer.name, version, ("AddOptions", schema.AddOptionsT()))


def _double(writer: Writer, layer: Layer, inputs: list[str]) -> None:
    """Four copies side by side, then laid out as 2 x 2: XNNPACK has no nearest-neighbour resize."""
    _, high, wide, channels = writer.shape(inputs[0])
    version = 2 if layer.name in writer.rounding.tensors and not layer.exact else 1
    copies = f"{layer.name}.copies"
    source = writer.graph.tensors[writer.index[inputs[0]]]
    writer.tensor(copies, (1, high, wide, channels * 4), source.type)
    writer.graph.tensors[-1].quantization = source.quantization
    join = schema.ConcatenationOptionsT()
    join.axis = 3
    writer.operator("CONCATENATION", inputs * 4, copies, version, ("ConcatenationOptions", join))
    writer.made(layer.name, (1, high * 2, wide * 2, channels), layer.exact)
    options = schema.DepthToSpaceOptionsT()
    options.blockSize = 2
    writer.operator("DEPTH_TO_SPACE", [copies], layer.name, version, ("DepthToSpaceOptions", options))


def _join(writer: Writer, layer: Layer, inputs: list[str], axis: int = 3) -> None:
    shapes = [writer.shape(name) for name in inputs]
    total = list(shapes[0])
    total[axis] = sum(shape[axis] for shape in shapes)
    writer.made(layer.name, tuple(total), layer.exact)
    options = schema.ConcatenationOptionsT()
    options.axis = axis
    version = 2 if layer.name in writer.rounding.tensors and not layer.exact else 1
    writer.operator("CONCATENATION", inputs, layer.name, version, ("ConcatenationOptions", options))


def _rows(writer: Writer, layer: Layer, inputs: list[str]) -> None:
    shaped = []
    for name in inputs:
        count = int(np.prod(writer.shape(name))) // layer.width
        shaped.append(_reshaped(writer, name, f"{name}.rows", (1, count, layer.width)))
    _join(writer, layer, shaped, axis=1)


def _flat(writer: Writer, layer: Layer, inputs: list[str]) -> None:
    _reshaped(writer, inputs[0], layer.name, (1, int(np.prod(writer.shape(inputs[0])))))


def _reshaped(writer: Writer, source: str, name: str, shape: Shape) -> str:
    target = writer.tensor(f"{name}.shape", (len(shape),), schema.TensorType.INT32, data=np.array(shape, np.int32))
    writer.tensor(name, shape, schema.TensorType.FLOAT32)
    options = schema.ReshapeOptionsT()
    options.newShape = np.array(shape, np.int32)
    writer.operator("RESHAPE", [source, target], name, 1, ("ReshapeOptions", options))
    return name


WRITERS: Final = {
    Kind.CONVOLVE: _convolution,
    Kind.DEPTHWISE: _convolution,
    Kind.LEAKY: _leaky,
    Kind.ADD: _add,
    Kind.DOUBLE: _double,
    Kind.JOIN: _join,
    Kind.ROWS: _rows,
    Kind.FLAT: _flat,
}

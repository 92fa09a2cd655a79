"""The feature extractor: MobileFaceNet (Chen et al., 2018), 112 x 112 RGB to 128 numbers.

The variant with ReLU and ReLU6 instead of PReLU, which int8 kernels do not know. The numbers are not normalised.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from numpy.typing import NDArray

from deploy.models.graph import Bend, Kind, Layer, Network, folded, normalised_input

SIDE: Final = 112
FEATURES: Final = 128
MEAN_RGB: Final = (123.675, 116.28, 103.53)
DEVIATION_RGB: Final = (58.395, 57.12, 57.375)
CENTRE: Final = 115
BLOCKS: Final = ((5, 2), (1, 2), (6, 1), (1, 2), (2, 1))
"""Groups of inverted residuals: how many, and the stride of the first."""

State = Mapping[str, NDArray[Any]]


def embedder(state: State) -> Network:
    """The network, from the tensors of ``model.pt``. Raises KeyError where one is missing."""
    weight, bias = folded(state, "conv1.0", "conv1.1")
    scale = tuple(1.0 / deviation for deviation in DEVIATION_RGB)
    weight, bias = normalised_input(weight, bias, MEAN_RGB, scale, CENTRE)
    layers = [Layer("stem", Kind.CONVOLVE, ("input",), weight, bias, stride=2, padding=1, bend=Bend.RELU6)]
    weight, bias = folded(state, "dw_conv.depthwise", "dw_conv.bn1", depthwise=True)
    layers.append(Layer("start.depth", Kind.DEPTHWISE, ("stem",), weight, bias, padding=1, bend=Bend.RELU))
    weight, bias = folded(state, "dw_conv.pointwise", "dw_conv.bn2")
    layers.append(Layer("start", Kind.CONVOLVE, ("start.depth",), weight, bias, bend=Bend.RELU))
    number = 0
    for count, stride in BLOCKS:
        for position in range(count):
            layers += _residual(state, number, layers[-1].name, 1 if position else stride)
            number += 1
    weight, bias = folded(state, "conv2.0", "conv2.1")
    layers.append(Layer("wide", Kind.CONVOLVE, (layers[-1].name,), weight, bias, bend=Bend.RELU6))
    weight, bias = folded(state, "gdconv.depthwise", "gdconv.bn", depthwise=True)
    layers.append(Layer("pool", Kind.DEPTHWISE, ("wide",), weight, bias, exact=True))
    weight, bias = folded(state, "conv3", "bn")
    layers.append(Layer("last", Kind.CONVOLVE, ("pool",), weight, bias, exact=True))
    layers.append(Layer("features", Kind.FLAT, ("last",), exact=True))
    return Network("embedder", tuple(layers), ("features",), CENTRE)


def _residual(state: State, number: int, source: str, stride: int) -> list[Layer]:
    """An inverted residual: widen, filter each channel, narrow; added to its input where the size stays."""
    torch, name = f"features.{number}.conv", f"block{number}"
    weight, bias = folded(state, f"{torch}.0.0", f"{torch}.0.1")
    widen = Layer(f"{name}.widen", Kind.CONVOLVE, (source,), weight, bias, bend=Bend.RELU6)
    weight, bias = folded(state, f"{torch}.1.0", f"{torch}.1.1", depthwise=True)
    middle = Layer(
        f"{name}.depth", Kind.DEPTHWISE, (widen.name,), weight, bias, stride=stride, padding=1, bend=Bend.RELU6
    )
    weight, bias = folded(state, f"{torch}.2", f"{torch}.3")
    narrow = Layer(f"{name}.narrow" if stride == 1 else name, Kind.CONVOLVE, (middle.name,), weight, bias)
    if stride > 1:
        return [widen, middle, narrow]
    return [widen, middle, narrow, Layer(name, Kind.ADD, (source, narrow.name))]

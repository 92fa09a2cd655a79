"""From float32 to int8: a scale for every tensor, integers for every weight, and a correction of what that shifts.

Ranges are the least and greatest numbers seen. They can be that simple because ``equalise`` has made the channels
alike; clipping by percentile or squared error was tried and gained nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from deploy.models.flatbuffer import Integers, Rounding, Scale
from deploy.models.graph import Bend, Kind, Layer, Network
from deploy.models.observe import Image, Watched, watched

LEVELS: Final = 255
LIMIT: Final = 2**31 - 1


def rounding(network: Network, seen: Mapping[str, Watched]) -> Rounding:
    """Scales for what the tensors hold; weights rounded to nearest, one step per output channel."""
    spans = {layer.name: _span(layer, seen[layer.name]) for layer in network.layers if layer.name in seen}
    for layer in network.layers:
        if layer.kind is Kind.JOIN:
            # A join copies integers, so all that it joins must share one scale.
            shared = (min(spans[name][0] for name in layer.inputs), max(spans[name][1] for name in layer.inputs))
            spans.update(dict.fromkeys((*layer.inputs, layer.name), shared))
        elif layer.kind is Kind.DOUBLE:
            spans[layer.name] = spans[layer.inputs[0]]
    tensors = {name: scale(*span) for name, span in spans.items()}
    weights = {
        layer.name: integers(layer, _step(layer, tensors))
        for layer in network.layers
        if layer.weight is not None and not layer.exact
    }
    return Rounding(tensors, weights)


def corrected(
    network: Network,
    rounded: Rounding,
    seen: Mapping[str, Watched],
    images: Sequence[Image],
    height: int,
    width: int,
) -> Rounding:
    """The same, with biases moved so that every channel's mean is again what it is in float32.

    Rounding errors do not cancel in the mean (Nagel et al., 2019). Layers are corrected in order, because each
    correction moves what comes after it. ``seen`` is what the float32 tensors hold over ``images``.
    """
    weights = dict(rounded.weights)
    for position, layer in enumerate(network.layers):
        if layer.name in weights:
            upto = replace(network, layers=network.layers[: position + 1])
            now = watched(upto, images, height, width, Rounding(rounded.tensors, weights), [layer.name])
            shift = (now[layer.name].mean - seen[layer.name].mean).astype(np.float64)
            whole = weights[layer.name]
            step = whole.steps.astype(np.float64) * _step(layer, rounded.tensors)
            weights[layer.name] = replace(whole, bias=_whole(whole.bias - shift / step))
    return Rounding(rounded.tensors, weights)


def scale(low: float, high: float) -> Scale:
    """The finest scale that covers low..high and zero."""
    low, high = min(low, 0.0), max(high, 0.0)
    step = float(np.float32(max((high - low) / LEVELS, 1e-8)))
    return Scale(step, int(np.clip(round(-128 - low / step), -128, 127)))


def integers(layer: Layer, step: float) -> Integers:
    """A convolution's weights and bias, read by an input of that step."""
    assert layer.weight is not None
    assert layer.bias is not None
    depthwise = layer.kind is Kind.DEPTHWISE
    axes, along = ((0, 1, 2), (1, 1, 1, -1)) if depthwise else ((1, 2, 3), (-1, 1, 1, 1))
    steps = np.maximum(np.abs(layer.weight).max(axis=axes) / 127, 1e-9).astype(np.float32)
    weight = np.clip(np.rint(layer.weight / steps.reshape(along)), -127, 127).astype(np.int8)
    return Integers(weight, steps, _whole(layer.bias / (steps.astype(np.float64) * step)))


def _span(layer: Layer, seen: Watched) -> tuple[float, float]:
    low = 0.0 if layer.bend is not Bend.NONE else float(seen.low.min())
    return low, float(seen.high.max())


def _step(layer: Layer, tensors: Mapping[str, Scale]) -> float:
    """The step of what a convolution reads."""
    source = layer.inputs[0]
    return 1.0 if source == "input" else tensors[source].step


def _whole(numbers: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.clip(np.rint(numbers), -LIMIT, LIMIT).astype(np.int32)

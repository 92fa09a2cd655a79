"""Equal ranges for all channels of a tensor, so that one int8 scale serves them all (Nagel et al., 2019).

A channel can be multiplied by a positive number where it is made and divided by it where it is read: leaky and plain
ReLU, sums, copies and joins let such a factor through, so the network computes the same. Channels that speak softly
are made as loud as the others, and the loud ones no longer set a step that drowns them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from deploy.models.graph import Array, Bend, Kind, Layer, Network
from deploy.models.observe import Watched

CONVOLUTIONS: Final = (Kind.CONVOLVE, Kind.DEPTHWISE)
PASSING: Final = (Kind.LEAKY, Kind.ADD, Kind.DOUBLE)
"""Layers that let factors through."""
CAP: Final = 6.0
HEADROOM: Final = 3.0
"""How far above what was seen a channel under ReLU6 may go before it is cut off; 1.1 cost 0.003 of cosine."""
MOST: Final = 64.0
"""Greatest factor: beyond it a channel is as good as silent."""


def equalised(network: Network, seen: Mapping[str, Watched]) -> Network:
    """The same network with channels of like range wherever that is possible; ``seen`` is what the tensors hold."""
    layers = {layer.name: layer for layer in network.layers}
    for group in groups(network):
        if any(not _lets_through(network, layers[name]) for name in group):
            continue
        span = np.max([np.maximum(np.abs(seen[name].low), np.abs(seen[name].high)) for name in group], axis=0)
        loudest = float(span.max())
        if any(layers[name].bend is Bend.RELU6 for name in group):
            # The cap stays at 6 whatever the factor, so channels may only grow up to it.
            loudest = CAP / HEADROOM
        factor = np.clip(loudest / np.maximum(span, loudest / MOST), 1.0, MOST).astype(np.float32)
        for name in group:
            layer = layers[name]
            if layer.kind in CONVOLUTIONS:
                layers[name] = louder(layer, factor)
            for reader in network.readers(name):
                for target, part in _reads(network, reader, name, factor):
                    layers[target] = softened(layers[target], *part)
    return network.with_layers(layers)


def groups(network: Network) -> list[tuple[str, ...]]:
    """Tensors that must share their factors, because a layer passes one on to the other."""
    member = {layer.name: layer.name for layer in network.layers}

    def root(name: str) -> str:
        while member[name] != name:
            name = member[name]
        return name

    for layer in network.layers:
        if layer.kind in PASSING:
            for source in layer.inputs:
                member[root(source)] = root(layer.name)
    found: dict[str, list[str]] = {}
    for layer in network.layers:
        if layer.kind in (*CONVOLUTIONS, *PASSING):
            found.setdefault(root(layer.name), []).append(layer.name)
    return [tuple(names) for names in found.values()]


def louder(layer: Layer, factor: Array) -> Layer:
    """A convolution whose output channels are multiplied."""
    assert layer.weight is not None
    assert layer.bias is not None
    along = (1, 1, 1, -1) if layer.kind is Kind.DEPTHWISE else (-1, 1, 1, 1)
    return replace(
        layer,
        weight=(layer.weight * factor.reshape(along)).astype(np.float32),
        bias=(layer.bias * factor).astype(np.float32),
    )


def softened(layer: Layer, factor: Array, first: int) -> Layer:
    """A convolution that reads channels multiplied by ``factor``, from channel ``first`` on."""
    assert layer.weight is not None
    weight = layer.weight.copy()
    weight[..., first : first + len(factor)] /= factor
    return replace(layer, weight=weight)


def _lets_through(network: Network, layer: Layer) -> bool:
    """Whether factors on a layer's output can be undone by all that read it."""
    readers = network.readers(layer.name)
    if layer.name in network.outputs or not readers:
        return False
    for reader in readers:
        if reader.kind is Kind.JOIN:
            if any(after.kind is not Kind.CONVOLVE for after in network.readers(reader.name)):
                return False
        elif reader.kind not in (*CONVOLUTIONS, *PASSING):
            return False
    return True


def _reads(network: Network, reader: Layer, name: str, factor: Array) -> list[tuple[str, tuple[Array, int]]]:
    """The convolutions that undo a factor on tensor ``name``, and from which input channel on."""
    if reader.kind in CONVOLUTIONS:
        return [(reader.name, (factor, 0))]
    if reader.kind is not Kind.JOIN:
        return []
    first = 0
    for source in reader.inputs:
        if source == name:
            break
        bias = network.layer(source).bias
        assert bias is not None
        first += len(bias)
    return [(after.name, (factor, first)) for after in network.readers(reader.name)]

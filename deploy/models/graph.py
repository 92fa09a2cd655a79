"""A network as a list of layers: the little that both networks need, in numpy.

Pictures are NHWC, as LiteRT wants them. Weights are those of the trained network with batch normalisation folded in.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

BATCH_NORM_EPSILON: Final = 1e-5
"""torch's default, with which both networks were trained."""


class Kind(enum.Enum):
    """What a layer does."""

    CONVOLVE = "convolve"
    DEPTHWISE = "depthwise"
    LEAKY = "leaky"
    ADD = "add"
    DOUBLE = "double"
    """Nearest-neighbour upsampling by two."""
    JOIN = "join"
    """Concatenation along the channels."""
    ROWS = "rows"
    """Concatenation of several scales as rows of ``width`` numbers: (1, n, width)."""
    FLAT = "flat"
    """All numbers in one row: (1, n)."""


class Bend(enum.Enum):
    """The non-linearity that is computed together with a convolution."""

    NONE = "none"
    RELU = "relu"
    RELU6 = "relu6"


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer. Its name is also the name of the tensor that it makes."""

    name: str
    kind: Kind
    inputs: tuple[str, ...]
    weight: Array | None = field(default=None, repr=False)
    """CONVOLVE: (out, high, wide, in); DEPTHWISE: (1, high, wide, channels); both float32."""
    bias: Array | None = field(default=None, repr=False)
    """(channels,) float32."""
    stride: int = 1
    padding: int = 0
    """Zeros added on each side; 0, or what keeps the size at stride 1."""
    bend: Bend = Bend.NONE
    slope: float = 0.0
    """LEAKY: what negative numbers are multiplied by."""
    width: int = 0
    """ROWS: numbers a row."""
    exact: bool = False
    """Computed in float32 in the int8 model too: the last, small layers, where rounding costs most and saves least."""


@dataclass(frozen=True, slots=True)
class Network:
    """Layers in an order in which they can be computed.

    The first input is ``input``, a picture of ``channels`` uint8 channels, of which ``centre`` is subtracted, so that
    the zeros added at the edges are near the mean of pictures and 8 bits hold the input exactly.
    """

    name: str
    layers: tuple[Layer, ...]
    outputs: tuple[str, ...]
    centre: int
    channels: int = 3

    def layer(self, name: str) -> Layer:
        """The layer of that name. Raises KeyError."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(name)

    def readers(self, name: str) -> tuple[Layer, ...]:
        """The layers that read a tensor."""
        return tuple(layer for layer in self.layers if name in layer.inputs)

    def with_layers(self, changed: Mapping[str, Layer]) -> Network:
        """The same network with some layers replaced, by name."""
        return replace(self, layers=tuple(changed.get(layer.name, layer) for layer in self.layers))


def folded(
    state: Mapping[str, NDArray[Any]], convolution: str, norm: str, *, depthwise: bool = False
) -> tuple[Array, Array]:
    """Weight and bias of a convolution and the batch normalisation after it, as one.

    ``convolution`` and ``norm`` are prefixes of names in ``state``, whose weights are torch's (out, in, high, wide).
    Returns what :class:`Layer` wants, float32. Raises KeyError where the state lacks one of them.
    """
    weight = np.asarray(state[f"{convolution}.weight"], np.float64)
    before = np.asarray(state.get(f"{convolution}.bias", 0.0), np.float64)
    gain = state[f"{norm}.weight"] / np.sqrt(state[f"{norm}.running_var"].astype(np.float64) + BATCH_NORM_EPSILON)
    bias = state[f"{norm}.bias"] + (before - state[f"{norm}.running_mean"]) * gain
    return _placed(weight * gain[:, None, None, None], depthwise), bias.astype(np.float32)


def plain(state: Mapping[str, NDArray[Any]], convolution: str) -> tuple[Array, Array]:
    """Weight and bias of a convolution without batch normalisation, as :func:`folded` gives them."""
    weight = np.asarray(state[f"{convolution}.weight"], np.float64)
    return _placed(weight, False), np.asarray(state[f"{convolution}.bias"], np.float32)


def normalised_input(
    weight: Array, bias: Array, mean: Sequence[float], scale: Sequence[float], centre: int
) -> tuple[Array, Array]:
    """Fold ``(pixel - mean) * scale``, channel by channel, into the first convolution.

    The network then reads ``pixel - centre``. This is exact but for the outermost row and column, where the padding
    stands for pixels of value ``centre`` instead of ``mean`` (at most 14 grey levels apart).
    """
    scaled = weight.astype(np.float64) * np.asarray(scale)
    shift = (scaled * (centre - np.asarray(mean))).sum(axis=(1, 2, 3))
    return scaled.astype(np.float32), (bias + shift).astype(np.float32)


def _placed(weight: NDArray[np.float64], depthwise: bool) -> Array:
    """From torch's order of axes to LiteRT's."""
    order = (1, 2, 3, 0) if depthwise else (0, 2, 3, 1)
    return np.ascontiguousarray(weight.transpose(order), np.float32)

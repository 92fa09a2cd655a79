"""The face detector: RetinaFace (Deng et al., 2020) on MobileNet v1 x 0.25.

Reads BGR. For every prior box it gives four box offsets, two logits (no face, face) and ten landmark offsets; what
they mean stands in ``edge.steps.decode``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from numpy.typing import NDArray

from deploy.models.graph import Bend, Kind, Layer, Network, folded, normalised_input, plain

MEAN_BGR: Final = (104.0, 117.0, 123.0)
CENTRE: Final = 115
SLOPE: Final = 0.1
STRIDES: Final = {"stage1": (1, 2, 1, 2, 1), "stage2": (2, 1, 1, 1, 1, 1), "stage3": (2, 1)}
"""Strides of each stage's depthwise blocks; the first convolution of all, stride 2, comes before them."""
HEADS: Final = {"boxes": ("BboxHead", 4), "logits": ("ClassHead", 2), "landmarks": ("LandmarkHead", 10)}

FIRST: Final = ("stem", "stem.leaky", "stage1.1.depth", "stage1.1.depth.leaky")
"""Computed in float32 in the int8 model too. These eight channels carry the light of the scene, which later layers
subtract to see edges: 8 bits of the light leave few bits of the edge. They made most of int8's error, and being so
few they cost next to nothing in float32."""

State = Mapping[str, NDArray[Any]]


def detector(state: State) -> Network:
    """The network, from the tensors of ``mobilenet0.25_Final.pth``. Raises KeyError where one is missing."""
    layers, taps = _backbone(state)
    layers += _pyramid(state, taps)
    for level in (1, 2, 3):
        layers += _context(state, f"ssh{level}", f"pyramid{level}")
    for output, (head, width) in HEADS.items():
        levels = []
        for level in (1, 2, 3):
            weight, bias = plain(state, f"{head}.{level - 1}.conv1x1")
            levels.append(f"{output}{level}")
            layers.append(Layer(levels[-1], Kind.CONVOLVE, (f"ssh{level}",), weight, bias, exact=True))
        layers.append(Layer(output, Kind.ROWS, tuple(levels), width=width, exact=True))
    layers = [replace(layer, exact=True) if layer.name in FIRST else layer for layer in layers]
    return Network("detector", tuple(layers), tuple(HEADS), CENTRE)


def _backbone(state: State) -> tuple[list[Layer], list[str]]:
    """The layers of MobileNet, and the names of what the pyramid reads of it."""
    weight, bias = folded(state, "body.stage1.0.0", "body.stage1.0.1")
    weight, bias = normalised_input(weight, bias, MEAN_BGR, (1.0, 1.0, 1.0), CENTRE)
    layers = _leaky(Layer("stem", Kind.CONVOLVE, ("input",), weight, bias, stride=2, padding=1))
    taps = []
    for stage, strides in STRIDES.items():
        for number, stride in enumerate(strides, 1 if stage == "stage1" else 0):
            torch, name = f"body.{stage}.{number}", f"{stage}.{number}"
            weight, bias = folded(state, f"{torch}.0", f"{torch}.1", depthwise=True)
            inputs = (layers[-1].name,)
            layers += _leaky(Layer(f"{name}.depth", Kind.DEPTHWISE, inputs, weight, bias, stride=stride, padding=1))
            weight, bias = folded(state, f"{torch}.3", f"{torch}.4")
            layers += _leaky(Layer(f"{name}.point", Kind.CONVOLVE, (layers[-1].name,), weight, bias))
        taps.append(layers[-1].name)
    return layers, taps


def _pyramid(state: State, taps: list[str]) -> list[Layer]:
    """The feature pyramid: coarse levels are doubled and added to finer ones. Gives ``pyramid1`` to ``pyramid3``."""
    layers: list[Layer] = []
    for level, tap in enumerate(taps, 1):
        weight, bias = folded(state, f"fpn.output{level}.0", f"fpn.output{level}.1")
        name = "pyramid3" if level == 3 else f"lateral{level}"
        layers += _leaky(Layer(f"{name}.linear", Kind.CONVOLVE, (tap,), weight, bias), name)
    for level in (2, 1):
        layers.append(Layer(f"up{level}", Kind.DOUBLE, (f"pyramid{level + 1}",)))
        layers.append(Layer(f"sum{level}", Kind.ADD, (f"lateral{level}", f"up{level}")))
        weight, bias = folded(state, f"fpn.merge{level}.0", f"fpn.merge{level}.1")
        merged = Layer(f"merge{level}", Kind.CONVOLVE, (f"sum{level}",), weight, bias, padding=1)
        layers += _leaky(merged, f"pyramid{level}")
    return layers


def _context(state: State, name: str, source: str) -> list[Layer]:
    """The context module of one level: three receptive fields side by side, then a ReLU.

    The ReLU is computed in each branch, before they are joined, which is the same thing.
    """

    def branch(torch: str, reads: str, bend: Bend) -> Layer:
        weight, bias = folded(state, f"{name}.{torch}.0", f"{name}.{torch}.1")
        return Layer(f"{name}.{torch}", Kind.CONVOLVE, (reads,), weight, bias, padding=1, bend=bend)

    near = branch("conv3X3", source, Bend.RELU)
    first = _leaky(branch("conv5X5_1", source, Bend.NONE))
    middle = branch("conv5X5_2", first[-1].name, Bend.RELU)
    second = _leaky(branch("conv7X7_2", first[-1].name, Bend.NONE))
    far = branch("conv7x7_3", second[-1].name, Bend.RELU)
    join = Layer(name, Kind.JOIN, (near.name, middle.name, far.name))
    return [near, *first, middle, *second, far, join]


def _leaky(layer: Layer, name: str = "") -> list[Layer]:
    """A layer and the leaky ReLU after it."""
    return [layer, Layer(name or f"{layer.name}.leaky", Kind.LEAKY, (layer.name,), slope=SLOPE)]

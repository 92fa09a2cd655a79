"""Running networks and watching what their tensors hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from deploy.models.flatbuffer import Rounding
from deploy.models.graph import Array, Kind, Network
from deploy.models.operators import written

Image = NDArray[np.uint8]


class Runner:
    """A built model, ready to run on one thread."""

    def __init__(self, model: bytes, threads: int = 1) -> None:
        self._interpreter = Interpreter(model_content=model, num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._outputs = self._interpreter.get_output_details()

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the input."""
        _, height, width, _ = self._input["shape"]
        return int(height), int(width)

    @property
    def contract(self) -> dict[str, list[int]]:
        """Names and shapes of the outputs."""
        return {str(output["name"]): [int(side) for side in output["shape"]] for output in self._outputs}

    def __call__(self, image: Image) -> dict[str, Array]:
        """The outputs of one (H, W, 3) uint8 picture, by name, as real numbers without the batch axis."""
        self._interpreter.set_tensor(self._input["index"], image[None])
        self._interpreter.invoke()
        return {str(output["name"]): self._real(output) for output in self._outputs}

    def _real(self, output: Mapping[str, Any]) -> Array:
        value = self._interpreter.get_tensor(output["index"])[0]
        step, zero = output["quantization"]
        if value.dtype == np.float32:
            return np.asarray(value)
        return np.asarray((value.astype(np.float32) - np.float32(zero)) * np.float32(step))


@dataclass(frozen=True, slots=True)
class Watched:
    """What one tensor held over many pictures; each (channels,) float32."""

    low: Array = field(repr=False)
    high: Array = field(repr=False)
    mean: Array = field(repr=False)


def watched(
    network: Network,
    images: Sequence[Image],
    height: int,
    width: int,
    rounding: Rounding | None = None,
    names: Sequence[str] = (),
) -> dict[str, Watched]:
    """What the named tensors, or all that have channels, hold over the pictures, in float32 or as rounded."""
    outputs = tuple(names or (layer.name for layer in network.layers if layer.kind not in {Kind.ROWS, Kind.FLAT}))
    runner = Runner(written(replace(network, outputs=outputs), height, width, rounding), threads=2)
    seen: dict[str, list[NDArray[np.float32]]] = {name: [] for name in outputs}
    for image in images:
        for name, value in runner(image).items():
            cells = value.reshape(-1, value.shape[-1])
            seen[name].append(np.stack([cells.min(axis=0), cells.max(axis=0), cells.mean(axis=0)]))
    stacked = {name: np.stack(values) for name, values in seen.items()}
    return {
        name: Watched(value[:, 0].min(axis=0), value[:, 1].max(axis=0), value[:, 2].mean(axis=0))
        for name, value in stacked.items()
    }

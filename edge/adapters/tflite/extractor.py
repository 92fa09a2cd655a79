"""The feature extractor.

A face is looked at twice, as it is and mirrored, and its features are the mean: faces are nearly symmetrical, while
light, pose and the rounding of int8 are not. On 2,313 people FNIR with 100 entries at FPIR 1e-3 falls from 5.7 to 4.5 %
(``make bench-embedders``). Mirroring templates alone would cost a device nothing, and gains less than half of that. The
price is that the model runs twice for each sample, a few times in a passage.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from edge.adapters.tflite.model import PRECISION, REMEDY, Image, Loaded, Model
from edge.domain.authority import Digest
from edge.domain.errors import Misconfigured
from edge.domain.face import Features
from edge.steps.align import SIDE

SHORTEST: Final = 64
STEP: Final = 16
"""Features are no fewer numbers than the one, and a multiple of the other, as watchlists want them."""
VIEWS: Final = 2
"""How often the model runs for a face. ``align.RECIPE`` says so to calibrations and lists."""


class Extractor:
    """Turns aligned faces into features. Belongs to one thread."""

    def __init__(self, folder: Path, *, threads: int = 1, precision: str = PRECISION, mirrored: bool = True) -> None:
        """Another precision, and a single view of each face, are for yardsticks alone. Raises Misconfigured."""
        self._mirrored = mirrored
        self._loaded = Loaded(folder, "embedder", (1, SIDE, SIDE, 3), threads, precision)
        self.length = features_of(self._loaded.model)
        """How many numbers the features of one face are."""
        self._view_of_one = np.zeros(self.length, np.float32)

    @property
    def identity(self) -> Digest:
        """What signed documents call the model."""
        return self._loaded.model.identity

    def extract(self, aligned: Sequence[Image]) -> Features:
        """The features of each (112, 112, 3) uint8 RGB face: (n, length) float32, each of Euclidean length 1."""
        features, view_of_one = np.zeros((len(aligned), self.length), np.float32), self._view_of_one
        for index, image in enumerate(aligned):
            for view in (image, image[:, ::-1]) if self._mirrored else (image,):
                np.copyto(self._loaded.input(), view)
                np.copyto(view_of_one, self._loaded.run()[self.length])
                _make_unit(view_of_one)
                features[index] += view_of_one
            _make_unit(features[index])
        view_of_one.fill(0)
        return features

    def invoke(self) -> None:
        """Run the bare model on what its input holds."""
        self._loaded.invoke()

    def forget(self) -> None:
        """Overwrite the last face and all that was computed from it."""
        self._loaded.forget()


def features_of(model: Model) -> int:
    """How many numbers a face's features are. Raises Misconfigured where the model gives anything but features.

    A network that guesses age, sex or a mood answers with a few numbers, or with several answers.
    """
    shapes = [(output.shape, output.dtype) for output in model.outputs]
    match shapes:
        case [((1, length), "float32")] if length >= SHORTEST and length % STEP == 0:
            return length
    raise Misconfigured(f"{model.file} gives {shapes}: not one face's features, and nothing else.", REMEDY)


def _make_unit(row: Features) -> None:
    """Scale a row to length 1 where it lies: a scaled copy would be one more to overwrite."""
    row /= np.float32(max(float(np.linalg.norm(row)), 1e-9))

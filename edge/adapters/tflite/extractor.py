"""The feature extractor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edge.adapters.tflite.model import PRECISION, Image, Loaded
from edge.domain.authority import Digest
from edge.domain.face import Features
from edge.steps.align import SIDE


class Extractor:
    """Turns aligned faces into features. Belongs to one thread."""

    def __init__(self, folder: Path, *, threads: int = 1, precision: str = PRECISION) -> None:
        """Raises Misconfigured."""
        self._loaded = Loaded(folder, "embedder", (1, SIDE, SIDE, 3), threads, precision)
        self.length = self._loaded.model.outputs[0].shape[-1]
        """How many numbers the features of one face are."""

    @property
    def identity(self) -> Digest:
        """What signed documents call the model."""
        return self._loaded.model.identity

    def extract(self, aligned: Sequence[Image]) -> Features:
        """The features of each (112, 112, 3) uint8 RGB face: (n, length) float32, each of Euclidean length 1."""
        features = np.empty((len(aligned), self.length), np.float32)
        for index, image in enumerate(aligned):
            np.copyto(self._loaded.input(), image)
            features[index] = self._loaded.run()[self.length]
        features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-9)
        return features

    def invoke(self) -> None:
        """Run the bare model on what its input holds."""
        self._loaded.invoke()

    def forget(self) -> None:
        """Overwrite the last face and all that was computed from it."""
        self._loaded.forget()

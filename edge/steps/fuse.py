"""Several samples of one passage, or several pictures of one reference, to one unit vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from edge.domain.capture import Instant
from edge.domain.face import Features, Probe, Sample

RECIPE: Final = "quality-weighted mean"
"""Names this fusion in a calibration: scores of another fusion are not comparable."""


def mean(features: Features, weights: Sequence[float] | None = None) -> Features:
    """Weighted mean of (n, D) float32 unit rows, as one (D,) float32 unit vector.

    Raises ValueError where there is nothing to fuse or the rows cancel out.
    """
    if features.ndim != 2 or not len(features):
        raise ValueError(f"cannot fuse features of shape {features.shape}")
    weighting = np.ones(len(features), np.float32) if weights is None else np.asarray(weights, np.float32)
    if weighting.shape != (len(features),) or not np.all(weighting > 0):
        raise ValueError("every row needs a positive weight")
    summed = weighting @ features
    length = float(np.linalg.norm(summed))
    if length < 1e-6:
        raise ValueError("the features cancel out")
    return (summed / length).astype(np.float32, copy=False)


def probe(features: Features, samples: Sequence[Sample]) -> Probe:
    """The probe of a passage: ``features`` is (n, D) float32, a unit row for each of the samples."""
    last: Instant = max((sample.captured for sample in samples), key=lambda instant: instant.boot)
    return Probe(mean(features, [sample.quality for sample in samples]), len(samples), last)

"""Random people whose pictures scatter around them."""

from __future__ import annotations

import numpy as np

from edge.domain.face import Features
from edge.measure.acquire import Acquired


def cohort(people: int = 300, each: int = 3, spread: float = 0.9, seed: int = 1, lost: int = 0) -> Acquired:
    """The first ``lost`` people have one picture more, in which no face was found."""
    rng = np.random.default_rng(seed)
    middles = rng.standard_normal((people, 32))
    rows = np.repeat(middles, each, axis=0) + spread * rng.standard_normal((people * each, 32))
    features: Features = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    owners = np.repeat(np.arange(people), each)
    names = tuple(f"p{number}" for number in range(people))
    failed = tuple(f"p{number}/lost.jpg" for number in range(lost))
    return Acquired(features, owners, names, failed, np.arange(lost), np.ones(len(rows), np.float32))

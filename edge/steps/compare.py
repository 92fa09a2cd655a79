"""Exact comparison. Used by the gallery and the yardsticks alone."""

from __future__ import annotations

import numpy as np

from edge.domain.face import Features


def best(templates: Features, probe: Features, scores: Features) -> tuple[int, float]:
    """Compare a probe with every template.

    ``templates`` is (n, D) float32 and ``probe`` (D,) float32, both as fused and at most of unit length; ``scores`` is
    (n,) float32 room for the scores, which the caller overwrites afterwards. Returns the best row and its score.
    """
    np.dot(templates, probe, out=scores)
    index = int(scores.argmax())
    return index, float(scores[index])

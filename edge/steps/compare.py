"""Exact comparison by cosine similarity. Used by the gallery and the yardsticks alone."""

from __future__ import annotations

import numpy as np

from edge.domain.face import Features


def best(templates: Features, probe: Features, scores: Features) -> tuple[int, float]:
    """Compare a probe with every template.

    ``templates`` is (n, D) float32 with unit rows, ``probe`` (D,) float32 of unit length, ``scores`` (n,) float32
    room for the scores, which the caller overwrites afterwards. Returns the best row and its score.
    """
    np.dot(templates, probe, out=scores)
    index = int(scores.argmax())
    return index, float(scores[index])

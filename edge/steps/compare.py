"""Exact comparison. Used by the gallery and the yardsticks alone.

One matrix-vector product per probe, over the locked buffer itself. A matrix product for all probes of a frame saves a
fifth of the time at best, and BLAS packs panels of the templates into buffers of its own for it (Goto and van de Geijn,
2008), which are neither locked nor wiped.
"""

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

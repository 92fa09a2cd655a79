"""Other people, so that a reference can be asked whom it resembles. Their features exist while a list is built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from edge.adapters import pictures
from edge.control_room.acquisition import Demands, Extracts, FindsFaces, Reference, acquire
from edge.domain.errors import Misconfigured
from edge.domain.face import Features

MOST_PEOPLE: Final = 5_000
"""More would say the same, later."""
TRIES: Final = 3
"""Pictures looked at per person until one is usable."""


def features(
    source: Path, detector: FindsFaces, extractor: Extracts, demands: Demands, progress: Callable[[str], None]
) -> Features:
    """One unit row for each person of a folder or tar archive of whom a picture is usable: (n, D) float32.

    One row each, so that a person with many pictures counts once. Raises Misconfigured where there is nobody.
    """
    rows: list[Features] = []
    for person, (_, images) in enumerate(pictures.of_people(source), 1):
        for image, _ in zip(images, range(TRIES), strict=False):
            reference = acquire(image, detector, demands)
            if isinstance(reference, Reference):
                rows.append(extractor.extract([reference.aligned])[0].copy())
                break
        progress(f"cohort: {len(rows)} of {person} people")
        if len(rows) == MOST_PEOPLE:
            break
    if not rows:
        raise Misconfigured(f"No usable face was found in {source}.", "Name a folder with one subfolder per person.")
    return np.stack(rows)

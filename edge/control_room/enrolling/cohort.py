"""Other people, so that a reference can be asked whom it resembles. Their features exist while a list is built."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import Final

import numpy as np

from edge.adapters import pictures
from edge.control_room.enrolling.looking import Looks, Shot, Wanted
from edge.domain.errors import Misconfigured
from edge.domain.face import Features

MOST_PEOPLE: Final = 5_000
"""More would say the same, later."""
TRIES: Final = 3
"""Pictures looked at per person until one is usable."""


def features(source: Path, looks: Looks, progress: Callable[[int], None]) -> Features:
    """One unit row for each person of a folder or tar archive of whom a picture is usable: (n, D) float32.

    One row each, so that a person with many pictures counts once. Raises Misconfigured where there is nobody.
    """
    rows: dict[str, Features] = {}
    for attempt in range(TRIES):
        for person, look in looks.look(_pictures(source, attempt, rows)):
            if isinstance(look, Shot) and len(rows) < MOST_PEOPLE:
                rows[person] = look.features
                progress(len(rows))
    if not rows:
        raise Misconfigured(f"No usable face was found in {source}.", "Name a folder with one subfolder per person.")
    return np.stack(list(rows.values()))


def _pictures(source: Path, attempt: int, found: Container[str]) -> Iterator[tuple[str, Wanted]]:
    """A picture of each person of whom none was usable so far."""
    for person, items in groupby(pictures.files(source), key=lambda item: item[0]):
        for _, _, raw in islice(items, attempt, attempt + 1):
            if person not in found:
                yield person, Wanted(raw, anybody=True)

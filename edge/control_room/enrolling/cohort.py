"""Other people, so that a reference can be asked whom it resembles. Their features exist while a list is built."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
TRIES: Final = 2
"""Pictures looked at per person. Nearly everybody's first is usable: looking at a second costs more than it finds."""


def features(source: Path, looks: Looks, progress: Callable[[int], None]) -> Features:
    """One unit row for each person of a folder or tar archive of whom a picture is usable: (n, D) float32.

    One row each, so that a person with many pictures counts once. Raises Misconfigured where there is nobody.
    """
    rows: list[Features] = []
    last = ""
    for person, look in looks.look(_pictures(source)):
        if isinstance(look, Shot) and person != last:
            rows.append(look.features)
            last = person
            progress(len(rows))
            if len(rows) == MOST_PEOPLE:
                break
    if not rows:
        raise Misconfigured(f"No usable face was found in {source}.", "Name a folder with one subfolder per person.")
    return np.stack(rows)


def _pictures(source: Path) -> Iterator[tuple[str, Wanted]]:
    for person, items in groupby(pictures.files(source), key=lambda item: item[0]):
        for _, _, raw in islice(items, TRIES):
            yield person, Wanted(raw, anybody=True)

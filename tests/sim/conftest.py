"""What the simulator's tests share: drawn people, and where the registry's pictures are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.settings import shared
from hardware_sim.portraits import Person, portrait
from tests.sim.drawn import drawn_face


@pytest.fixture(scope="session")
def pictures() -> Path:
    """The folder of the registry's pictures."""
    folder = Path(os.environ.get("LAMPPOST_PICTURES", shared("pictures")))
    if not (folder / "sample1.jpg").is_file():
        pytest.skip(f"no registry pictures in {folder}: run 'make models', or name them with LAMPPOST_PICTURES")
    return folder


@pytest.fixture(scope="session")
def people() -> list[Person]:
    """Twelve drawn people."""
    found = []
    for number in range(12):
        image, face = drawn_face(number)
        found.append(Person(f"p{number + 1:02}", (portrait(image, face, []),)))
    return found

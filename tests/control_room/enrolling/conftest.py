"""The chain, once, and a desk for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from edge.adapters.tflite import Detector, Extractor
from edge.control_room import evidence
from edge.settings import shared
from tests.control_room.enrolling.alone import Desk


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keys of work lie in a memory file system of the test's own, and are gone with it."""
    with TemporaryDirectory(dir="/dev/shm") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


@pytest.fixture(scope="session")
def chain(models: Path) -> Desk:
    if not shared("pictures").is_dir() or not shared("calibration.json").is_file():
        pytest.skip("no calibration or pictures: run 'make models'")
    return Desk(Path(), Detector(models), Extractor(models), evidence.read(shared("calibration.json")))


@pytest.fixture
def desk(chain: Desk, tmp_path: Path) -> Desk:
    return Desk(tmp_path, chain.detector, chain.extractor, chain.calibration)

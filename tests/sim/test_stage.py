"""Scenes for measuring."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.adapters.tflite import Detector
from hardware_sim.stage import set_crowd


def test_a_crowd_has_three_people_in_view_and_everybody_is_listed(models: Path) -> None:
    pictures = models.resolve().parent.parent / "sources"
    if not pictures.is_dir():
        pytest.skip(f"no {pictures}: run 'make models'")
    stage = set_crowd(1, Detector(models).detect_rgb, pictures)
    assert all(passage.listed and passage.first_eligible is not None for passage in stage.scene.passages())
    seen = [sum(face.visible > 0.5 for face in stage.scene.truth(n).faces) for n in range(0, stage.scene.frames, 5)]
    assert max(seen) == 3
    assert float(np.mean(np.array(seen) == 3)) > 0.5

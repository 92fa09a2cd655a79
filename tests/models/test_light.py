"""The detector sees by little light, and what is masked does not pass for darkness."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.adapters.tflite import Detector
from edge.adapters.tflite.detector import BLACK, MOST_LIFT, _lift
from tests.models.test_adapter import Image, apart, frame, street

__all__ = ["street"]


@pytest.mark.parametrize("light", [0.5, 0.25, 0.12])
def test_a_dark_street_shows_the_faces_of_a_lit_one(models: Path, street: Image, light: float) -> None:
    detector = Detector(models)
    lit = [face for face in detector.detect(frame(street, 640, 360)) if face.score > 0.9]
    dark = detector.detect(frame((street * light).astype(np.uint8), 640, 360))
    assert len(lit) == 3
    assert apart(lit, [face for face in dark if face.score > 0.9]) < 0.12


def test_daylight_is_left_as_it_is() -> None:
    assert _lift(np.full((36, 64), 140, np.uint8)) == 1.0


def test_a_masked_part_does_not_make_daylight_dark() -> None:
    luma = np.full((36, 64), 140, np.uint8)
    luma[:, :60] = 16
    assert _lift(luma) == 1.0


def test_a_black_picture_is_left_alone() -> None:
    assert _lift(np.full((36, 64), BLACK, np.uint8)) == 1.0


def test_half_the_light_is_doubled() -> None:
    assert _lift(np.full((36, 64), BLACK + 50, np.uint8)) == pytest.approx(2.0)


@given(st.lists(st.integers(0, 255), min_size=1, max_size=64))
def test_no_picture_is_made_darker_or_lifted_beyond_reason(luma: list[int]) -> None:
    assert 1.0 <= _lift(np.array([luma], np.uint8)) <= MOST_LIFT

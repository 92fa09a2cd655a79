"""What a worker says has been near strangers' bytes: it is an answer that can be, or it is refused."""

from __future__ import annotations

import numpy as np
import pytest

from edge.control_room.enrolling import answers
from edge.control_room.enrolling.looking import THUMBPRINT, Shot
from edge.domain.errors import Undecodable


def shot(value: float) -> Shot:
    features = np.zeros(128, np.float32)
    features[3] = value
    return Shot(0.5, features, np.zeros(THUMBPRINT, np.float32))


def test_what_was_seen_comes_back_as_it_was_sent() -> None:
    found = answers.look_of(answers.read(answers.encoded(shot(1.0))))
    assert isinstance(found, Shot)
    assert found.quality == 0.5
    assert found.features[3] == 1.0


@pytest.mark.parametrize("value", [0.0, 0.9, 1.1, -2.0, 3e38, float("inf"), float("nan")])
def test_features_that_are_no_unit_row_are_refused_however_large(value: float) -> None:
    with pytest.raises(Undecodable, match="no answer about a picture"):
        answers.look_of(answers.read(answers.encoded(shot(value))))

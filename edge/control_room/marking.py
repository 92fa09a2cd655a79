"""Copies of pictures that leave: who took it, when and why stands on it, where everybody sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from edge.domain.errors import Undecodable

LEAST_WIDTH: Final = 320
"""Pixels: a smaller picture is enlarged, so that the words fit."""
_LINE: Final = 18
_INK: Final = (255, 255, 255)


def marked(jpeg: bytes, words: Sequence[str]) -> bytes:
    """A PNG of the picture, with a black strip of words below it. Raises Undecodable where it is no picture."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if jpeg else None
    if picture is None:
        raise Undecodable("The hit holds no picture.", "Keep the hit for examination.")
    scale = max(1.0, LEAST_WIDTH / picture.shape[1])
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    strip = np.zeros((_LINE * len(words) + 8, picture.shape[1], 3), np.uint8)
    for number, line in enumerate(words):
        cv2.putText(strip, line, (4, _LINE * (number + 1)), cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)
    _, png = cv2.imencode(".png", np.vstack([picture, strip]))
    return png.tobytes()

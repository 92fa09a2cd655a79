"""What a detector found of the faces that were there: recall against their size, and against its false boxes.

Pure: scores in, figures out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Box, Face

Numbers = NDArray[np.float64]

COVERS: Final = 0.4
"""Intersection over union from which a box is of a face."""
TOUCHES: Final = 0.3
"""The same for a bystander, whose place is known less well."""
NORMAL: Final = 1.959964
"""The standard normal's 97.5 % point, for two-sided intervals of 95 %."""


@dataclass(frozen=True, slots=True)
class Spotted:
    """One frame, looked at in one way."""

    scores: tuple[float, ...]
    """For each face that is there, the best score of a box that covers it; 0 where none does."""
    strays: tuple[float, ...]
    """Scores of the boxes that cover nobody."""
    doubles: tuple[float, ...]
    """Scores of further boxes on a face that a better one covers."""


def spotted(found: Sequence[Face], faces: Sequence[Box], bystanders: Sequence[Box]) -> Spotted:
    """Compare what was found with what is there; a box on a bystander counts neither way."""
    best, strays, doubles = [0.0] * len(faces), list[float](), list[float]()
    for one in sorted(found, key=lambda face: -face.score):
        covered = _covered(one.box, faces, COVERS)
        if covered is not None:
            if best[covered]:
                doubles.append(one.score)
            else:
                best[covered] = one.score
        elif _covered(one.box, bystanders, TOUCHES) is None:
            strays.append(one.score)
    return Spotted(tuple(best), tuple(strays), tuple(doubles))


def _covered(box: Box, faces: Sequence[Box], least: float) -> int | None:
    overlaps = [box.overlap(face) for face in faces]
    best = int(np.argmax(overlaps)) if overlaps else 0
    return best if overlaps and overlaps[best] >= least else None


@dataclass(frozen=True, slots=True)
class Share:
    """A share with Wilson's interval (1927) at 95 %."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """0..1; 0 of nothing."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper bound."""
        if not self.of:
            return 0.0, 1.0
        square = NORMAL**2 / self.of
        middle = self.value + square / 2
        reach = float(np.sqrt(square * (self.value * (1 - self.value) + square / 4)))
        low, high = (middle - reach) / (1 + square), (middle + reach) / (1 + square)
        return max(0.0, low), min(1.0, high)


@dataclass(frozen=True, slots=True)
class Tally:
    """All frames, looked at in one way."""

    frames: int
    heights: Numbers = field(repr=False)
    """(n,) heights of the faces that were there, in pixels of the detector's plane."""
    scores: Numbers = field(repr=False)
    """(n,) best score at each of them, 0 where it was not found."""
    strays: Numbers = field(repr=False)
    """(m,) scores where nobody was."""
    doubles: Numbers = field(repr=False)
    """(k,) scores of further boxes on the same face."""

    @staticmethod
    def of(heights: Sequence[Sequence[float]], looks: Sequence[Spotted]) -> Tally:
        """Put frames together; ``heights`` holds those of each frame's faces."""
        return Tally(
            len(looks),
            np.array([height for one in heights for height in one], np.float64),
            np.array([score for look in looks for score in look.scores], np.float64),
            np.array([score for look in looks for score in look.strays], np.float64),
            np.array([score for look in looks for score in look.doubles], np.float64),
        )

    def threshold(self, rate: float) -> float:
        """The least score above which there are at most ``rate`` false boxes a frame."""
        allowed = int(rate * self.frames + 1e-9)
        ordered = np.sort(self.strays)[::-1]
        return float(ordered[allowed]) if allowed < len(ordered) else 0.0

    def recall(self, least: float, most: float, above: float) -> Share:
        """Of the faces from ``least`` to under ``most`` high, how many have a score above that."""
        among = (self.heights >= least) & (self.heights < most)
        return Share(int((self.scores[among] > above).sum()), int(among.sum()))

    def strays_a_frame(self, least: float) -> float:
        """False boxes a frame with at least that score."""
        return float((self.strays >= least).sum()) / max(1, self.frames)

    def doubles_a_frame(self, least: float) -> float:
        """Second boxes on a face, a frame, with at least that score."""
        return float((self.doubles >= least).sum()) / max(1, self.frames)

"""Which detector input a view needs: the smallest on which the farthest face is still found.

Chosen once, at set-up, from the zone and from how large a face is at its nearest and farthest place. The detector is
shown the zone's bounding rectangle alone, so a narrow zone needs a smaller input, or shows its faces larger.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from edge.domain.errors import Misconfigured
from edge.domain.face import Box
from edge.steps.zone import under

LEAST: Final = 20.0
"""Face height on the detector's input, pixels, from which a face counts as found. Of stills pasted into frames, 94.5 %
of this height are found in a single frame and again on the close-up; at 16 pixels 73.4 %, at 18 88.4 %, at 24 98.9 %,
at 32 100 %. A passage has many frames, in most of which its face is nearer."""
MOST: Final = 0.9
"""Face height as a share of the input's height: up to here all were found."""
ROUNDING: Final = 1e-6
STEP: Final = 64
"""Widths of the low-resolution stream come in such steps, pixels: what image processors write without padding."""
NARROWEST: Final = 320
WIDEST: Final = 1280

Size = tuple[int, int]
"""Width and height, pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """How large faces are, by a look at the picture: their height at the two ends of the zone, main stream pixels."""

    nearest: float
    farthest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """What was chosen."""

    input: Size
    small: Size
    """Of the low-resolution stream."""
    window: Box
    """What the detector is shown, pixels of the main stream."""
    nearest: float
    """Face height on the detector's input, pixels."""
    farthest: float

    def counters(self) -> dict[str, int]:
        """For the device's health, whole numbers."""
        return {
            "detector-input-width": self.input[0],
            "detector-input-height": self.input[1],
            "detector-farthest-face": int(self.farthest),
        }

    def __str__(self) -> str:
        return (
            f"detector input {self.input[0]}x{self.input[1]}, low-resolution stream {self.small[0]}x{self.small[1]}: "
            f"the zone is {self.window.width:.0f}x{self.window.height:.0f} of the main stream, the farthest face "
            f"{self.farthest:.1f} pixels high on the input (at least {LEAST:.0f}), the nearest {self.nearest:.1f} "
            f"(at most {MOST * self.input[1]:.0f}), and no smaller input will do"
        )


def choose(window: Box, main: Size, faces: Faces, inputs: Iterable[Size]) -> Sizing:
    """The smallest of the inputs that will do.

    ``window`` is the zone's bounding rectangle in pixels of a main stream of size ``main``. Raises Misconfigured where
    none will do.
    """
    tried = [_laid_out(window, main, faces, size) for size in sorted(inputs, key=lambda size: size[0] * size[1])]
    for sizing in tried:
        if sizing.farthest >= LEAST - ROUNDING and sizing.nearest <= MOST * sizing.input[1]:
            return sizing
    if not tried:
        raise Misconfigured("There is no detector to choose from.", "Build the models with 'make models'.")
    best = max(tried, key=lambda sizing: sizing.farthest)
    if best.farthest < LEAST - ROUNDING:
        least = LEAST / best.farthest * faces.farthest
        raise Misconfigured(
            f"[zone] farthest_face: a face {faces.farthest:.0f} pixels high is {best.farthest:.1f} on the largest "
            f"detector input that is built, {best.input[0]}x{best.input[1]}; it must be {LEAST:.0f}.",
            f"End the zone where faces are {least:.0f} pixels high, make it narrower, or use a longer lens.",
        )
    raise Misconfigured(
        f"[zone] nearest_face: a face {faces.nearest:.0f} pixels high fills too much of the zone to be found.",
        "Say how high the nearest face really is, begin the zone farther from the camera, or make it higher.",
    )


def _laid_out(window: Box, main: Size, faces: Faces, size: Size) -> Sizing:
    """The view on one input: the low-resolution stream is as wide as it may be without being scaled once more."""
    fit = min(size[0] / window.width, size[1] / window.height, 1.0)
    width = min(int(main[0] * fit), WIDEST) // STEP * STEP
    while width > NARROWEST and not _fits(window, main, (width, _height(main, width)), size):
        width -= STEP
    width = max(width, min(NARROWEST, main[0]))
    small = width, _height(main, width)
    scale = min(fit, width / main[0])
    return Sizing(
        input=size, small=small, window=window, nearest=faces.nearest * scale, farthest=faces.farthest * scale
    )


def _height(main: Size, width: int) -> int:
    """That of a stream of that width: even, as its chroma needs."""
    return max(2, round(main[1] * width / main[0] / 2) * 2)


def _fits(window: Box, main: Size, small: Size, size: Size) -> bool:
    left, top, right, bottom = under(window, main, small)
    return right - left <= size[0] and bottom - top <= size[1]

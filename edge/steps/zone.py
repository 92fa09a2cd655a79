"""The zone laid over pixels: what lies outside is made black before anybody sees the picture.

A pixel is shown only if it lies inside the zone whole, with everything that was averaged into it: in the chroma planes
and in the low-resolution stream a pixel stands for several of the main stream, and the capture device's scaler reaches
a little beyond them. So the black begins up to one pixel of each plane inside the zone's edge, never outside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from edge.domain.capture import Picture, Plane
from edge.domain.face import Box
from edge.domain.zone import UNIT, Polygon, Zone

BLACK: Final = (16, 128, 128)
"""Y, U, V (BT.601, limited range)."""
_HIDDEN: Final = 255


@dataclass(frozen=True, slots=True, eq=False)
class Stencil:
    """What to lay over a picture of one size. Three planes each: Y, U, V."""

    hidden: tuple[Plane, Plane, Plane] = field(repr=False)
    """255 where the picture is to be black, else 0."""
    black: tuple[Plane, Plane, Plane] = field(repr=False)


def hidden(zone: Zone, width: int, height: int) -> Plane:
    """The pixels of a main stream of that size that lie outside the zone, wholly or in part.

    Returns (H, W) uint8: 255 outside, else 0.
    """
    shown = _within(zone.outline, width, height)
    for mask in zone.masks:
        shown &= ~_within(mask, width, height)
    # So far by the middles of the pixels; those on either side of an edge are hidden too.
    return cv2.dilate(np.where(shown, 0, _HIDDEN).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(
        np.uint8, copy=False
    )


def stencil(outside: Plane, width: int, height: int) -> Stencil:
    """For a stream of the same view in that size; ``outside`` is what :func:`hidden` gives for the main stream."""
    luma = outside if outside.shape == (height, width) else _reduced(outside, width, height)
    chroma = _reduced(outside, width // 2, height // 2)
    planes = (luma, chroma, chroma)
    black = [np.full(plane.shape, value, np.uint8) for plane, value in zip(planes, BLACK, strict=True)]
    return Stencil(planes, (black[0], black[1], black[2]))


def blanked(picture: Picture, over: Stencil) -> Picture:
    """The picture with what is hidden made black, in its own memory. Raises ValueError for another size."""
    if picture.y.shape != over.hidden[0].shape:
        raise ValueError(f"a stencil for {over.hidden[0].shape} does not fit a picture of {picture.y.shape}")
    planes = zip((picture.y, picture.u, picture.v), over.black, over.hidden, strict=True)
    # What comes back is the plane itself; where OpenCV cannot write into that, its blanked copy, and never the plane.
    return Picture(*(cv2.copyTo(black, where, plane).astype(np.uint8, copy=False) for plane, black, where in planes))


def bounds(outside: Plane) -> Box | None:
    """The smallest upright rectangle around what is shown, whole even pixels; None where nothing is."""
    rows, columns = (np.flatnonzero((outside == 0).any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return None
    left, top = int(columns[0]) // 2 * 2, int(rows[0]) // 2 * 2
    return Box(left, top, int(columns[-1]) // 2 * 2 + 2, int(rows[-1]) // 2 * 2 + 2)


def under(window: Box, main: tuple[int, int], small: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a window of the main stream on a smaller one, widened to whole pixels of its chroma.

    ``main`` and ``small`` are the streams' widths and heights.
    """
    across, down = small[0] / main[0], small[1] / main[1]
    return (
        int(window.left * across) // 2 * 2,
        int(window.top * down) // 2 * 2,
        min(small[0], -int(-window.right * across // 2) * 2),
        min(small[1], -int(-window.bottom * down // 2) * 2),
    )


def cut(small: Picture, window: Box, main: tuple[int, int]) -> tuple[Picture, Box]:
    """The part of a small stream under a window of the main stream, as views, and what it shows of the main stream."""
    left, top, right, bottom = under(window, main, (small.width, small.height))
    rows, columns = slice(top // 2, bottom // 2), slice(left // 2, right // 2)
    part = Picture(small.y[top:bottom, left:right], small.u[rows, columns], small.v[rows, columns])
    across, down = main[0] / small.width, main[1] / small.height
    return part, Box(left * across, top * down, right * across, bottom * down)


def _within(polygon: Polygon, width: int, height: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """(H, W) bool: the pixels whose middle lies inside, by counting sides to their right as the zone itself does."""
    middles = (np.arange(height) + 0.5) * UNIT / height
    sides = np.zeros((height, width + 1), np.uint8)
    for (ax, ay), (bx, by) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        rows = np.flatnonzero((ay > middles) != (by > middles))
        if rows.size:
            crossed = ax + (middles[rows] - ay) * (bx - ax) / (by - ay)
            sides[rows, np.ceil(crossed * width / UNIT - 0.5).clip(0, width).astype(np.int64)] ^= 1
    return np.bitwise_xor.accumulate(sides[:, :0:-1], axis=1)[:, ::-1].astype(np.bool_)


def _reduced(outside: Plane, width: int, height: int) -> Plane:
    """The same for a plane of that size: hidden is a pixel that stands, or may stand, for anything hidden."""
    counts = cv2.integral((outside != 0).astype(np.uint8))
    rows, columns = (_reach(*sides) for sides in ((outside.shape[0], height), (outside.shape[1], width)))
    found = (
        counts[np.ix_(rows[1], columns[1])]
        - counts[np.ix_(rows[0], columns[1])]
        - counts[np.ix_(rows[1], columns[0])]
        + counts[np.ix_(rows[0], columns[0])]
    )
    return np.where(found > 0, _HIDDEN, 0).astype(np.uint8)


def _reach(full: int, side: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], ...]:
    """First and last full pixel, the latter not included, that each pixel of a smaller side may stand for."""
    scale, pixels = full / side, np.arange(side)
    beyond = scale / 2
    first = np.clip(np.floor(pixels * scale - beyond), 0, full).astype(np.int64)
    last = np.clip(np.ceil((pixels + 1) * scale + beyond), 0, full).astype(np.int64)
    return first, last

"""Pictures of a scene for people to look at. Whoever is not on the list cannot be made out on them.

Heads are coarsened in the planes themselves, before anything is drawn, to five by five flat, pale cells for a head
with its hair. What was there is gone from the picture, not covered. With eight by eight cells features were already no
better than chance, but the detector still took every third head for a face.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from edge.domain.capture import Picture, Plane
from edge.domain.errors import Misconfigured
from edge.domain.face import Box
from hardware_sim.planes import Image, to_rgb

CELLS: Final = 5
"""Cells across and down a head."""
CONTRAST: Final = 0.4
"""Share of the difference between cells that is kept."""
STEP: Final = 8
"""Cells are rounded to multiples of it, so that not even their mean is exact."""
REACH: Final = (0.8, 0.9, 0.8, 0.85)
"""How far a head reaches to the left, up, right and down from the middle of the face, in face heights."""
CAUTION: Final = "possible match, not an identification"
BAR: Final = 64
"""Height of the legend, pixels."""
FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
WHITE: Final = (245, 245, 245)
DARK: Final = (28, 30, 34)
AMBER: Final = (255, 176, 32)
GREY: Final = (200, 204, 208)


@dataclass(frozen=True, slots=True)
class Lead:
    """A face for which the product gave a hit."""

    box: Box
    entry: str
    """The opaque id of the list's entry."""


@dataclass(frozen=True, slots=True)
class Legend:
    """What stands under the picture."""

    time: datetime
    seed: int | None = None
    """Of the scene."""
    note: str = "simulated scene"


def annotated(picture: Picture, faces: Sequence[Box], leads: Sequence[Lead], legend: Legend) -> Image:
    """The picture with every face but the leads' coarsened, and a legend: (H + 64, W, 3) uint8 RGB.

    ``faces`` are all that are known of, whatever their size, from truth and detector alike; a lead's own face may be
    among them. Where a stranger's head reaches over a lead's face, the stranger's is coarsened nevertheless.
    """
    others = [face for face in faces if not any(face.overlap(lead.box) > 0.4 for lead in leads)]
    image = to_rgb(coarsened(picture, others))
    for face in others:
        _frame(image, face, GREY, 1)
    for lead in leads:
        _lead(image, lead)
    return np.concatenate([image, _bar(image.shape[1], legend, len(others), len(leads))])


def coarsened(picture: Picture, faces: Sequence[Box]) -> Picture:
    """A copy of the picture in which nobody can be made out by these faces."""
    copy = Picture(picture.y.copy(), picture.u.copy(), picture.v.copy())
    for face in faces:
        left, top, right, bottom = _head(face, copy)
        if right <= left or bottom <= top:
            continue
        _coarsen(copy.y[top:bottom, left:right])
        half = np.s_[top // 2 : bottom // 2, left // 2 : right // 2]
        _coarsen(copy.u[half])
        _coarsen(copy.v[half])
    return copy


def save(image: Image, path: Path) -> None:
    """Write an (H, W, 3) uint8 RGB picture as PNG or JPEG, by its suffix. Raises Misconfigured."""
    try:
        done, packed = cv2.imencode(path.suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        if done:
            path.write_bytes(packed.tobytes())
            return
    except (cv2.error, OSError) as error:
        raise Misconfigured(f"{path} cannot be written: {error}.", "Name a writable .png or .jpg file.") from error
    raise Misconfigured(f"{path} cannot be written.", "Name a writable .png or .jpg file.")


def _head(face: Box, picture: Picture) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the head with its hair, even, inside the picture."""
    (x, y), high = face.centre, max(face.height, face.width)
    left, top = max(0, int(x - REACH[0] * high) // 2 * 2), max(0, int(y - REACH[1] * high) // 2 * 2)
    right = min(picture.width, (int(x + REACH[2] * high) + 2) // 2 * 2)
    bottom = min(picture.height, (int(y + REACH[3] * high) + 2) // 2 * 2)
    return left, top, right, bottom


def _coarsen(area: Plane) -> None:
    high, wide = area.shape
    cells = cv2.resize(area, (min(CELLS, wide), min(CELLS, high)), interpolation=cv2.INTER_AREA).astype(np.float32)
    pale = cells.mean() + CONTRAST * (cells - cells.mean())
    rounded = np.clip(np.round(pale / STEP) * STEP, 0, 255).astype(np.uint8)
    area[...] = cv2.resize(rounded, (wide, high), interpolation=cv2.INTER_NEAREST)


def _frame(image: Image, box: Box, colour: tuple[int, int, int], thick: int) -> None:
    corners = [round(value) for value in (box.left, box.top, box.right, box.bottom)]
    cv2.rectangle(image, (corners[0], corners[1]), (corners[2], corners[3]), colour, thick, cv2.LINE_AA)


def _lead(image: Image, lead: Lead) -> None:
    """A frame and a label beside it, above the head where there is room and below it where there is none."""
    _frame(image, lead.box, DARK, 5)
    _frame(image, lead.box, AMBER, 3)
    lines = ((lead.entry, 0.8, 2), (CAUTION, 0.6, 1))
    sizes = [cv2.getTextSize(text, FONT, scale, thick)[0] for text, scale, thick in lines]
    wide, high = max(size[0] for size in sizes) + 24, sum(size[1] for size in sizes) + 34
    x, above = lead.box.centre[0], lead.box.top - 0.55 * lead.box.height - high
    left = int(min(max(4, x - wide / 2), image.shape[1] - wide - 4))
    top = int(above if above > 4 else min(lead.box.bottom + 0.4 * lead.box.height, image.shape[0] - high - 4))
    cv2.rectangle(image, (left, top), (left + wide, top + high), DARK, cv2.FILLED)
    cv2.rectangle(image, (left, top), (left + wide, top + high), AMBER, 2, cv2.LINE_AA)
    baseline = top + 10
    for (text, scale, thick), size in zip(lines, sizes, strict=True):
        baseline += size[1]
        cv2.putText(image, text, (left + 12, baseline), FONT, scale, WHITE, thick, cv2.LINE_AA)
        baseline += 12


def _bar(width: int, legend: Legend, strangers: int, leads: int) -> Image:
    bar = np.full((BAR, width, 3), DARK, np.uint8)
    seed = f", seed {legend.seed}" if legend.seed is not None else ""
    moment = legend.time.strftime("%Y-%m-%d %H:%M:%S.%f")[:-5] + legend.time.strftime(" %Z")
    left = f"{moment}   {legend.note}{seed}"
    right = f"{leads} possible, {strangers} not on the list (made unrecognisable)"
    cv2.putText(bar, left, (20, 40), FONT, 0.75, WHITE, 1, cv2.LINE_AA)
    wide = cv2.getTextSize(right, FONT, 0.65, 1)[0][0]
    if wide + cv2.getTextSize(left, FONT, 0.75, 1)[0][0] + 60 < width:
        cv2.putText(bar, right, (width - wide - 20, 40), FONT, 0.65, GREY, 1, cv2.LINE_AA)
    return bar

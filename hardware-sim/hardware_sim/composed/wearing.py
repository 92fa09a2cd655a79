"""Hats and masks, drawn over the photograph of a head where its eyes, nose and mouth are."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware_sim.composed.tables import Hat, Mask
from hardware_sim.cutout import Cutout
from hardware_sim.planes import Image
from hardware_sim.surface import EYES_APART

FINE: Final = 4
HAT_COLOURS: Final = ((46, 50, 62), (92, 34, 38), (60, 66, 52), (120, 112, 96), (34, 34, 36), (58, 76, 108))
MASK_COLOURS: Final = ((168, 196, 210), (226, 228, 226), (44, 44, 48))
SCARF_COLOURS: Final = ((122, 44, 48), (64, 80, 62), (92, 88, 100), (150, 126, 88))

Points = Sequence[tuple[float, float]]
Colour = tuple[float, float, float]


def dressed(head: Cutout, hat: Hat | None, mask: Mask | None, whose: str) -> Cutout:
    """A head with a hat and a mask. ``whose`` decides on the colours: somebody's hat is always the same."""
    if hat is None and mask is None:
        return head
    pick = zlib.crc32(whose.encode())
    cloth = _Cloth(head)
    if mask == "surgical":
        _surgical(cloth, MASK_COLOURS[pick % len(MASK_COLOURS)])
    elif mask == "scarf":
        _scarf(cloth, SCARF_COLOURS[pick % len(SCARF_COLOURS)])
    if hat is not None:
        (_cap if hat == "cap" else _beanie)(cloth, HAT_COLOURS[pick % len(HAT_COLOURS)])
    return replace(head, image=cloth.image, alpha=cloth.alpha)


class _Cloth:
    """Fills shapes given in metres on a head: x to the right and y down, from between the eyes."""

    def __init__(self, head: Cutout) -> None:
        self.image: Image = head.image.copy()
        self.alpha: NDArray[np.uint8] = head.alpha.copy()
        right, left, nose, *mouth = head.landmarks.astype(np.float64)
        across = (left - right) / np.linalg.norm(left - right)
        self._origin = (right + left) / 2
        self._metre = float(np.linalg.norm(left - right)) / EYES_APART
        self._axes = np.array([across, (-across[1], across[0])])
        down = (np.array([nose, (mouth[0] + mouth[1]) / 2]) - self._origin) @ self._axes.T / self._metre
        self.nose, self.mouth = float(down[0, 1]), float(down[1, 1])
        """Metres below the eyes."""
        # A long or a turned face is not 63 mm between the eyes: the shapes follow its height.
        self.middle = float(down[0, 0]) * 0.35

    def shape(self, points: Points, colour: Colour, *, shade: float = 0.3, opaque: bool = True) -> None:
        """Fill an outline; darker towards its sides, as what is bent round a head."""
        mask = self.mask(points)
        share = (mask.astype(np.float32) / 255)[..., None]
        columns = np.nonzero(mask.any(axis=0))[0]
        if not columns.size:
            return
        x = np.arange(mask.shape[1], dtype=np.float32)
        off = (x - columns.mean()) / max(1.0, float(np.ptp(columns)) / 2)
        tone = (1.06 - shade * np.clip(np.abs(off), 0, 1) ** 2)[None, :, None] * np.array(colour, np.float32)
        self.image = np.clip(self.image * (1 - share) + tone * share, 0, 255).astype(np.uint8)
        if opaque:
            self.alpha = np.maximum(self.alpha, mask)

    def shaded(self, points: Points, by: float) -> None:
        """Darken what is inside an outline, softly."""
        soft = cv2.GaussianBlur(self.mask(points), (0, 0), 0.006 * self._metre).astype(np.float32)[..., None] / 255
        self.image = (self.image * (1 - by * soft)).astype(np.uint8)

    def line(self, start: tuple[float, float], end: tuple[float, float], colour: Colour, metres: float) -> None:
        """A line across cloth."""
        a, b = (tuple(int(v) for v in self._placed([point])[0]) for point in (start, end))
        cv2.line(self.image, a, b, colour, max(1, round(metres * self._metre)), cv2.LINE_AA, FINE)

    def bared(self, above: float) -> None:
        """Take away whatever stands out above a height, metres below the eyes (so: negative)."""
        rows, columns = np.mgrid[: self.alpha.shape[0], : self.alpha.shape[1]]
        here = np.stack([columns, rows], axis=-1) - self._origin
        self.alpha = np.where(here @ self._axes[1] / self._metre < above, 0, self.alpha).astype(np.uint8)

    def mask(self, points: Points) -> NDArray[np.uint8]:
        """(H, W) uint8."""
        drawn = np.zeros(self.alpha.shape, np.uint8)
        cv2.fillPoly(drawn, [self._placed(points)], 255, cv2.LINE_AA, FINE)
        return drawn

    def _placed(self, points: Points) -> NDArray[np.int32]:
        texels = np.array(points) @ self._axes * self._metre + self._origin
        return np.asarray(np.round(texels * (1 << FINE)), np.int32)


def _arch(half: float, brow: float, top: float, power: float = 2.4) -> list[tuple[float, float]]:
    """The outline of a crown from temple to temple."""
    across = np.linspace(-1, 1, 41)
    return [(half * x, brow + (top - brow) * (1 - abs(x) ** power) ** (1 / power)) for x in across]


def _cap(cloth: _Cloth, colour: Colour) -> None:
    x = cloth.middle
    cloth.bared(-0.05)
    cloth.shaded([(x - 0.075, -0.045), (x + 0.075, -0.045), (x + 0.06, 0.0), (x - 0.06, 0.0)], 0.4)
    crown = [(px + x / 2, py) for px, py in _arch(0.087, -0.045, -0.135)]
    cloth.shape(crown, colour, shade=0.45)
    cloth.line((x, -0.05), (x * 0.6, -0.133), _darker(colour, 0.85), 0.002)
    turn = np.linspace(0, 2 * np.pi, 40)
    brim = [
        (x + 0.082 * float(np.cos(a)), -0.042 + (0.022 if np.sin(a) > 0 else 0.012) * float(np.sin(a))) for a in turn
    ]
    cloth.shape(brim, _darker(colour, 0.72), shade=0.3)


def _beanie(cloth: _Cloth, colour: Colour) -> None:
    x = cloth.middle
    cloth.bared(-0.055)
    crown = [(px + x / 2, py) for px, py in _arch(0.092, -0.045, -0.15)]
    cloth.shape(crown, colour, shade=0.5)
    for rib in np.linspace(-0.08, 0.08, 13):
        cloth.line((x / 2 + float(rib), -0.075), (x / 2 + float(rib) * 0.45, -0.145), _darker(colour, 0.86), 0.0015)
    band = [(x / 2 - 0.094, -0.078), (x / 2 + 0.094, -0.078), (x / 2 + 0.093, -0.038), (x / 2 - 0.093, -0.038)]
    cloth.shape(band, _darker(colour, 1.12), shade=0.45)
    for rib in np.linspace(-0.088, 0.088, 15):
        cloth.line((x / 2 + float(rib), -0.076), (x / 2 + float(rib), -0.041), _darker(colour, 0.95), 0.0015)


def _surgical(cloth: _Cloth, colour: Colour) -> None:
    x, top, chin = cloth.middle, cloth.nose - 0.02, cloth.mouth + 0.052
    half = 0.064
    outline = [
        (x - half, top + 0.016), (x - 0.032, top + 0.006), (x, top - 0.004), (x + 0.032, top + 0.006),
        (x + half, top + 0.016), (x + half * 0.96, cloth.mouth + 0.006), (x + 0.04, chin - 0.012), (x, chin),
        (x - 0.04, chin - 0.012), (x - half * 0.96, cloth.mouth + 0.006),
    ]  # fmt: skip
    for side in (-1, 1):
        cloth.line((x + side * half, top + 0.018), (side * 0.079, 0.012), _darker(colour, 0.9), 0.002)
        cloth.line((x + side * half * 0.95, cloth.mouth), (side * 0.078, 0.035), _darker(colour, 0.9), 0.002)
    cloth.shape(outline, colour, shade=0.32, opaque=False)
    for share in (0.35, 0.55, 0.75):
        y = top + share * (chin - top)
        reach = half * (0.92 if share < 0.7 else 0.7)
        cloth.line((x - reach, y), (x + reach, y + 0.001), _darker(colour, 0.86), 0.0018)


def _scarf(cloth: _Cloth, colour: Colour) -> None:
    x, top, low = cloth.middle / 2, cloth.nose + 0.006, cloth.mouth + 0.12
    outline = [
        (x - 0.078, top - 0.004), (x, top + 0.006), (x + 0.078, top - 0.004), (x + 0.09, cloth.mouth + 0.03),
        (x + 0.1, low), (x - 0.1, low), (x - 0.09, cloth.mouth + 0.03),
    ]  # fmt: skip
    cloth.shape(outline, colour, shade=0.45)
    for share in np.linspace(0.12, 0.9, 7):
        y = top + float(share) * (low - top)
        cloth.line((x - 0.08, y - 0.006), (x + 0.08, y + 0.006), _darker(colour, 0.84), 0.003)


def _darker(colour: Colour, by: float) -> Colour:
    return colour[0] * by, colour[1] * by, colour[2] * by

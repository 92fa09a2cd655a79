"""What the sensor and the way to the device add: noise, a veil of light, compression."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from edge.domain.capture import Picture, Plane
from edge.domain.errors import Undecodable

LOOSE: Final = 128
"""How far the noise may be shifted, pixels."""
ALIKE: Final = 0.55
"""Standard deviation in pixels over which neighbours share their noise, as after demosaicing."""
STEPS: Final = 4.0
"""Steps a grey level in which strengths of noise are told apart."""
COLOURED: Final = 0.55
"""Of the luma's, how strong the noise of the chroma planes is."""
BLACK: Final = 16
KNEE: Final = 178.0
WHITE: Final = 250.0
"""Grey levels between which highlights are compressed."""

V = TypeVar("V")


class Kept(Generic[V]):
    """The few latest of some things that take long to make."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, V] = OrderedDict()

    def of(self, key: Hashable, made: Callable[[], V]) -> V:
        """The thing of that key."""
        if key not in self._kept:
            self._kept[key] = made()
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


class Noise:
    """The sensor's, at any strength: two planes, one to be added and one to be taken away."""

    def __init__(self, width: int, height: int, rng: Generator) -> None:
        raw = rng.standard_normal((height + LOOSE, width + LOOSE), np.float32)
        alike = cv2.GaussianBlur(raw, (0, 0), ALIKE)
        self._unit = np.asarray(alike / alike.std(), np.float32)
        self._planes: Kept[tuple[Plane, Plane]] = Kept(6)

    def over(self, plane: Plane, deviation: float, shift: tuple[int, int]) -> None:
        """Add it in place, cut out at a place (0 to 127, 0 to 127)."""
        step = round(deviation * STEPS)
        if step <= 0:
            return
        more, less = self._planes.of(step, lambda: self._made(step / STEPS))
        part = np.s_[shift[0] : shift[0] + plane.shape[0], shift[1] : shift[1] + plane.shape[1]]
        cv2.add(plane, more[part], dst=plane)
        cv2.subtract(plane, less[part], dst=plane)

    def _made(self, deviation: float) -> tuple[Plane, Plane]:
        grey = np.round(self._unit * np.float32(deviation))
        return np.clip(grey, 0, 255).astype(np.uint8), np.clip(-grey, 0, 255).astype(np.uint8)


def tone(factor: float, colour: float, warm: float = 0.0) -> NDArray[np.uint8]:
    """(1, 256, 4) uint8: what Y, U and V become under a light, alpha as it is.

    ``factor`` multiplies grey levels above black, ``colour`` is the share of saturation left, ``warm`` 0..1 a tint.
    """
    value = np.arange(256, dtype=np.float32)
    luma = rolled_off(BLACK + (value - BLACK) * factor)
    chroma = (value - 128) * min(1.0, factor) * colour
    planes = [luma, 128 + chroma - 9 * warm * min(1.0, factor), 128 + chroma + 7 * warm * min(1.0, factor), value]
    return np.clip(np.round(np.stack(planes, axis=-1)), 0, 255).astype(np.uint8)[None]


def rolled_off(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Highlights as cameras keep them: above the knee, ever less is gained up to white."""
    over = np.maximum(luma - KNEE, 0)
    return np.asarray(np.minimum(luma, KNEE) + over / (1 + over / (WHITE - KNEE)), np.float32)


def flattened(picture: Picture, share: float, towards: float) -> None:
    """Take a share of the luma's contrast away in place, towards a grey level."""
    table = np.clip(np.arange(256) * (1 - share) + towards * share, 0, 255).astype(np.uint8)
    cv2.LUT(picture.y, table, dst=picture.y)


def compressed(picture: Picture, quality: int) -> None:
    """What is left of the planes after JPEG compression, in place. Raises Undecodable where OpenCV fails."""
    for plane in (picture.y, picture.u, picture.v):
        done, packed = cv2.imencode(".jpg", plane, [cv2.IMWRITE_JPEG_QUALITY, quality])
        unpacked = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE) if done else None
        if unpacked is None:
            raise Undecodable("A plane could not be compressed.", "Check the installation of OpenCV.")
        plane[...] = unpacked

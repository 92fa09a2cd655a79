"""Replays a folder of pictures as frames: each is shown for a while, fitted into one size as a camera has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from edge.domain.errors import Misconfigured
from hardware_sim.footage import Pictures
from hardware_sim.planes import Image, from_rgb, smaller
from hardware_sim.portraits import SUFFIXES, read

SURROUND: Final = 96
"""Grey level around a picture of another shape."""


@dataclass(frozen=True, slots=True)
class _Shot:
    stills: Stills
    number: int

    @property
    def offset(self) -> timedelta:
        return self.stills.interval * (self.number / self.stills.repeats)

    def pictures(self) -> Pictures:
        main = from_rgb(self.stills.fitted(read(self.stills.paths[self.number // self.stills.repeats])))
        return Pictures(main, smaller(main, *self.stills.small))


@dataclass(frozen=True, slots=True)
class Stills:
    """A folder of pictures as footage, in the order of their names."""

    paths: tuple[Path, ...]
    interval: timedelta = timedelta(seconds=1)
    """How long each is shown."""
    repeats: int = 1
    """In how many shots."""
    size: tuple[int, int] = (1920, 1080)
    small: tuple[int, int] = (640, 360)

    @staticmethod
    def of(folder: Path) -> Stills:
        """All pictures of a folder. Raises Misconfigured where there are none."""
        paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)
        if not paths:
            raise Misconfigured(f"There are no pictures in {folder}.", "Name a folder with JPEG or PNG files.")
        return Stills(tuple(paths))

    def shots(self) -> Iterator[_Shot]:
        """All shots. A picture is read when its shot's pictures are asked for; Misconfigured where it is none."""
        return (_Shot(self, number) for number in range(len(self.paths) * self.repeats))

    def fitted(self, image: Image) -> Image:
        """An (H, W, 3) uint8 RGB picture as large as it goes into the frame, in the middle, on grey."""
        width, height = self.size
        scale = min(width / image.shape[1], height / image.shape[0])
        wide, high = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        canvas = np.full((height, width, 3), SURROUND, np.uint8)
        left, top = (width - wide) // 2, (height - high) // 2
        canvas[top : top + high, left : left + wide] = cv2.resize(image, (wide, high), interpolation=method)
        return canvas

"""Lies where apt would put the camera's library: a sensor that shows, over and over, a scene that was drawn beforehand.

The library is the simulator's virtual one; ``scene.i420`` has its pictures, five a second, 1920x1080.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TESTED = "/usr/lib/lamppost-boot-test"
sys.path.append(TESTED)

from edge.adapters.host import SystemClock  # noqa: E402
from hardware_sim.footage import Pictures  # noqa: E402
from hardware_sim.picamera2 import Sensor, camera  # noqa: E402
from hardware_sim.planes import split  # noqa: E402

WIDTH, HEIGHT = 1920, 1080


@dataclass(frozen=True, slots=True)
class Shot:
    """One exposure."""

    offset: timedelta
    packed: NDArray[np.uint8]

    def pictures(self) -> Pictures:
        """The same for both streams: the library makes the small one."""
        whole = split(np.array(self.packed), WIDTH, HEIGHT)
        return Pictures(whole, whole)


class Recorded:
    """The file, as footage."""

    interval = timedelta(seconds=0.2)

    def __init__(self, path: Path) -> None:
        self._frames = np.memmap(path, np.uint8, "r").reshape(-1, WIDTH * HEIGHT * 3 // 2)

    def shots(self) -> Iterator[Shot]:
        """All of them."""
        return (Shot(self.interval * number, frame) for number, frame in enumerate(self._frames))


class Picamera2(camera.Picamera2):
    """The only camera of this machine."""

    sensors = (Sensor(Recorded(Path(TESTED, "scene.i420")), SystemClock()),)

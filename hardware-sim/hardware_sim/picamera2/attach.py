"""Puts the virtual library where the real one would be imported from, for a while."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from hardware_sim.picamera2 import libcamera
from hardware_sim.picamera2.camera import Picamera2
from hardware_sim.picamera2.sensor import Sensor

NAMES = ("picamera2", "libcamera")


@contextmanager
def attached(*sensors: Sensor) -> Iterator[None]:
    """These sensors are what ``import picamera2`` finds, in their order, until the block ends."""
    library = ModuleType("picamera2")
    library.__dict__["Picamera2"] = type("Picamera2", (Picamera2,), {"sensors": sensors})
    before = {name: sys.modules.get(name) for name in NAMES}
    sys.modules.update(picamera2=library, libcamera=libcamera)
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module

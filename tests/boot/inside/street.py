"""The installed daemon on a scripted street, in place of ``lamppost run``: only camera and clock are not the product's.

The clock is this machine's, and taken for disciplined: it is shared with a host that may have no time service. While
``camera-hangs`` or ``detector-hangs`` lies beside the instance's documents, that part stands still.
"""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np

from edge import assemble, machine, settings
from edge.adapters.host import SystemClock, voice
from edge.domain.capture import Frame, Picture
from edge.domain.errors import Misconfigured
from edge.domain.face import Face
from edge.ports import Clock, Detector
from hardware_sim.scripted import ScriptedCamera, Street


class Clock_(SystemClock):  # noqa: N801
    """Disciplined."""

    def synchronised(self) -> bool:
        """Always."""
        return True


def stand_while(told: Path) -> None:
    """Whatever else happens."""
    while told.exists():
        time.sleep(0.05)


class Camera(ScriptedCamera):
    """Five frames a second of an empty street."""

    _pause = threading.Event()

    def __init__(self, clock: Clock, small: tuple[int, int], hangs: Path) -> None:
        super().__init__(Street(), clock)
        self._small = small
        self._hangs = hangs

    def next(self, timeout: timedelta) -> Frame | None:
        """As the scripted one, with a low-resolution stream."""
        self._pause.wait(0.2)
        stand_while(self._hangs)
        frame = super().next(timeout)
        if frame is None:
            return None
        width, height = self._small
        main, half = frame.main, (width // 2, height // 2)
        luma, blue, red = cv2.resize(main.y, (width, height)), cv2.resize(main.u, half), cv2.resize(main.v, half)
        return replace(frame, small=Picture(luma.astype(np.uint8), blue.astype(np.uint8), red.astype(np.uint8)))


class Hanging:
    """A detector that can be made to hang."""

    def __init__(self, detector: Detector, hangs: Path) -> None:
        self._detector = detector
        self._hangs = hangs
        self.identity = detector.identity

    def detect(self, frame: Frame) -> list[Face]:
        """As the real one."""
        stand_while(self._hangs)
        return self._detector.detect(frame)

    def refine(self, frame: Frame, face: Face) -> Face | None:
        """Likewise."""
        return self._detector.refine(frame, face)

    def forget(self) -> None:
        """Likewise."""
        self._detector.forget()


def main(config: Path) -> int:
    """Run until a signal."""
    try:
        configured, clock = settings.load(config), Clock_()
        beside = config.with_suffix("")
        camera = Camera(clock, machine.sized(configured).small, beside / "camera-hangs")
        world = machine.real_world(configured, camera=camera, clock=clock)
        world = replace(world, detector=Hanging(world.detector, beside / "detector-hangs"))
        daemon = assemble.daemon(configured, world)
    except Misconfigured as error:
        print(f"lamppost: {error}", file=voice())
        return 78
    daemon.run()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[2])))

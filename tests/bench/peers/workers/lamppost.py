"""Lamppost's own chain: the detector on the small stream, a second look at each face, alignment, features.

As the daemon does it, but for two things that cost it time here: each frame is looked at as if it were the first of
everybody on it (the daemon looks again only until it has searched them), and the small stream, which a camera gives,
is made by the processor. ``without-second-look`` takes the landmarks of the small stream. ``over-a-passage`` takes the
time as the daemon spends it: of the 75 frames of three seconds, with its own tracks and best shots.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Final

import cv2

from edge.adapters.tflite import Detector, Extractor
from edge.domain.capture import Frame as Captured
from edge.domain.capture import Instant
from edge.settings import CameraSettings
from edge.steps import align
from edge.steps.best_shot import Choosing
from hardware_sim import passing, planes
from hardware_sim.clock import BEGIN
from hardware_sim.crowd import Looking
from tests.bench.peers.workers.serve import Found, Frame, Looks, Video, serve

SMALL: Final = Looking().small
"""What the sizing gives for a zone that is the whole picture."""


def prepare() -> Looks | Video:
    """Load the models."""
    cv2.setNumThreads(1)
    models, choosing = Path(sys.argv[2]), Choosing()
    again = "without-second-look" not in sys.argv
    detector, extractor = Detector(models, threads=1), Extractor(models, threads=1)

    def look(packed: Frame) -> list[Found]:
        frame = captured(packed, 1)
        main = frame.main
        proposed = detector.detect(frame)
        closer = [detector.refine(frame, face) for face in proposed] if again else proposed
        sure = [face for face in closer if face is not None and face.score >= choosing.least_score]
        aligned = [align.aligned(main, face.box, face.landmarks) for face in sure]
        boxes = [(face.box.left, face.box.top, face.box.right, face.box.bottom) for face in sure]
        return list(zip(boxes, extractor.extract(aligned), strict=True))

    def passage(packed: Frame) -> list[Found]:
        passing.by((captured(packed, number) for number in range(passing.FRAMES)), detector, extractor)
        return []

    return Video(look, passage, passing.FRAMES) if "over-a-passage" in sys.argv else look


def captured(packed: Frame, number: int) -> Captured:
    """The frame, as the camera's in a video of 25 frames a second."""
    camera = CameraSettings()
    main = planes.split(packed, camera.width, camera.height)
    at = Instant(BEGIN, timedelta()).later(number * passing.INTERVAL)
    return Captured(number, at, main, planes.smaller(main, *SMALL))


if __name__ == "__main__":
    serve("lamppost", prepare, (1920 * 1080 * 3 // 2,))

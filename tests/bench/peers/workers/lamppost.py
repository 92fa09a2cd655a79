"""Lamppost's own chain: the detector on the small stream, a second look at each face, alignment, features.

As the daemon does it, but for two things that cost it time here: each frame is looked at as if it were the first of
everybody on it (the daemon looks again only until it has searched them), and the small stream, which a camera gives,
is made by the processor. ``without-second-look`` takes the landmarks of the small stream.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
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
from hardware_sim import planes
from hardware_sim.clock import BEGIN
from hardware_sim.crowd import Looking
from tests.bench.peers.workers.serve import Found, Frame, serve

SMALL: Final = Looking().small
"""What the sizing gives for a zone that is the whole picture."""


def prepare() -> Callable[[Frame], list[Found]]:
    """Load the models."""
    cv2.setNumThreads(1)
    models, camera, choosing = Path(sys.argv[2]), CameraSettings(), Choosing()
    again = "without-second-look" not in sys.argv
    detector, extractor = Detector(models, threads=1), Extractor(models, threads=1)

    def look(packed: Frame) -> list[Found]:
        main = planes.split(packed, camera.width, camera.height)
        small = planes.smaller(main, *SMALL)
        frame = Captured(1, Instant(BEGIN, timedelta()), main, small)
        proposed = detector.detect(frame)
        closer = [detector.refine(frame, face) for face in proposed] if again else proposed
        sure = [face for face in closer if face is not None and face.score >= choosing.least_score]
        aligned = [align.aligned(main, face.box, face.landmarks) for face in sure]
        boxes = [(face.box.left, face.box.top, face.box.right, face.box.bottom) for face in sure]
        return list(zip(boxes, extractor.extract(aligned), strict=True))

    return look


if __name__ == "__main__":
    serve("lamppost", prepare, (1920 * 1080 * 3 // 2,))

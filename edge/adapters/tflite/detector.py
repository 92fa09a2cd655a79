"""The detector: on the low-resolution stream of every frame, and on close-ups of the faces that matter."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from edge.adapters.tflite.model import PRECISION, REMEDY, Image, Loaded, Model, listed
from edge.domain.authority import Digest
from edge.domain.capture import Frame, Picture
from edge.domain.errors import Misconfigured
from edge.domain.face import Box, Face
from edge.steps import align, decode, zone
from edge.steps.decode import Detection

HEADS: Final = {4: "boxes", 2: "logits", 10: "landmarks"}
"""The detector's outputs by their last dimension: runtimes and converters differ in order and names."""

CLOSE_UP: Final = 256
"""Side of the close-up's input, pixels."""
REACH: Final = 1.0
"""Half the side of a close-up, in face heights. Nearer, noise is magnified with the face, and in bad light some are
lost; from farther the landmarks are less exact. On LFW the TMR at an FMR of 1e-5 is 95.9, 95.9 and 95.7 % with 0.9, 1.0
and 1.1."""
DAYLIGHT: Final = 100.0
"""Mean luma above black to which a darker small stream is lifted: eight bits serve a picture best that fills them."""
HIGHLIGHT: Final = 200.0
"""Luma above black that the brightest fiftieth of a lifted picture does not pass: lit faces before a dark wall stay."""
MOST_LIFT: Final = 4.0
BLACK: Final = 17
"""Luma up to which a pixel shows nothing: black, or masked."""
SAME: Final = 0.4
"""Overlap from which a face on a close-up is the one that was looked for. Below it, a doubtful box beside a face would
become a second sample of it."""


class OneSize:
    """The detector at one input size. Belongs to one thread."""

    def __init__(
        self, folder: Path, *, width: int = 640, height: int = 384, threads: int = 1, settings: Detection | None = None,
        precision: str = PRECISION,
    ) -> None:  # fmt: skip
        """The detector of that input size. Another precision is for yardsticks alone. Raises Misconfigured."""
        self._loaded = Loaded(folder, "detector", (1, height, width, 3), threads, precision)
        self._settings = settings or Detection()
        self._prior = decode.priors(height, width)
        self._packed = np.empty(height * width * 3 // 2, np.uint8)
        """Room for one picture as I420."""
        check_heads(self._loaded.model, len(self._prior))

    @property
    def identity(self) -> Digest:
        """What signed documents call the model."""
        return self._loaded.model.identity

    def on_planes(self, picture: Picture, width: float, height: float) -> list[Face]:
        """The faces on a picture, in pixels of one that is ``width`` by ``height``, best first.

        The picture is scaled to fit the model's input and laid at the top left; the rest is black.
        """
        wide, high = self.take(picture)
        self.invoke()
        return self.decoded(width / wide, height / high)

    def on_bgr(self, image: Image) -> list[Face]:
        """The faces on an (H, W, 3) uint8 BGR picture, in its pixels, best first. Laid out as in :meth:`on_planes`."""
        wide, high = self._fitted(image.shape[1], image.shape[0])
        _resized(image, wide, high, self._room(wide, high))
        self.invoke()
        return self.decoded(image.shape[1] / wide, image.shape[0] / high)

    def on_rgb(self, image: Image) -> list[Face]:
        """As :meth:`on_bgr`, of an RGB still."""
        wide, high = self._fitted(image.shape[1], image.shape[0])
        fitted = image if image.shape[:2] == (high, wide) else _resized(image, wide, high)
        cv2.cvtColor(fitted, cv2.COLOR_RGB2BGR, self._room(wide, high))
        self.invoke()
        return self.decoded(image.shape[1] / wide, image.shape[0] / high)

    def take(self, picture: Picture) -> tuple[int, int]:
        """Lay a picture out in the model's input; returns the width and height that it has there."""
        wide, high = self._fitted(picture.width, picture.height, unit=2)  # chroma has half the size
        self._fill(self._laid_out(picture, wide, high), self._room(wide, high))
        return wide, high

    def invoke(self) -> None:
        """Run the bare model on what its input holds."""
        self._loaded.invoke()

    def decoded(self, scale_x: float, scale_y: float) -> list[Face]:
        """The faces that the model found; the scales lead from its input's pixels to the caller's."""
        tensors = self._loaded.outputs()
        boxes, logits, landmarks = (tensors[last] for last in HEADS)
        faces = decode.faces(boxes, logits, landmarks, self._prior, self._settings, decode.Placement(scale_x))
        if scale_x == scale_y:
            return faces
        return [_stretched(face, scale_y / scale_x) for face in faces]

    def forget(self) -> None:
        """Overwrite the last picture and all that was computed from it."""
        self._packed.fill(0)
        self._loaded.forget()

    def _fitted(self, width: int, height: int, unit: int = 1) -> tuple[int, int]:
        """Width and height of a picture scaled to fit the input, in whole units."""
        _, room_high, room_wide, _ = self._loaded.model.input.shape
        scale = min(room_wide / width, room_high / height)
        return max(unit, round(width * scale / unit) * unit), max(unit, round(height * scale / unit) * unit)

    def _room(self, wide: int, high: int) -> Image:
        """The part of the input tensor that the picture will fill; what lies beyond is made black."""
        tensor = self._loaded.input()
        tensor[high:] = 0
        tensor[:high, wide:] = 0
        return tensor[:high, :wide]

    @staticmethod
    def _fill(laid_out: Image, room: Image) -> None:
        """Convert a picture into its room in the input, in daylight."""
        cv2.cvtColor(laid_out, cv2.COLOR_YUV2BGR_I420, room)
        lift = _lift(laid_out[: room.shape[0]])
        if lift > 1:
            cv2.convertScaleAbs(room, room, lift)

    def _laid_out(self, picture: Picture, wide: int, high: int) -> Image:
        """The picture as one I420 block of the wanted size: (high * 3 / 2, wide)."""
        start = 0
        for plane, part in ((picture.y, 1), (picture.u, 2), (picture.v, 2)):
            shape = high // part, wide // part
            room = self._packed[start : start + shape[0] * shape[1]].reshape(shape)
            if plane.shape == shape:
                np.copyto(room, plane)
            else:
                _resized(plane, shape[1], shape[0], room)
            start += room.size
        return self._packed[:start].reshape(high * 3 // 2, wide)


def check_heads(model: Model, priors: int) -> None:
    """Raises Misconfigured where a model gives anything besides boxes, logits and landmarks of every prior."""
    given = sorted((output.shape, output.dtype) for output in model.outputs)
    if given != sorted(((1, priors, last), "float32") for last in HEADS):
        raise Misconfigured(f"The detector's outputs are {given}: not boxes, logits, landmarks.", REMEDY)


class Detector:
    """Implements :class:`edge.ports.Detector`. Belongs to one thread."""

    def __init__(
        self, folder: Path, *, width: int = 640, height: int = 384, window: Box | None = None, threads: int = 1,
        settings: Detection | None = None, precision: str = PRECISION,
    ) -> None:  # fmt: skip
        """The detector of that input size, and the one for close-ups.

        Of a frame only ``window`` (pixels of the main stream) is shown to it, where it is given. Another precision is
        for yardsticks alone. Raises Misconfigured.
        """
        self._window = window
        self._identity = identity(folder, precision)
        self._wide, self._close = (
            OneSize(folder, width=wide, height=high, threads=threads, settings=settings, precision=precision)
            for wide, high in ((width, height), (CLOSE_UP, CLOSE_UP))
        )

    @property
    def identity(self) -> Digest:
        """What signed documents call it: every input size together, and how near the second looks.

        The size on which a face is first found follows from the view; scores do not depend on it, because samples come
        from the close-up, whose size is always the same. So one calibration serves every view.
        """
        return self._identity

    @property
    def sizes(self) -> tuple[OneSize, OneSize]:
        """The detector for whole frames and the one for close-ups, for yardsticks."""
        return self._wide, self._close

    def detect(self, frame: Frame) -> list[Face]:
        """The faces on the small stream, in pixels of the main stream, best first."""
        main = frame.main.width, frame.main.height
        part, shown = zone.cut(frame.small, self._window or Box(0, 0, *main), main)
        faces = self._wide.on_planes(part, shown.width, shown.height)
        return [_moved(face, shown.left, shown.top) for face in faces]

    def detect_rgb(self, image: Image) -> list[Face]:
        """The faces on an (H, W, 3) uint8 RGB still, in its pixels, best first."""
        return self._wide.on_rgb(image)

    def refine(self, frame: Frame, face: Face) -> Face | None:
        """The same face, found again on a close-up of the main stream; None where it is no face after all."""
        try:
            close_up, left, top = align.region(frame.main, _around(face.box), order=align.Order.BGR)
        except ValueError:
            return None
        return _same(self._close.on_bgr(close_up), face.box, left, top)

    def refine_rgb(self, image: Image, face: Face) -> Face | None:
        """As :meth:`refine`, on an (H, W, 3) uint8 RGB still."""
        around = _around(face.box)
        left, top = max(0, int(around.left)), max(0, int(around.top))
        close_up = image[top : max(0, int(around.bottom)), left : max(0, int(around.right))]
        return _same(self._close.on_rgb(close_up), face.box, left, top) if close_up.size else None

    def forget(self) -> None:
        """Overwrite the last pictures and all that was computed from them."""
        self._wide.forget()
        self._close.forget()


def sizes(folder: Path) -> list[tuple[int, int]]:
    """Width and height of every input for which the detector is built. Raises Misconfigured."""
    return [(model.input.shape[2], model.input.shape[1]) for model in _built(folder)]


def _built(folder: Path, precision: str = PRECISION) -> list[Model]:
    return [model for model in listed(folder) if model.task == "detector" and model.precision == precision]


def identity(folder: Path, precision: str = PRECISION) -> Digest:
    """What signed documents call the detector of a folder, by its manifest alone. Raises Misconfigured."""
    parts = [*sorted(model.identity for model in _built(folder, precision)), f"{REACH}"]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def _moved(face: Face, right: float, down: float) -> Face:
    return Face(face.box.moved(right, down), face.landmarks + np.array([right, down], np.float32), face.score)


def _around(box: Box) -> Box:
    x, y = box.centre
    reach = box.height * REACH
    return Box(x - reach, y - reach, x + reach, y + reach)


def _same(found: list[Face], wanted: Box, left: int, top: int) -> Face | None:
    """The face on a close-up that is the one looked for, in the pixels of the whole picture."""
    moved = [_moved(face, left, top) for face in found]
    best = max(moved, key=lambda face: face.box.overlap(wanted), default=None)
    return best if best is not None and best.box.overlap(wanted) >= SAME else None


def _lift(luma: Image) -> float:
    """By what a picture with that (H, W) luma is to be multiplied to look like daylight; 1 where it does."""
    counts = cv2.calcHist([luma], [0], None, [256], [0, 256]).reshape(-1)[BLACK + 1 :].cumsum()
    shown = float(counts[-1])
    if not shown:
        return 1.0
    mean = len(counts) - float(counts.sum()) / shown + 1
    bright = int(np.searchsorted(counts, 0.98 * shown)) + 1
    return float(np.clip(min(DAYLIGHT / mean, HIGHLIGHT / bright), 1.0, MOST_LIFT))


def _resized(image: Image, wide: int, high: int, room: Image | None = None) -> Image:
    """Scaled without moiré when shrinking; into ``room`` where it is given."""
    method = cv2.INTER_AREA if wide < image.shape[1] else cv2.INTER_LINEAR
    return cv2.resize(image, (wide, high), dst=room, interpolation=method).astype(np.uint8, copy=False)


def _stretched(face: Face, factor: float) -> Face:
    """The face with its heights multiplied: rounding to whole pixels can scale the axes a little differently."""
    box = Box(face.box.left, face.box.top * factor, face.box.right, face.box.bottom * factor)
    return replace(face, box=box, landmarks=face.landmarks * np.array([1, factor], np.float32))

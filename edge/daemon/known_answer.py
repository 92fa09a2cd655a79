"""Pictures with known answers: a drawn face, nobody's, and what the models have to make of it. Nothing is kept.

While the camera is open they go through the whole chain every minute, on the thread that the frames go through it and
between two of them: detector, close-up, alignment, extractor. One step at a time, so that no frame waits for longer
than for another frame. A chain that answers wrongly twice is as good as a covered lens: the device is degraded until it
answers rightly. Models whose answers nobody has written down (those that were sent, and a simulator's) are not asked.

What comes out has to point the same way as where the models were built, within what int8 arithmetic differs by between
processors.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.daemon.pulse import Pulse
from edge.domain.authority import Digest
from edge.domain.capture import Frame, Instant, Picture
from edge.domain.errors import LamppostError
from edge.domain.face import Box, Face
from edge.ports import Clock, Detector, Extractor
from edge.steps import align

EVERY: Final = timedelta(minutes=1)
AGAIN: Final = timedelta(seconds=5)
"""After a wrong answer it is asked once more so soon, before anything is said."""
WRONG: Final = 2
"""Wrong answers in a row that count."""
LEAST_LIKE: Final = 0.85
"""Cosine between what the chain gives for the drawn face and what the extractor has to give for it. Through detector,
close-up and alignment 0.935 to 0.981 were measured at six sizes of picture; other models gave 0.1 and less."""
DRAWN: Final = 112
"""Width and height of the drawn face's picture, pixels."""
LANDMARKS: Final = np.array([(38.3, 51.6), (73.5, 51.6), (56, 71.7), (45, 92.3), (67, 92.3)], np.float32)
"""Eyes, tip of the nose, corners of the mouth, as they are drawn."""
_FACE: Final = 100 / 112
"""Of the drawn face's picture is the face."""
_SHARE: Final = 0.42
"""Of the shorter side of what the detector is shown is the drawn face's picture."""
_LEAST: Final = 200
"""Pixels that it measures at least where the detector has to find it; in a smaller zone it is told where to look."""

KNOWN: Final[dict[Digest, str]] = {
    "e586b432bd7884318c763dea47432b9911b7f48daece5227837ddaa0615d6cd7": (
        "OgQbNxwP9PsM6zXKCdnq/qjvGPzU+wMB6xL7mRr94Ms9CMUC/O8A2MfbuDDDD/cRBAcEhdCB9tZP9PgEP94VLe8i"
        "PxgaFU4QA54N4z75QvHuwUTOEg7u4gvLzCc24+s27Mol39NR7MTcHc/kAFEC/vH9HiPh+KjZsygFGiJEDy4="
    )
}
"""Features of the drawn face by the embedder's identity: int8, scaled to 127, base64."""
KNOWN_DETECTORS: Final = frozenset({"8563bed1e453c58c3f9934ddfe5bdf001afcdfb4f276c4daf469081f0ab930f0"})
"""Those that find the drawn face, each of its landmarks within a tenth of its width."""


class KnownAnswer:
    """Runs on the thread that recognises, and says what came of it to the sight's door."""

    def __init__(
        self, detector: Detector, extractor: Extractor, answered: Callable[[bool], None], clock: Clock, pulse: Pulse,
        *, width: int, height: int, window: Box | None = None,
    ) -> None:  # fmt: skip
        """``width`` and ``height`` are those of the camera's main stream, and ``window`` is what the detector is shown
        of it; ``answered`` is told whether it was right.
        """
        self._detector = detector
        self._extractor = extractor
        self._answered = answered
        self._clock = clock
        self._pulse = pulse
        self._size = width, height
        self._window = window or Box(0, 0, width, height)
        self._known = known(extractor.identity) if detector.identity in KNOWN_DETECTORS else None
        self._shown: tuple[Picture, Picture, Face] | None = None
        """The drawing, made once."""
        self._due: Instant | None = None
        self._wrong = 0
        self._asking: Iterator[bool | None] = iter(())

    def step(self, now: Instant, *, looking: bool) -> None:
        """One step, where one is due. ``looking`` says whether the camera is open."""
        if self._known is None or not looking:
            self._asking = iter(())
            return
        found = self._next()
        if found is not None:
            self._wrong = 0 if found else self._wrong + 1
            self._pulse.count("answers-right" if found else "answers-wrong")
            self._due = now.later(EVERY if found else AGAIN)
            if found or self._wrong >= WRONG:
                self._answered(found)
        elif self._due is None or now.reached(self._due):
            self._due = now.later(EVERY)
            self._asking = self._ask()

    def _next(self) -> bool | None:
        try:
            return next(self._asking, None)
        except (LamppostError, ValueError):  # landmarks that coincide, a box that lies outside: an answer, and wrong
            self._asking = iter(())
            return False

    def _ask(self) -> Iterator[bool | None]:
        """None for every step before the last; then whether the answer was right."""
        assert self._known is not None
        self._shown = self._shown or shown(*self._size, self._window)
        main, small, wanted = self._shown
        frame = Frame(1, self._clock.now(), main, small)
        yield None
        faces = self._detector.detect(frame) if wanted.box.height >= _LEAST * _FACE else [wanted]
        yield None
        face = self._detector.refine(frame, faces[0]) if len(faces) == 1 else None
        if face is None:
            self._detector.forget()
            yield False
            return
        yield None
        row = self._extractor.extract([align.aligned(frame.main, face.box, face.landmarks)])[0]
        self._detector.forget()
        self._extractor.forget()
        yield row.shape == self._known.shape and float(row @ self._known) >= LEAST_LIKE


def known(embedder: Digest) -> NDArray[np.float32] | None:
    """What an extractor has to give for the drawn face, of length 1; None where nobody has said so."""
    packed = KNOWN.get(embedder)
    if packed is None:
        return None
    row = np.frombuffer(base64.b64decode(packed), np.int8).astype(np.float32)
    return (row / np.linalg.norm(row)).astype(np.float32)


def drawn_face() -> NDArray[np.uint8]:
    """A drawn face: nobody. (112, 112, 3) uint8 RGB, as the alignment would give it."""
    rows, columns = np.mgrid[0:112, 0:112].astype(np.float32)
    picture = np.full((112, 112, 3), 90, np.float32)

    def oval(x: float, y: float, across: float, down: float, colour: tuple[int, int, int]) -> None:
        inside = ((columns - x) / across) ** 2 + ((rows - y) / down) ** 2 <= 1
        picture[inside] = colour

    oval(56, 60, 40, 52, (205, 160, 135))
    oval(56, 20, 44, 22, (60, 45, 35))
    for x in (38.3, 73.5):
        oval(x, 44, 10, 3, (80, 60, 50))
        oval(x, 51.6, 8, 5, (245, 245, 240))
        oval(x, 51.6, 4, 4, (50, 40, 30))
    oval(56, 71.7, 6, 9, (185, 140, 118))
    oval(56, 92.3, 15, 4, (150, 70, 70))
    return picture.astype(np.uint8)


def wall(width: int, height: int) -> Picture:
    """A wall, and nobody."""
    half = (height // 2, width // 2)
    return Picture(np.full((height, width), 110, np.uint8), np.full(half, 128, np.uint8), np.full(half, 128, np.uint8))


def drawn(width: int, height: int) -> tuple[Picture, Face]:
    """A wall with the drawn face in the middle, and where it is."""
    left, top = (width - DRAWN) // 4 * 2, (height - DRAWN) // 4 * 2
    return _on_wall(drawn_face(), left, top, width, height), _face(DRAWN, left, top)


def shown(width: int, height: int, window: Box, small: int = 640) -> tuple[Picture, Picture, Face]:
    """Both streams of a wall with the drawn face in the middle of the window, and where it is."""
    side = max(DRAWN, int(min(window.width, window.height) * _SHARE) // 4 * 4)
    left, top = (int(middle - side / 2) // 2 * 2 for middle in window.centre)
    left, top = min(max(0, left), width - side), min(max(0, top), height - side)
    face = cv2.resize(drawn_face(), (side, side), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    main = _on_wall(face, left, top, width, height)
    wide = min(small, width)
    high = round(height * wide / width / 2) * 2
    planes = ((main.y, (wide, high)), (main.u, (wide // 2, high // 2)), (main.v, (wide // 2, high // 2)))
    y, u, v = (cv2.resize(plane, to, interpolation=cv2.INTER_AREA).astype(np.uint8) for plane, to in planes)
    return main, Picture(y, u, v), _face(side, left, top)


def _face(side: int, left: int, top: int) -> Face:
    scale, corner = side / DRAWN, np.array([left, top], np.float32)
    box = Box(left + 14 * scale, top + 8 * scale, left + 98 * scale, top + 108 * scale)
    return Face(box, (LANDMARKS * np.float32(scale) + corner).astype(np.float32), 1.0)


def _on_wall(face: NDArray[np.uint8], left: int, top: int, width: int, height: int) -> Picture:
    """Limited-range luma and chroma, as a camera gives."""
    side = face.shape[0]
    rgb = np.full((height, width, 3), 110, np.uint8)
    rgb[top : top + side, left : left + side] = face
    planes = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)
    luma, chroma = planes[:height], planes[height:].reshape(2, height // 2, width // 2)
    y, u, v = (plane.astype(np.uint8) for plane in (luma, *chroma))
    return Picture(y, u, v)

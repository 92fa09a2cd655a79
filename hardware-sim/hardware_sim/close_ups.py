"""``hardware-sim close-ups``: how many second looks a frame takes, with so many faces in view.

People of a folder stand before a street and come nearer for some seconds at 25 frames a second, which is when samples
are replaced most often. Their frames go through the product's own detector, tracker and best shot; what a search would
end is ended here too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator

from edge.adapters.pictures import files as pictures
from edge.adapters.tflite import Detector
from edge.domain.capture import Frame, Instant
from edge.domain.face import Face
from edge.measure.acquire import decode
from edge.steps import best_shot, follow
from edge.steps.best_shot import Choosing
from edge.steps.decode import Detection
from edge.steps.follow import Following, Scene
from hardware_sim import crowd
from hardware_sim.backdrop import Backdrops
from hardware_sim.clock import BEGIN
from hardware_sim.planes import Image
from hardware_sim.view import View

FACES: Final = (0, 1, 4, 10)
RATE: Final = 25
SECONDS: Final = 3
HEIGHT: Final = 80.0
"""Of the faces when they are nearest, pixels of the main stream."""
NEARER: Final = 1.25
"""By how much they grow."""
SMALL: Final = (640, 360)


@dataclass(frozen=True, slots=True)
class Taken:
    """What some faces took."""

    faces: int
    frames: int
    boxes: int
    """That the detector proposed."""
    close_ups: int
    busiest: int
    """Close-ups of the frame with the most of them."""
    searches: int


def measure(images: Path, models: Path, seed: int, faces: int) -> Taken:
    """Let so many people come nearer. Raises Misconfigured, Undecodable."""
    rng = np.random.default_rng(seed)
    detector, scene, choosing = Detector(models), Scene(), Choosing()
    boxes = searches = 0
    looks: list[int] = []

    def refine(frame: Frame, face: Face) -> Face | None:
        looks[-1] += 1
        return detector.refine(frame, face)

    for frame in _coming(_standing(images, models, faces, rng)):
        found = detector.detect(frame)
        boxes += len(found)
        looks.append(0)
        for track, face in follow.advance(scene, found, frame.captured, Following()):
            best_shot.offer(track, face, frame, refine, choosing)
        for track in best_shot.due(scene, frame.captured, choosing):
            searches += 1
            track.searched = frame.captured
            track.forget_samples()
    return Taken(faces, len(looks), boxes, sum(looks), max(looks), searches)


def run(images: Path, models: Path, seed: int) -> None:
    """Say what it takes with 0, 1, 4 and 10 faces."""
    print(f"{'faces':>5} {'boxes a frame':>14} {'close-ups a frame':>18} {'at most':>8} {'close-ups a search':>19}")
    for faces in FACES:
        took = measure(images, models, seed, faces)
        each = f"{took.close_ups / took.searches:.1f}" if took.searches else "-"
        boxes, looks = took.boxes / took.frames, took.close_ups / took.frames
        print(f"{faces:5} {boxes:14.2f} {looks:18.3f} {took.busiest:8} {each:>19}")


def _standing(images: Path, models: Path, faces: int, rng: Generator) -> Image:
    """So many people on a street, each in a column, (H, W, 3) uint8 RGB."""
    canvas = Backdrops(View(*crowd.SIZE), rng, count=1).one(rng)
    known = [(name, raw) for _, name, raw in pictures(images)]
    finds = Detector(models, settings=Detection(min_score=0.5))
    looking = crowd.Looking(least=HEIGHT, most=HEIGHT, columns=max(FACES))
    for column in range(faces):
        name, raw = known[int(rng.integers(len(known)))]
        crowd.paste(canvas, decode(name, raw), finds, rng, looking, column)
    return canvas


def _coming(canvas: Image) -> Iterator[Frame]:
    """The picture, from afar to full size."""
    width, height = crowd.SIZE
    count = RATE * SECONDS
    for number in range(count):
        scale = (1 + (NEARER - 1) * number / (count - 1)) / NEARER
        shift = np.array([[scale, 0, width / 2 * (1 - scale)], [0, scale, height / 2 * (1 - scale)]])
        seen = cv2.warpAffine(canvas, shift, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        frame = crowd.frame_of(seen.astype(np.uint8, copy=False), number, SMALL)
        yield Frame(number, Instant(BEGIN, timedelta(seconds=number / RATE)), frame.main, frame.small)

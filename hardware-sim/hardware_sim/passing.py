"""A passage through the product's own steps, without its doors: for yardsticks of what a frame of video costs.

Everybody stands where they are for three seconds. They are found on every frame, looked at again until their best shots
are taken, and their features computed once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.domain.capture import Frame
from edge.domain.face import Face, Features
from edge.steps import best_shot, follow, fuse
from edge.steps.best_shot import Choosing
from edge.steps.follow import Following, Scene

FRAMES: Final = 75
INTERVAL: Final = timedelta(milliseconds=40)


class Detects(Protocol):
    """The product's detector on frames."""

    def detect(self, frame: Frame) -> list[Face]:
        """Faces of the small stream."""
        ...

    def refine(self, frame: Frame, face: Face) -> Face | None:
        """The same face on a close-up of the main stream."""
        ...


class Extracts(Protocol):
    """The product's embedder."""

    def extract(self, aligned: Sequence[NDArray[np.uint8]]) -> Features:
        """(n, D) float32 unit rows."""
        ...


def standing(frame: Frame) -> Iterator[Frame]:
    """Three seconds of video in which nothing moves, from one frame."""
    for number in range(FRAMES):
        yield replace(frame, sequence=number, captured=frame.captured.later(number * INTERVAL))


def by(video: Iterable[Frame], detector: Detects, extractor: Extracts) -> int:
    """Take a video through the path. Returns how many samples features were computed of."""
    scene, choosing, following, samples = Scene(), Choosing(), Following(), 0
    for frame in video:
        at = frame.captured
        for track, face in follow.advance(scene, detector.detect(frame), at, following):
            best_shot.offer(track, face, frame, detector.refine, choosing)
        for track in best_shot.due(scene, at, choosing):
            fuse.probe(extractor.extract([sample.aligned for sample in track.samples]), track.samples)
            samples += len(track.samples)
            track.searched = at
            track.forget_samples()
    return samples

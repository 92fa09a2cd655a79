"""The whole frame path against the bare model invocations that it needed, in one run.

What is timed is the daemon's own ``Watch``. The bare invocations are counted as it makes them: the detector once, a
close-up for each face that it looked at again, an embedding for each sample that was due; then the interpreters are
invoked as often, on whatever their inputs hold, with nothing around. Two loads are measured:

- *sampled*: every frame takes a sample of every face, embeds it and searches with it: the most that one frame can ask;
- *passage*: everybody is in view for three seconds, from the first frame to the last, with the product's settings.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.adapters.tflite import VIEWS, Detector, Extractor
from edge.daemon.pulse import Pulse
from edge.daemon.watch import Watch, Watching
from edge.domain.authority import Digest
from edge.domain.capture import Frame
from edge.domain.comparison import Hit
from edge.domain.face import Face, Features
from edge.measure.rig import FRAME, Rig
from edge.measure.stages import Spread, spread
from edge.steps.best_shot import Choosing

PASSAGE: Final = timedelta(seconds=3)
AT_ONCE: Final = Watching(choosing=Choosing(watch_for=timedelta(0)))
"""Searched in the very frame of the first sample."""


@dataclass(slots=True)
class Counting:
    """The models, counting what is asked of them. Stands in for both of the frame path's."""

    detector: Detector
    extractor: Extractor
    close_ups: int = 0
    embeddings: int = 0

    @property
    def identity(self) -> Digest:
        """The detector's."""
        return self.detector.identity

    def detect(self, frame: Frame) -> list[Face]:
        """As the detector does."""
        return self.detector.detect(frame)

    def refine(self, frame: Frame, face: Face) -> Face | None:
        """As the detector does."""
        self.close_ups += 1
        return self.detector.refine(frame, face)

    def extract(self, aligned: Sequence[NDArray[np.uint8]]) -> Features:
        """As the extractor does."""
        self.embeddings += len(aligned)
        return self.extractor.extract(aligned)

    def forget(self) -> None:
        """Both forget."""
        self.detector.forget()
        self.extractor.forget()

    def again(self) -> None:
        """Invoke the bare models as often as was counted for one frame, and begin to count anew."""
        wide, close = self.detector.sizes
        wide.invoke()
        for _ in range(self.close_ups):
            close.invoke()
        for _ in range(self.embeddings * VIEWS):
            self.extractor.invoke()
        self.close_ups = self.embeddings = 0


@dataclass(frozen=True, slots=True)
class Load:
    """One load, measured."""

    frame_ms: Spread
    bare_ms: Spread
    ratio: float
    """Time of the frames to that of their bare invocations: median over the rounds, wall time."""
    ratio_cpu: float
    """The same in processor time of the whole process, which other work on the machine disturbs less."""
    close_ups: float
    """For a frame, on average."""
    embeddings: float
    """Samples whose features were taken; each of them runs the model ``VIEWS`` times."""
    frames_per_second: float
    """What one thread could look at: the inverse of the mean frame time."""


@dataclass(slots=True)
class _Times:
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def take(self, work: Callable[[], object]) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)


class Path:
    """Measures loads on a rig's frame."""

    def __init__(self, rig: Rig, detector: Detector, extractor: Extractor) -> None:
        self._rig = rig
        self._models = Counting(detector, extractor)

    def sampled(self, rounds: int) -> Load:
        """Every frame takes a sample of every face: each frame is the first of its own scene."""
        return self._measured([1] * (rounds + 1), AT_ONCE)

    def passage(self, rounds: int) -> Load:
        """Passages of three seconds."""
        frames = int(PASSAGE / FRAME)
        return self._measured([frames] * (rounds + 1), Watching())

    def _measured(self, rounds: Sequence[int], watching: Watching) -> Load:
        path, bare, ratios, ratios_cpu = _Times(), _Times(), [], []
        close_ups = embeddings = 0
        self._rig.confirm_presence()
        gc.collect()
        for number, frames in enumerate(rounds):
            watch, first = self._watch(watching), len(path.wall)
            for _ in range(frames):
                frame = self._rig.frame()
                path.take(lambda frame=frame, watch=watch: watch.see(frame))  # type: ignore[misc]
                close_ups += self._models.close_ups
                embeddings += self._models.embeddings
                bare.take(self._models.again)
            if number:  # the first round warms up
                ratios.append(sum(path.wall[first:]) / sum(bare.wall[first:]))
                ratios_cpu.append(sum(path.cpu[first:]) / sum(bare.cpu[first:]))
        return Load(
            spread(path.wall),
            spread(bare.wall),
            round(float(np.median(ratios)), 3),
            round(float(np.median(ratios_cpu)), 3),
            round(close_ups / len(path.wall), 2),
            round(embeddings / len(path.wall), 2),
            round(1 / float(np.mean(path.wall)), 1),
        )

    def _watch(self, watching: Watching) -> Watch:
        rig = self._rig
        return Watch(self._models, self._models, rig.gallery, _nobody, rig.clock, Pulse(), watching)


def _nobody(hit: Hit) -> None:
    """Entries are random numbers: nobody is found, and where somebody were, nobody is told."""

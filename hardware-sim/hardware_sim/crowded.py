"""The command ``hardware-sim crowd``: what the path of a frame loses and costs, beside a plain chain in the same run.

The plain chain is the detector at 640x384, scores of 0.8 and more, landmarks as found there. Both see the same frames
on one core. A face that was not acquired counts as a non-match. Time is the processor's, for detector, second looks and
embedder with all that their adapters do; cutting out the aligned face is the same for both and left out. It is given
twice: for one frame in which every proposed face is looked at again and embedded, and as the daemon spends it, the mean
over three seconds of video in which everybody is in view. The plain chain knows nobody again: its frames cost the same.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.adapters.tflite import Detector, Extractor
from edge.domain.authority import Digest
from edge.domain.capture import Frame
from edge.domain.errors import Misconfigured
from edge.domain.face import Face, Features
from edge.measure import errata
from edge.measure.acquire import Image
from edge.measure.errata import Errata
from edge.measure.scores import compare_all, score_at_fmr
from edge.steps.decode import Detection
from hardware_sim import crowd, passing
from hardware_sim.crowd import Crowd, Looking

INPUTS: Final = {(320, 180): (320, 192), (640, 360): (640, 384), (960, 540): (960, 544)}
"""Detector input by size of the small stream."""
PLAIN: Final = Looking(small=(640, 360), least_score=0.8, refined=False)
RATES: Final = ("1e-4", "1e-5")
PASSAGES: Final = 120
"""People whose passages are timed."""
LEAST_IMPOSTORS: Final = 10
"""A rate is reported only where at least so many non-mated comparisons lie at or above its score."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line said."""

    images: Path
    models: Path
    errata: Path | None
    small: tuple[int, int]
    seed: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """What one chain made of all frames."""

    chain: str
    fta_rate: float
    tmr_at_fmr: dict[str, float]
    extra_per_frame: float
    looked_at_per_frame: float
    ms_per_frame: float
    time_ratio: float
    """Of the time that a frame takes, to the plain chain's."""
    passage_ratio: float
    """The same, over a passage."""


@dataclass(slots=True)
class Timed:
    """Detector and embedder on a stop-watch that counts processor time, and only on the path of a frame."""

    detector: Detector
    extractor: Extractor
    spent: float = field(default=0.0)
    """Seconds."""

    @property
    def identity(self) -> Digest:
        """The detector's."""
        return self.detector.identity

    def detect_rgb(self, image: Image) -> list[Face]:
        """On the picture to be pasted: not part of the path."""
        return self.detector.detect_rgb(image)

    def refine_rgb(self, image: Image, face: Face) -> Face | None:
        """Not part of the path."""
        return self.detector.refine_rgb(image, face)

    def detect(self, frame: Frame) -> list[Face]:
        """Faces of the small stream."""
        return self._timed(lambda: self.detector.detect(frame))

    def refine(self, frame: Frame, face: Face) -> Face | None:
        """The second look."""
        return self._timed(lambda: self.detector.refine(frame, face))

    def extract(self, aligned: Sequence[NDArray[np.uint8]]) -> Features:
        """Features."""
        return self._timed(lambda: self.extractor.extract(aligned))

    def _timed(self, work: Callable[[], Result]) -> Result:
        begun = time.process_time()
        result = work()
        self.spent += time.process_time() - begun
        return result


def parse_size(text: str) -> tuple[int, int]:
    """``640x360``. Raises Misconfigured."""
    wide, _, high = text.partition("x")
    if not (wide.isdecimal() and high.isdecimal()) or (int(wide), int(high)) not in INPUTS:
        known = ", ".join(f"{wide}x{high}" for wide, high in INPUTS)
        raise Misconfigured(f"There is no detector for a small stream of {text!r}.", f"Sizes are: {known}.")
    return int(wide), int(high)


def run(asked: Asked, *, as_json: bool) -> None:
    """Both chains over all frames, printed. Raises Misconfigured, Undecodable."""
    cv2.setNumThreads(1)
    known = errata.load(asked.errata)
    ours = Looking(small=asked.small, seed=asked.seed, limit=asked.limit)
    plain = replace(PLAIN, seed=asked.seed, limit=asked.limit)
    plain_row = _measured("plain 640x384", asked, known, plain, Detection(min_score=plain.least_score), None)
    row = _measured(f"product {'x'.join(map(str, INPUTS[asked.small]))}", asked, known, ours, None, plain_row)
    if as_json:
        print(json.dumps([asdict(one) for one in (plain_row, row)], indent=2))
    else:
        print(as_text([plain_row, row]))


def _measured(
    name: str, asked: Asked, known: Errata, looking: Looking, detection: Detection | None, against: Row | None
) -> Row:  # fmt: skip
    width, height = INPUTS[looking.small]
    timed = Timed(
        Detector(asked.models, width=width, height=height, settings=detection), Extractor(asked.models)
    )  # fmt: skip
    seen = crowd.acquire(asked.images, timed, timed, known, looking, progress=lambda count: _say(name, count))
    spent = 1000 * timed.spent / max(1, seen.frames)
    if against is None:
        return summed(name, seen, known, spent, spent, spent)
    return summed(name, seen, known, spent, against.ms_per_frame, _over_passages(timed, asked, known, looking))


def _over_passages(timed: Timed, asked: Asked, known: Errata, looking: Looking) -> float:
    """Milliseconds of a frame, over the passages of the first people."""
    timed.spent, count = 0.0, 0
    people = crowd.numbered(asked.images, known, min(looking.limit or PASSAGES, PASSAGES), {})
    for frame, _ in crowd.frames(people, timed, looking):
        passing.by(passing.standing(frame), timed, timed)
        count += passing.FRAMES
    return 1000 * timed.spent / max(1, count)


def summed(name: str, seen: Crowd, known: Errata, ms: float, against_ms: float, passage_ms: float) -> Row:
    """The figures of one chain. Rates that the pictures cannot support are absent."""
    comparisons = compare_all(seen.acquired, known)
    mated = len(comparisons.mated) + comparisons.mated_lost
    rates: dict[str, float] = {}
    for rate in RATES:
        if mated and float(rate) * comparisons.impostors >= LEAST_IMPOSTORS:
            score = score_at_fmr(comparisons, float(rate))
            rates[rate] = round(float((comparisons.mated >= score).sum()) / mated, 5)
    return Row(
        name,
        round(len(seen.acquired.failed) / max(1, seen.acquired.pictures), 5),
        rates,
        round(seen.extra_per_frame, 4),
        round(seen.boxes_per_frame, 2),
        round(ms, 3),
        round(ms / against_ms, 3),
        round(passage_ms / against_ms, 3),
    )


def as_text(rows: Sequence[Row]) -> str:
    """For a person."""
    head = "".join(f"  TMR at FMR {rate}" for rate in RATES)
    lines = [f"{'chain':16} {'not acquired':>12}{head}  extra a frame  proposed a frame  time a frame  over a passage"]
    for row in rows:
        rates = "".join(f"{row.tmr_at_fmr.get(rate, float('nan')):17.2%}" for rate in RATES)
        lines.append(
            f"{row.chain:16} {row.fta_rate:12.2%}{rates}{row.extra_per_frame:15.3f}{row.looked_at_per_frame:18.2f}"
            f"{row.time_ratio:12.2f} x{row.passage_ratio:14.2f} x"
        )
    return "\n".join(lines)


def _say(name: str, count: int) -> None:
    if sys.stderr.isatty() and count % 40 == 0:
        print(f"\r{name}: {count} pictures", end="", file=sys.stderr, flush=True)

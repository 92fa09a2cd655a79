"""Each stage of the frame path by itself: the product's own functions, on the faces of one composed frame."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from edge.adapters.host import SystemClock
from edge.adapters.tflite import Detector, Extractor
from edge.daemon.timing import Timings
from edge.domain.authorisation import Category
from edge.domain.comparison import Candidate, Finding, ScoreBand
from edge.domain.errors import Misconfigured, Refusal
from edge.domain.face import Face, Probe, Sample
from edge.domain.health import Stage
from edge.measure.rig import Rig
from edge.safeguards.hits import Sealed
from edge.steps import align, best_shot, decide, follow, fuse, quality
from edge.steps.decide import Deciding
from edge.steps.follow import Scene, Track

ROUNDS: Final = 60
_CHOOSING: Final = best_shot.Choosing()


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds."""

    p50: float
    p95: float


def spread(seconds: Sequence[float]) -> Spread:
    """Median and 95th percentile."""
    return Spread(*(round(float(value) * 1e3, 4) for value in np.percentile(seconds, (50, 95))))


def timed(work: Callable[[], object], rounds: int = ROUNDS) -> Spread:
    """How long something takes, once it is warm."""
    work()
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return spread(took)


def stages(rig: Rig, detector: Detector, extractor: Extractor) -> dict[str, Spread]:
    """Every stage on a frame of the rig, in the order of the path. The faces must be large enough for a sample."""
    frame, (wide, _) = rig.frame(), detector.sizes
    found = [face for face in detector.detect(frame) if face.box.height >= _CHOOSING.least_height]
    closer = [again for face in found if (again := detector.refine(frame, face)) is not None]
    if not closer:
        raise Misconfigured("The composed frame has no face that can be sampled.", "Name other pictures.")
    face, track = closer[0], _track(rig, closer[0])
    aligned = align.aligned(frame.main, face.box, face.landmarks)
    context, left, top = align.region(frame.main, face.box, _CHOOSING.context)
    samples = [Sample(face, frame.captured, 0.9, aligned, context, (left, top))] * _CHOOSING.keep
    track.samples = samples
    features = extractor.extract([aligned] * _CHOOSING.keep)
    probe, scene, following = fuse.probe(features, samples), Scene(), follow.Following()
    scale = frame.main.width / wide.take(frame.small)[0]

    def convert() -> object:
        return wide.take(frame.small)

    return {
        "convert": timed(convert),
        "detect": timed(wide.invoke),
        "decode": timed(lambda: wide.decoded(scale, scale)),
        "follow": timed(lambda: follow.advance(scene, found, frame.captured, following)),
        "refine": timed(lambda: detector.refine(frame, found[0])),
        "align": timed(lambda: align.aligned(frame.main, face.box, face.landmarks)),
        "quality": timed(lambda: quality.of(face, aligned, _CHOOSING.grading)),
        "extract": timed(lambda: extractor.extract([aligned])),
        "fuse": timed(lambda: fuse.probe(features, samples)),
        "search": search(rig, probe),
        **_told(rig, track, probe),
        "timing": timed(_timing()),
    }


def search(rig: Rig, probe: Probe, rounds: int = ROUNDS) -> Spread:
    """One search of the rig's list through its door: permit, comparison and count. The clock stands still meanwhile."""
    rig.frame()
    now = rig.clock.now()
    answers = [rig.gallery.search(probe, now)]
    found = timed(lambda: answers.append(rig.gallery.search(probe, now)), rounds)
    refused = next((answer for answer in answers if isinstance(answer, Refusal)), None)
    if refused is not None:
        raise Misconfigured(f"The bench's own search was refused: {refused}", "Report this.")
    return found


def _timing() -> Callable[[], None]:
    """What it costs to time the stages of one frame in which nobody is due: as :meth:`Watch.see` does it."""
    timings, clock = Timings(), SystemClock()
    detecting, sampling = (timings.stopwatch(stage, clock) for stage in (Stage.DETECT, Stage.SAMPLE))

    def one_frame() -> None:
        now = clock.now()
        timings.took(Stage.CAPTURE_TO_DETECT, clock.now().since(now))
        with detecting:
            pass
        with sampling:
            pass

    return one_frame


def _told(rig: Rig, track: Track, probe: Probe) -> dict[str, Spread]:
    """Sealing a hit, and committing it to disk with its leaf, which is the writer's work and no frame waits for."""
    now, numbers = rig.clock.now(), iter(range(10_000))
    candidate = Candidate("nobody-00000", Category.SYNTHETIC, ScoreBand.ABOVE)
    finding = Finding(now, rig.permit(), candidate)
    waiting: list[Sealed] = []

    def seal() -> None:
        hit = decide.hit(track, probe, finding, f"bench-{next(numbers)}", Deciding())
        sealed = None if hit is None else rig.hits.seal(hit)
        if sealed is None or isinstance(sealed, Refusal):
            raise Misconfigured(f"The bench's own hit was refused: {sealed}", "Report this.")
        waiting.append(sealed)

    sealing = timed(seal)
    return {"seal": sealing, "commit": timed(lambda: rig.hits.commit(waiting.pop(), now), len(waiting) - 2)}


def _track(rig: Rig, face: Face) -> Track:
    return Track(1, face.box, first_seen=rig.clock.now(), last_seen=rig.clock.now())

"""The natural path of a frame, top to bottom."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edge.daemon.latest import Lapse
from edge.daemon.pulse import Pulse
from edge.domain.capture import Frame, Instant
from edge.domain.comparison import Hit
from edge.domain.errors import Reason, Refusal
from edge.domain.health import Stage
from edge.ports import Clock, Detector, Extractor
from edge.safeguards.gallery import Gallery
from edge.steps import best_shot, decide, follow, fuse
from edge.steps.best_shot import Choosing
from edge.steps.decide import Deciding
from edge.steps.follow import Following, Scene, Track


@dataclass(frozen=True, slots=True)
class Watching:
    """Settings of the frame path."""

    following: Following = field(default_factory=Following)
    choosing: Choosing = field(default_factory=Choosing)
    deciding: Deciding = field(default_factory=Deciding)


class Watch:
    """Frames in, hits out. Everything in between lives in memory, for seconds."""

    def __init__(
        self, detector: Detector, extractor: Extractor, gallery: Gallery, tell: Callable[[Hit], None], clock: Clock,
        pulse: Pulse, settings: Watching,
    ) -> None:  # fmt: skip
        self._detector = detector
        self._extractor = extractor
        self._gallery = gallery
        self._tell = tell
        self._clock = clock
        self._pulse = pulse
        self._settings = settings
        self._scene = Scene()
        self._timings = pulse.timings
        stages = (Stage.DETECT, Stage.SAMPLE, Stage.EXTRACT, Stage.SEARCH)
        self._detecting, self._sampling, self._extracting, self._searching = (
            pulse.timings.stopwatch(stage, clock) for stage in stages
        )

    def see(self, item: Frame | Lapse) -> None:
        """Take one frame through the path, or forget everything."""
        if isinstance(item, Lapse):
            self._scene.forget()
            self._detector.forget()
            self._extractor.forget()
            return
        frame = item
        self._timings.took(Stage.CAPTURE_TO_DETECT, self._clock.now().since(frame.captured))
        with self._detecting:
            faces = self._detector.detect(frame)
        followed = follow.advance(self._scene, faces, frame.captured, self._settings.following)
        with self._sampling:
            for track, face in followed:
                best_shot.offer(track, face, frame, self._detector.refine, self._settings.choosing)
        due = best_shot.due(self._scene, frame.captured, self._settings.choosing)
        self._pulse.count("frames")
        self._pulse.count("faces", len(faces))
        if due:
            self._search(due, frame.captured)

    def _search(self, due: Sequence[Track], at: Instant) -> None:
        with self._extracting:
            features = self._extractor.extract([sample.aligned for track in due for sample in track.samples])
        start = 0
        for track in due:
            stop = start + len(track.samples)
            probe = fuse.probe(features[start:stop], track.samples)
            start = stop
            with self._searching:
                finding = self._gallery.search(probe, self._clock.now())
            probe.wipe()
            if isinstance(finding, Refusal):
                self._pulse.count(f"search-refused-{finding.reason.value}")
                if finding.reason is Reason.COUNT_NOT_RESERVED:
                    continue  # the samples are good for another moment
            else:
                self._pulse.count("searches")
                hit = decide.hit(track, probe, finding, uuid.uuid4().hex, self._settings.deciding)
                if hit is not None:
                    self._tell(hit)
            track.searched = at
            track.forget_samples()
        features.fill(0)
        self._extractor.forget()

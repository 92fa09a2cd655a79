"""Which samples of a passage are kept, and when the passage is searched.

A few good samples, apart in time so that they differ, held for at most three seconds. A passage is searched once:
when it has been watched long enough, or when the face goes out of sight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from edge.domain.capture import Frame, Instant
from edge.domain.face import Face, Sample
from edge.steps import align, quality
from edge.steps.follow import Track
from edge.steps.quality import Grading


@dataclass(frozen=True, slots=True)
class Choosing:
    """Settings of the best shot."""

    keep: int = 3
    """Samples per passage."""
    apart: timedelta = timedelta(milliseconds=160)
    """Samples nearer in time than this replace each other, so that those kept differ."""
    watch_for: timedelta = timedelta(seconds=1.2)
    """From the first sample to the search."""
    lost_for: timedelta = timedelta(milliseconds=600)
    """Search at once when the face has been out of sight this long."""
    sample_life: timedelta = timedelta(seconds=3)
    """No sample is ever held longer."""
    least_height: float = 60.0
    """Face height, pixels of the main stream, below which no sample is taken."""
    least_score: float = 0.8
    """Detector score below which no sample is taken."""
    least_quality: float = 0.2
    context: float = 0.45
    """Margin around the face in the picture for the reviewer, in face sizes."""
    grading: Grading = field(default_factory=Grading)


Refine = Callable[[Frame, Face], Face | None]
"""Finds the same face again on a close-up of the main stream, for exact landmarks."""


def offer(track: Track, face: Face, frame: Frame, refine: Refine, settings: Choosing) -> bool:
    """Take a sample of this face if it is better than one that is held. Returns whether it was taken.

    Pixels are looked at only where box and landmarks promise an improvement.
    """
    if track.searched is not None or face.box.height < settings.least_height or face.score < settings.least_score:
        return False
    promise = quality.geometry(face, settings.grading)
    rival = _rival(track, frame.captured, settings)
    if promise < settings.least_quality or (rival is not None and promise <= rival.quality):
        return False
    sample = _sample(refine(frame, face), frame, settings)
    if sample is None:
        return False
    if sample.quality < settings.least_quality or (rival is not None and sample.quality <= rival.quality):
        sample.wipe()
        return False
    if rival is not None:
        track.samples.remove(rival)
        rival.wipe()
    track.samples.append(sample)
    if track.eligible_since is None:
        track.eligible_since = frame.captured
    return True


def due(tracks: Iterable[Track], now: Instant, settings: Choosing) -> list[Track]:
    """The passages to search now. Samples past their life are wiped on the way."""
    ready = []
    for track in tracks:
        _drop_old(track, now, settings)
        if track.searched is not None or not track.samples or track.eligible_since is None:
            continue
        watched = now.since(track.eligible_since) >= settings.watch_for
        if watched or now.since(track.last_seen) >= settings.lost_for:
            ready.append(track)
    return ready


def _rival(track: Track, at: Instant, settings: Choosing) -> Sample | None:
    """The held sample that a new one would have to beat: one too near in time, else the worst of a full set."""
    near = [sample for sample in track.samples if at.since(sample.captured) < settings.apart]
    if near:
        return max(near, key=lambda sample: sample.quality)
    if len(track.samples) >= settings.keep:
        return min(track.samples, key=lambda sample: sample.quality)
    return None


def _sample(face: Face | None, frame: Frame, settings: Choosing) -> Sample | None:
    if face is None or face.score < settings.least_score:
        return None
    try:
        aligned = align.aligned(frame.main, face.box, face.landmarks)
        context, _, _ = align.region(frame.main, face.box, settings.context)
    except ValueError:  # landmarks or box that no face can have: nothing to compare
        return None
    grade = quality.geometry(face, settings.grading) * quality.appearance(aligned, settings.grading)
    return Sample(face, frame.captured, grade, aligned, context)


def _drop_old(track: Track, now: Instant, settings: Choosing) -> None:
    for sample in [held for held in track.samples if now.since(held.captured) >= settings.sample_life]:
        track.samples.remove(sample)
        sample.wipe()
    if not track.samples and track.searched is None:
        track.eligible_since = None

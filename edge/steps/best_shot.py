"""Which samples of a passage are kept, and when the passage is searched.

A few good samples, apart in time so that they differ, held for at most three seconds. A passage is searched once: as
soon as the samples are as good as need be, when it has been watched long enough, or when the face goes out of sight.
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
    """Of each such span at most one sample is kept, so that those kept differ."""
    enough: float = 0.9
    """Quality from which a full set of samples is searched without waiting for better ones."""
    watch_for: timedelta = timedelta(seconds=0.9)
    """From the first sample to the search. The frame in which it ends gives one sample more, so that what is searched
    is also what is in view."""
    closing: timedelta = timedelta(milliseconds=200)
    """How long the search then waits for that last sample, where the frame gives none."""
    lost_for: timedelta = timedelta(milliseconds=600)
    """Search at once when the face has been out of sight this long."""
    sample_life: timedelta = timedelta(seconds=3)
    """No sample is ever held longer."""
    least_height: float = 54.0
    """Face height on the small stream, in pixels of the main one, below which no sample is taken. There a face measures
    0.94 of its height at the median: 54 lets those of 60 in."""
    least_score: float = 0.6
    """Detector score on the close-up below which no sample is taken. On the small stream any face is worth a look."""
    look_again: timedelta = timedelta(milliseconds=200)
    """How long a face that was none on the close-up is left alone."""
    least_quality: float = 0.1
    """Below it a comparison would find nobody: a poor sample costs misses, not false alerts."""
    context: float = 0.45
    """Margin around the face in the picture for the reviewer, in face sizes."""
    grading: Grading = field(default_factory=Grading)


Refine = Callable[[Frame, Face], Face | None]
"""Finds the same face again on a close-up of the main stream, for exact landmarks."""


def offer(track: Track, face: Face, frame: Frame, refine: Refine, settings: Choosing) -> bool:
    """Take a sample of this face if it is better than one that is held. Returns whether it was taken.

    Pixels are looked at only where box and landmarks promise an improvement.
    """
    at = frame.captured
    if track.searched is not None or face.box.height < settings.least_height or _left_alone(track, at):
        return False
    rival = _rival(track, at, settings)
    least = settings.least_quality if rival is None else max(settings.least_quality, rival.quality)
    if least >= settings.enough or quality.promise(face, settings.grading) <= least:
        return False
    closer = refine(frame, face)
    if closer is None or closer.score < settings.least_score:
        track.left_alone_until = at.later(settings.look_again)
        return False
    sample = _sample(closer, frame, settings)
    if sample is None:
        return False
    if sample.quality <= least:
        sample.wipe()
        return False
    if rival is not None:
        track.samples.remove(rival)
        rival.wipe()
    track.samples.append(sample)
    if track.eligible_since is None:
        track.eligible_since = at
    return True


def due(tracks: Iterable[Track], now: Instant, settings: Choosing) -> list[Track]:
    """The passages to search now. Samples past their life are wiped on the way."""
    ready = []
    for track in tracks:
        _drop_old(track, now, settings)
        if track.searched is not None or not track.samples or track.eligible_since is None:
            continue
        lost = now.since(track.last_seen) >= settings.lost_for
        if lost or _closed(track, now, settings) or _good_enough(track, settings):
            ready.append(track)
    return ready


def _watched(track: Track, now: Instant, settings: Choosing) -> bool:
    return track.eligible_since is not None and now.since(track.eligible_since) >= settings.watch_for


def _closed(track: Track, now: Instant, settings: Choosing) -> bool:
    """Watched long enough, and what is searched is in view; or that was waited for long enough too."""
    if not _watched(track, now, settings):
        return False
    over = track.eligible_since is not None and now.since(track.eligible_since) >= settings.watch_for + settings.closing
    return over or any(sample.captured == now for sample in track.samples)


def _good_enough(track: Track, settings: Choosing) -> bool:
    good = [sample for sample in track.samples if sample.quality >= settings.enough]
    return len(good) >= settings.keep


def _left_alone(track: Track, at: Instant) -> bool:
    return track.left_alone_until is not None and not at.reached(track.left_alone_until)


def _rival(track: Track, at: Instant, settings: Choosing) -> Sample | None:
    """The held sample that a new one would have to beat: one too near in time, else the worst of a full set.

    When the passage has been watched long enough there is room for one more, whatever its quality.
    """
    closing = _watched(track, at, settings)
    span = _span(track, at, settings)
    near = [sample for sample in track.samples if _span(track, sample.captured, settings) == span]
    if near and not closing:
        return max(near, key=lambda sample: sample.quality)
    if len(track.samples) >= settings.keep + closing:
        return min(track.samples, key=lambda sample: sample.quality)
    return None


def _span(track: Track, at: Instant, settings: Choosing) -> int:
    return at.since(track.first_seen) // settings.apart


def _sample(face: Face, frame: Frame, settings: Choosing) -> Sample | None:
    try:
        aligned = align.aligned(frame.main, face.box, face.landmarks)
        context, left, top = align.region(frame.main, face.box, settings.context)
    except ValueError:  # landmarks or box that no face can have: nothing to compare
        return None
    return Sample(face, frame.captured, quality.of(face, aligned, settings.grading), aligned, context, (left, top))


def _drop_old(track: Track, now: Instant, settings: Choosing) -> None:
    for sample in [held for held in track.samples if now.since(held.captured) >= settings.sample_life]:
        track.samples.remove(sample)
        sample.wipe()
    if not track.samples and track.searched is None:
        track.eligible_since = None

"""Short-lived tracks: which face of this frame is which of the last.

By place and size alone, within one camera's view, for seconds: never by what a face looks like. A track's number means
nothing outside the scene, is never emitted, and nothing of a track survives it. Lifetimes are seconds, because frames
may drop.

Every track expects its face somewhere, and knows how far it may be wrong (``course``). Faces and tracks are paired at
the least cost for all together (``assign``), the sure faces first, and then, more strictly, the doubtful ones, which
are often half-hidden people (the idea of ByteTrack, Zhang et al., 2022).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from edge.domain.capture import Instant
from edge.domain.face import Box, Face, Sample
from edge.steps.assign import cheapest
from edge.steps.course import Course


@dataclass(frozen=True, slots=True)
class Following:
    """Settings of the tracker. Lengths are face heights, and standard deviations where they say how far off."""

    noise: float = 0.06
    """How far off a box's middle is; also the logarithm of its height."""
    doubtful_noise: float = 0.12
    """The same where the detector is not sure."""
    sure: float = 0.5
    """Detector score from which it is."""
    speed: tuple[float, float] = (5.0, 1.5)
    """Of people in general, across and down, a second."""
    wander: tuple[float, float] = (2.2, 1.5)
    """How far a speed strays in a second."""
    growth: float = 0.3
    """Of the logarithm of the height, a second."""
    growth_wander: float = 0.15
    reach: float = 16.0
    """Squared standard deviations by which a face may be off in all (99.9 % of three Gaussian numbers)."""
    doubtful_reach: float = 9.0
    crowded: float = 0.8
    """A doubtful face this near to a followed one begins no track of its own."""
    alone: float = 30.0
    """What it costs to leave a track without a face: more than this, and the face is another's."""
    patience: timedelta = timedelta(seconds=1.6)
    """How long a face may be hidden before its track ends."""
    glimpse: timedelta = timedelta(seconds=0.8)
    """The same for one that was seen only once."""
    searched_life: timedelta = timedelta(seconds=30)
    """How long a searched face is remembered as a box, so that one passage is one search."""
    most: int = 64
    """Tracks kept; further faces are not followed. A bound on memory and work."""


@dataclass(frozen=True, slots=True)
class Courses:
    """Where a face's middle goes, in pixels, and how its height grows, as a logarithm."""

    x: Course
    y: Course
    size: Course


@dataclass(slots=True, eq=False)
class Track:
    """One face being followed."""

    number: int
    box: Box
    first_seen: Instant
    last_seen: Instant
    courses: Courses | None = None
    samples: list[Sample] = field(default_factory=list, repr=False)
    eligible_since: Instant | None = None
    """When its first sample was captured."""
    left_alone_until: Instant | None = None
    """A close-up showed no face here: not looked at again before then."""
    searched: Instant | None = None

    @property
    def seen_again(self) -> bool:
        """Whether it was seen more than once."""
        return self.last_seen != self.first_seen

    def forget_samples(self) -> None:
        """Overwrite and drop what was seen of the face."""
        for sample in self.samples:
            sample.wipe()
        self.samples.clear()


@dataclass(slots=True, eq=False)
class Scene:
    """What is in view, in memory only."""

    tracks: list[Track] = field(default_factory=list)
    last_number: int = 0

    def __iter__(self) -> Iterator[Track]:
        return iter(self.tracks)

    def forget(self) -> None:
        """Overwrite and drop everything."""
        for track in self.tracks:
            track.forget_samples()
        self.tracks.clear()


def advance(scene: Scene, faces: Sequence[Face], at: Instant, settings: Following) -> list[tuple[Track, Face]]:
    """Carry every face of a frame over to its track, begin tracks for new ones and end those that are over.

    Returns each face with its track.
    """
    _end_old(scene, at, settings)
    expected = {track.number: _ahead(track, at, settings) for track in scene.tracks}
    sure = [index for index, face in enumerate(faces) if face.score >= settings.sure]
    doubtful = [index for index, face in enumerate(faces) if face.score < settings.sure]
    pairs: dict[int, Track] = {}
    for indices, reach in ((sure, settings.reach), (doubtful, settings.doubtful_reach)):
        taken = {track.number for track in pairs.values()}
        free = [track for track in scene.tracks if track.number not in taken]
        chosen = [faces[index] for index in indices]
        pairs |= {indices[column]: free[row] for row, column in _paired(free, chosen, expected, reach, settings)}
    seen = []
    for index, face in enumerate(faces):
        track = pairs.get(index) or _begun(scene, face, at, settings)
        if track is not None:
            if index in pairs:
                _carry(track, expected[track.number], face, at, settings)
            seen.append((track, face))
    return seen


def _begun(scene: Scene, face: Face, at: Instant, settings: Following) -> Track | None:
    if len(scene.tracks) >= settings.most or (face.score < settings.sure and _crowded(scene, face, settings)):
        return None
    scene.last_number += 1
    (x, y), high, noise = face.box.centre, _height(face.box), _noise(face, settings)
    courses = Courses(
        Course.begun(x, noise * high, settings.speed[0] * high),
        Course.begun(y, noise * high, settings.speed[1] * high),
        Course.begun(math.log(high), noise, settings.growth),
    )
    track = Track(scene.last_number, face.box, first_seen=at, last_seen=at, courses=courses)
    scene.tracks.append(track)
    return track


def _crowded(scene: Scene, face: Face, settings: Following) -> bool:
    """Whether a face is so near another's that, unsure as it is, it may be a part of that."""
    (x, y), near = face.box.centre, settings.crowded * _height(face.box)
    centres = (track.box.centre for track in scene.tracks)
    return any(abs(x - other) < near and abs(y - lower) < near for other, lower in centres)


def _ahead(track: Track, at: Instant, settings: Following) -> Courses:
    """Where the face would be now."""
    assert track.courses is not None
    seconds = at.since(track.last_seen).total_seconds()
    high = _height(track.box)
    return Courses(
        track.courses.x.ahead(seconds, settings.wander[0] * high),
        track.courses.y.ahead(seconds, settings.wander[1] * high),
        track.courses.size.ahead(seconds, settings.growth_wander),
    )


def _carry(track: Track, expected: Courses, face: Face, at: Instant, settings: Following) -> None:
    (x, y), high, noise = face.box.centre, _height(face.box), _noise(face, settings)
    track.courses = Courses(
        expected.x.corrected(x, noise * high),
        expected.y.corrected(y, noise * high),
        expected.size.corrected(math.log(high), noise),
    )
    track.box, track.last_seen = face.box, at


def _paired(
    tracks: Sequence[Track], faces: Sequence[Face], expected: dict[int, Courses], reach: float, settings: Following
) -> list[tuple[int, int]]:
    if not tracks or not faces:
        return []
    costs = [[_cost(expected[track.number], face, reach, settings) for face in faces] for track in tracks]
    return cheapest(np.array(costs, np.float64), settings.alone)


def _cost(expected: Courses, face: Face, reach: float, settings: Following) -> float:
    """How unlikely it is that this is the face: the surprise, and how vaguely it was expected, which bears with any."""
    (x, y), high, noise = face.box.centre, _height(face.box), _noise(face, settings)
    exact = noise * high
    across, across_variance = expected.x.surprise(x, exact)
    if across > reach:
        return math.inf  # as most are
    down, down_variance = expected.y.surprise(y, exact)
    larger, larger_variance = expected.size.surprise(math.log(high), noise)
    off = across + down + larger
    if off > reach:
        return math.inf
    return off + math.log(across_variance * down_variance * larger_variance / (exact * exact * noise) ** 2)


def _noise(face: Face, settings: Following) -> float:
    return settings.noise if face.score >= settings.sure else settings.doubtful_noise


def _height(box: Box) -> float:
    """Never zero: a detector may say anything."""
    return max(box.height, 1.0)


def _end_old(scene: Scene, at: Instant, settings: Following) -> None:
    kept = []
    for track in scene.tracks:
        over = track.searched is not None and at.since(track.searched) > settings.searched_life
        patience = settings.patience if track.seen_again else settings.glimpse
        if over or at.since(track.last_seen) > patience:
            track.forget_samples()
        else:
            kept.append(track)
    scene.tracks = kept

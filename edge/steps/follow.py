"""Short-lived tracks: which face of this frame is which of the last.

By position alone, within one camera's view, for seconds. A track's number means nothing outside the scene, is never
emitted, and nothing of a track survives it. Lifetimes are seconds, because frames may drop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from edge.domain.capture import Instant
from edge.domain.face import Box, Face, Sample


@dataclass(frozen=True, slots=True)
class Following:
    """Settings of the tracker."""

    reach: float = 0.8
    """How far a face may be from where it is expected, in face sizes, after one frame."""
    wander: float = 2.5
    """By how much that grows for each second without sight; twice as fast while the velocity is still unknown."""
    growth: float = 1.8
    """How much larger or smaller it may be."""
    patience: timedelta = timedelta(seconds=1.2)
    """How long a face may be hidden before its track ends."""
    settled: float = 0.35
    """Share of each new measurement in the velocity estimate."""
    searched_life: timedelta = timedelta(seconds=30)
    """How long a searched face is remembered as a box, so that one passage is one search."""
    most: int = 64
    """Tracks kept; further faces are not followed. A bound on memory and work."""


@dataclass(slots=True, eq=False)
class Track:
    """One face being followed."""

    number: int
    box: Box
    first_seen: Instant
    last_seen: Instant
    velocity: tuple[float, float] = (0.0, 0.0)
    """Pixels a second, right and down."""
    samples: list[Sample] = field(default_factory=list, repr=False)
    eligible_since: Instant | None = None
    """When its first sample was captured."""
    left_alone_until: Instant | None = None
    """A close-up showed no face here: not looked at again before then."""
    searched: Instant | None = None

    def expected(self, at: Instant) -> Box:
        """Where the face would be now, had it gone on."""
        seconds = at.since(self.last_seen).total_seconds()
        return self.box.moved(self.velocity[0] * seconds, self.velocity[1] * seconds)

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

    Returns each face with its track. Costs are assigned greedily, nearest pairs first, which for the handful of faces
    of one view equals the optimal assignment except where two people overlap.
    """
    _end_old(scene, at, settings)
    pairs = _assign(scene.tracks, faces, at, settings)
    seen = []
    for index, face in enumerate(faces):
        track = pairs.get(index)
        if track is None:
            if len(scene.tracks) >= settings.most:
                continue
            scene.last_number += 1
            track = Track(scene.last_number, face.box, first_seen=at, last_seen=at)
            scene.tracks.append(track)
        else:
            _carry(track, face.box, at, settings)
        seen.append((track, face))
    return seen


def _carry(track: Track, box: Box, at: Instant, settings: Following) -> None:
    seconds = at.since(track.last_seen).total_seconds()
    if seconds > 0:
        (x, y), (old_x, old_y) = box.centre, track.box.centre
        share = settings.settled if track.last_seen != track.first_seen else 1.0
        track.velocity = (
            (1 - share) * track.velocity[0] + share * (x - old_x) / seconds,
            (1 - share) * track.velocity[1] + share * (y - old_y) / seconds,
        )
    track.box, track.last_seen = box, at


def _assign(tracks: Sequence[Track], faces: Sequence[Face], at: Instant, settings: Following) -> dict[int, Track]:
    if not tracks or not faces:
        return {}
    costs = np.array([[_cost(track, face.box, at, settings) for face in faces] for track in tracks])
    pairs: dict[int, Track] = {}
    taken: set[int] = set()
    for flat in np.argsort(costs, axis=None, kind="stable"):
        row, column = divmod(int(flat), len(faces))
        if not np.isfinite(costs[row, column]):
            break
        if row not in taken and column not in pairs:
            taken.add(row)
            pairs[column] = tracks[row]
    return pairs


def _cost(track: Track, box: Box, at: Instant, settings: Following) -> float:
    expected = track.expected(at)
    unseen = at.since(track.last_seen).total_seconds()
    settled = track.last_seen != track.first_seen
    reach = settings.reach + settings.wander * unseen * (1 if settled else 2)
    size, other = max(expected.height, 1.0), max(box.height, 1.0)
    ratio = max(size / other, other / size)
    (x, y), (wanted_x, wanted_y) = box.centre, expected.centre
    distance = float(np.hypot(x - wanted_x, y - wanted_y)) / max(size, other)
    if distance > reach or ratio > settings.growth:
        return float("inf")
    return distance + float(np.log(ratio))


def _end_old(scene: Scene, at: Instant, settings: Following) -> None:
    kept = []
    for track in scene.tracks:
        over = track.searched is not None and at.since(track.searched) > settings.searched_life
        if over or at.since(track.last_seen) > settings.patience:
            track.forget_samples()
        else:
            kept.append(track)
    scene.tracks = kept

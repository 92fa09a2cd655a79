"""One presentation: somebody, with or without an instrument, before the camera for a second or so.

Everything is drawn from a generator: who moves how, where they stand on the street, how sharp the lens is. The frames
go through the product's own steps, from the close-up to the choice of samples, so that what a cue sees here is what it
sees on a pole. Only the detector on the small stream is left out: the true place of the face stands for it.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from edge.domain.capture import Frame, Instant, Picture
from edge.domain.face import Box, Face, Sample
from edge.steps import best_shot
from edge.steps.best_shot import Choosing
from edge.steps.follow import Track
from hardware_sim import bodies
from hardware_sim.clock import BEGIN
from hardware_sim.instruments import Instrument, Species, lit, made, moved_features
from hardware_sim.planes import Image, from_rgb, yuv
from hardware_sim.portraits import Portrait
from hardware_sim.sprites import blend
from hardware_sim.surface import Attitude, Looked, look, placed
from hardware_sim.walkers import FACE_BELOW_TOP, Gait, Pose, Seen, Walker, Way

SIDE: Final = 640
"""Of the part of the picture that is rendered, pixels."""
FOCAL: Final = 2400.0
STEP: Final = timedelta(milliseconds=160)
"""Between two frames: of each such span the product keeps one sample at most."""
LASTS: Final = timedelta(seconds=1.4)
TALL: Final = 1.72

Refine = Callable[[Frame, Face], Face | None]


class Motion(enum.Enum):
    """How it is presented."""

    WALKED = "walked"
    """Somebody walks towards the camera, and carries it before their face."""
    HELD = "held still"
    """Somebody stands, and holds it as still as they can."""
    FIXED = "fixed"
    """On a stand: nobody touches it."""


@dataclass(frozen=True, slots=True)
class _Wave:
    """A slow oscillation."""

    strength: float
    hertz: float
    phase: float

    def at(self, seconds: float) -> float:
        return self.strength * math.sin(math.tau * self.hertz * seconds + self.phase)


@dataclass(frozen=True, slots=True)
class Course:
    """Where something is and how it is turned, second by second."""

    distance: float
    """Metres at the start."""
    speed: float
    """Metres a second towards the camera."""
    start: tuple[float, float]
    """Pixels."""
    drift: tuple[float, float]
    """Metres a second, right and down."""
    base: tuple[float, float, float]
    """Yaw, pitch and roll, radians."""
    sway: tuple[_Wave, ...]
    """Metres right and down, then radians of yaw, pitch and roll."""
    glance: tuple[float, float, float]
    """Radians of yaw by which the head turns, when, and how fast (seconds)."""
    talk: float
    """Eye distances by which the mouth opens."""

    def at(self, seconds: float) -> Attitude:
        """The attitude at a moment."""
        scale = FOCAL / (self.distance - self.speed * seconds)
        x, y, yaw, pitch, roll = (wave.at(seconds) for wave in self.sway)
        turn, when, pace = self.glance
        yaw += turn / (1 + math.exp(-(seconds - when) / pace))
        return Attitude(
            self.start[0] + (x + self.drift[0] * seconds) * scale,
            self.start[1] + (y + self.drift[1] * seconds) * scale,
            scale,
            self.base[0] + yaw,
            self.base[1] + pitch,
            self.base[2] + roll,
        )


def course(species: Species, motion: Motion, height: float, rng: Generator) -> Course:
    """Draw how it moves. ``height`` is that of a face of life size at the start, pixels."""
    person, walked = species is Species.BONA_FIDE, motion is Motion.WALKED
    degrees = math.radians(1)
    steady = 0.0 if motion is Motion.FIXED else 1.0
    stride = float(rng.uniform(0.8, 1.1))

    def wave(strength: float, hertz: float) -> _Wave:
        return _Wave(steady * strength * float(rng.uniform(0.6, 1.4)), hertz, float(rng.uniform(0, math.tau)))

    slow = float(rng.uniform(0.25, 0.7))
    across, down = (wave(0.022, stride), wave(0.018, 2 * stride)) if walked else (wave(0.008, slow), wave(0.004, slow))
    if person:
        turns = wave(3 * degrees, stride if walked else slow), wave(2 * degrees, 1.7), wave(1.5 * degrees, stride)
        base = rng.normal(0, (9 * degrees, 6 * degrees, 3 * degrees))
    else:
        shake = (5 if walked else 1.5) * degrees
        turns = wave(shake, rng.uniform(0.8, 2)), wave(shake, rng.uniform(0.8, 2)), wave(shake / 2, 1.1)
        base = rng.normal(0, (10 * degrees, 8 * degrees, 4 * degrees))
    glances = person and rng.random() < 0.35
    glance = float(rng.normal(0, 18)) * degrees if glances else 0.0
    return Course(
        distance=FOCAL * 0.2 / height,
        speed=float(rng.uniform(1.0, 1.6)) if walked else 0.0,
        start=(SIDE / 2, SIDE * 0.42),
        drift=(float(rng.normal(0, 0.25)), 0.05) if walked else (0.0, 0.0),
        base=(float(base[0]), float(base[1]), float(base[2])),
        sway=(across, down, *turns),
        glance=(glance, float(rng.uniform(0.1, 1.0)), 0.12),
        talk=float(rng.uniform(0, 0.15)) if person else 0.0,
    )


class Stage:
    """Presents portraits before parts of a street."""

    def __init__(self, street: Image, refine: Refine, choosing: Choosing) -> None:
        self._street = street
        self._refine = refine
        self._choosing = choosing

    def present(self, species: Species, motion: Motion, portrait: Portrait, rng: Generator) -> list[Sample]:
        """The samples that the product keeps of one presentation, none where it acquires none."""
        instrument = made(species, portrait, rng)
        way = course(species, motion, float(rng.uniform(62, 150)), rng)
        place = rng.integers(self._street.shape[1] - SIDE), rng.integers(self._street.shape[0] - SIDE)
        behind = self._street[place[1] : place[1] + SIDE, place[0] : place[0] + SIDE]
        view = _View(
            from_rgb(behind), float(rng.uniform(0.3, 0.5)), float(rng.uniform(0, 1)), float(rng.uniform(0.2, 3.0)),
            bodies.dressed(portrait.head.skin, rng), bodies.folds(rng),
        )  # fmt: skip
        track: Track | None = None
        for number in range(LASTS // STEP + 1):
            at = Instant(BEGIN, timedelta()).later(STEP * number)
            seconds = (STEP * number).total_seconds()
            attitude = way.at(seconds)
            shown = instrument
            if way.talk:
                open_ = way.talk * (0.5 + 0.5 * math.sin(9 * seconds))
                shown = moved_features(instrument, portrait.head.landmarks, open_, open_ / 3)
            picture = view.rendered(shown, attitude, seconds, motion, rng)
            face = Face(_box(shown, attitude), placed(shown.surface, attitude, FOCAL, shown.landmarks), 0.99)
            track = track or Track(1, face.box, at, at)
            frame = Frame(number, at, picture, picture)
            exact = self._refine(frame, face)
            track.last_seen = at
            if exact is not None:
                best_shot.offer(track, exact, frame, lambda _frame, same: same, self._choosing)
            if best_shot.due([track], at, self._choosing):
                break
        return list(track.samples) if track is not None else []


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """The camera, the place, and the clothes of whoever stands there."""

    behind: Picture
    sharp: float
    phase: float
    roll: float
    """Turns a second of the refresh band."""
    outfit: bodies.Outfit
    cloth: NDArray[np.int16]

    def rendered(
        self, instrument: Instrument, attitude: Attitude, seconds: float, motion: Motion, rng: Generator
    ) -> Picture:  # fmt: skip
        picture = Picture(self.behind.y.copy(), self.behind.u.copy(), self.behind.v.copy())
        if motion is not Motion.FIXED:
            bodies.draw(picture, _seen(attitude), self.outfit, self.cloth, np.zeros((SIDE, SIDE), np.int8))
        phase = (self.phase + self.roll * seconds) % 1.0
        seen = lit(instrument, look(instrument.surface, attitude, FOCAL, self.sharp), attitude, self.sharp, phase)
        _lay(picture, seen)
        noisy = picture.y + rng.standard_normal(picture.y.shape, np.float32) * np.float32(1.6)
        return replace(picture, y=np.clip(noisy, 0, 255).astype(np.uint8))


def _seen(attitude: Attitude) -> Seen:
    """A body under the face."""
    way = Way((0.0, 5.0), (0.0, 4.0), (0.0, 3.0))
    walker = Walker(1, "p01", 0, 0.0, way, Gait(), TALL, 0.2)
    pose = Pose(0.0, 5.0, TALL, 0.0, 0.0, 1.0, 0.0)
    feet = attitude.x, attitude.y + (TALL - FACE_BELOW_TOP) * attitude.scale
    return Seen(walker, pose, 5.0, attitude.scale, (attitude.x, attitude.y), 0.2 * attitude.scale, feet)


def _box(instrument: Instrument, attitude: Attitude) -> Box:
    by = attitude.scale / instrument.surface.metre
    dx, dy = attitude.x - instrument.surface.middle[0] * by, attitude.y - instrument.surface.middle[1] * by
    box = instrument.face
    return Box(box.left * by + dx, box.top * by + dy, box.right * by + dx, box.bottom * by + dy)


def _lay(picture: Picture, seen: Looked) -> None:
    """Blend what is seen into the planes."""
    left, top = max(0, seen.left + seen.left % 2), max(0, seen.top + seen.top % 2)
    high, wide = seen.cover.shape
    right, bottom = min(picture.width, (seen.left + wide) // 2 * 2), min(picture.height, (seen.top + high) // 2 * 2)
    if right <= left or bottom <= top:
        return
    part = np.s_[top - seen.top : bottom - seen.top, left - seen.left : right - seen.left]
    colour = yuv(np.clip(seen.colour[part], 0, 255).astype(np.uint8))
    cover = np.round(seen.cover[part] * 128).astype(np.uint8)
    blend(picture.y[top:bottom, left:right], colour[..., 0].astype(np.int16), cover)
    half = np.s_[top // 2 : bottom // 2, left // 2 : right // 2]
    for plane, channel in ((picture.u, 1), (picture.v, 2)):
        blend(plane[half], colour[::2, ::2, channel].astype(np.int16), cover[::2, ::2])

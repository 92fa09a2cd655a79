"""A scripted throng for the tracker: who walks where, and what boxes a detector makes of them. No pixels, no models.

Harder than a street usually is: people approach in groups, walk abreast, cross each other's way and the picture, go
behind posts and vans for up to a second, and come close together. The detector misses faces, several frames running,
sees the half-hidden badly, and sees things that are none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.random import Generator

from edge.domain.face import Box, Face
from edge.steps.align import TEMPLATE
from hardware_sim.sight import everybody
from hardware_sim.truth import visible
from hardware_sim.view import View
from hardware_sim.walkers import Gait, Walker, Way

FPS: Final = 25
LEAST: Final = 40.0
"""Pixels of the main stream: no detector sees smaller faces."""
HALF: Final = 0.75
"""Share of a face that must be visible for it to be seen well."""
HARDLY: Final = 0.35


@dataclass(frozen=True, slots=True)
class Throng:
    """How many, and how hard."""

    seconds: float = 60.0
    every: float = 2.4
    """Seconds from one group to the next, on average."""
    group_sizes: tuple[float, ...] = (0.45, 0.3, 0.15, 0.1)
    across: float = 0.3
    """How often people walk across the picture instead of towards the camera."""
    behind: float = 0.35
    """How often somebody goes behind a post or a van."""
    hidden_for: tuple[float, float] = (0.3, 1.0)
    """Seconds."""
    view: View = field(default_factory=View)


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One face at one moment, as it really is."""

    passage: int
    box: Box
    visible: float


@dataclass(frozen=True, slots=True)
class Eyes:
    """What a detector does to faces."""

    misses: float = 0.1
    """Share of the frames in which a face that is well visible is not found."""
    again: float = 0.5
    """How often a missed face is missed again in the next frame."""
    jitter: float = 0.03
    """Standard deviation of a box's place and size, in face heights; thrice that where the face is half hidden."""
    strays: float = 0.02
    """Boxes in a frame that are no face."""


def walk(settings: Throng, rng: Generator) -> list[list[Glimpse]]:
    """Everybody who may be seen, frame by frame at 25 frames a second."""
    walkers = _walkers(settings, rng)
    gone = {walker.passage: _gone(settings, walker, rng) for walker in walkers}
    frames = []
    for number in range(int(settings.seconds * FPS)):
        seconds = number / FPS
        near = [walker for walker in walkers if walker.starts <= seconds < walker.ends]
        people = everybody(near, seconds, settings.view)
        seen = []
        for index, one in enumerate(people):
            if one.pixels < LEAST:
                continue
            begins, ends = gone[one.walker.passage]
            shown = visible(one, people[index + 1 :], settings.view.width, settings.view.height)
            x, y, wide = *one.face, one.pixels * 0.8
            box = Box(x - wide / 2, y - one.pixels / 2, x + wide / 2, y + one.pixels / 2)
            seen.append(Glimpse(one.walker.passage, box, 0.0 if begins <= seconds < ends else shown))
        frames.append(seen)
    return frames


class Looker:
    """The detector. It remembers whom it missed, because misses come in runs."""

    def __init__(self, eyes: Eyes, rng: Generator, view: View) -> None:
        self._eyes = eyes
        self._rng = rng
        self._view = view
        self._missed: set[int] = set()

    def look(self, glimpses: Sequence[Glimpse]) -> list[tuple[int | None, Face]]:
        """Boxes in no order, each with the passage that it is of; None where it is of nobody."""
        eyes, rng = self._eyes, self._rng
        begin = eyes.misses * (1 - eyes.again) / (1 - eyes.misses)
        found: list[tuple[int | None, Face]] = []
        for one in glimpses:
            missed = rng.random() < (eyes.again if one.passage in self._missed else begin)
            (self._missed.add if missed else self._missed.discard)(one.passage)
            whole = one.visible >= HALF
            if missed or one.visible < HARDLY or (not whole and rng.random() < 0.5):
                continue
            score = rng.uniform(0.6, 1.0) if whole else rng.uniform(0.2, 0.6)
            found.append((one.passage, self._face(one.box, score, eyes.jitter * (1 if whole else 3))))
        if rng.random() < eyes.strays:
            side = float(rng.uniform(30, 120))
            x, y = rng.uniform(0, self._view.width - side), rng.uniform(0, self._view.height - side)
            found.append((None, self._face(Box(x, y, x + side, y + side), rng.uniform(0.15, 0.5), 0.0)))
        rng.shuffle(found)
        return found

    def _face(self, box: Box, score: float, jitter: float) -> Face:
        x, y = box.centre
        dx, dy, grown = self._rng.normal(0, max(jitter, 1e-9), 3) * (box.height, box.height, 1)
        wide, high = box.width * math.exp(grown) / 2, box.height * math.exp(grown) / 2
        left, top = x + dx - wide, y + dy - high
        points = (TEMPLATE * high * 2 / 112 + np.array([left, top])).astype(np.float32)
        return Face(Box(left, top, left + wide * 2, top + high * 2), points, float(score))


def _walkers(settings: Throng, rng: Generator) -> list[Walker]:
    walkers: list[Walker] = []
    clock = 0.0
    while clock < settings.seconds - 8:
        size = int(rng.choice(len(settings.group_sizes), p=settings.group_sizes)) + 1
        ways = _ways(settings, size, rng)
        speed = float(rng.uniform(1.1, 1.7))
        for way in ways:
            gait = Gait(speed=speed * float(rng.uniform(0.97, 1.03)), phase=float(rng.uniform(0, math.tau)))
            number, tall = len(walkers) + 1, float(rng.uniform(1.5, 1.9))
            walkers.append(
                Walker(number, str(number), 0, clock, way, gait, tall, 0.21 * float(rng.uniform(0.95, 1.06)))
            )
        clock += float(rng.exponential(settings.every))
    return walkers


def _ways(settings: Throng, size: int, rng: Generator) -> list[Way]:
    """The ways of people who come together: side by side, a little behind each other."""
    side, abreast = float(rng.choice([-1.0, 1.0])), float(rng.uniform(0.5, 0.8))
    if rng.random() < settings.across:
        z = float(rng.uniform(5.5, 9.0))
        far = settings.view.half_width(z) + 0.6
        lanes = [(index * float(rng.uniform(0.3, 0.7)), index * abreast * 0.6) for index in range(size)]
        return [
            Way((side * (far + back), z + aside), (0.0, z + aside), (-side * far, z + aside)) for aside, back in lanes
        ]
    start = side * float(rng.uniform(0.2, 2.0)), float(rng.uniform(10.0, 12.5))
    bend = side * float(rng.uniform(-0.8, 1.2)), float(rng.uniform(6.5, 8.5))
    end = float(rng.uniform(-1.2, 1.2)), float(rng.uniform(3.2, 4.0))
    ways = []
    for index in range(size):
        aside, behind = abreast * (index - (size - 1) / 2), float(rng.uniform(-0.35, 0.35))
        ways.append(Way(*((x + aside, z + behind) for x, z in (start, bend, end))))
    return ways


def _gone(settings: Throng, walker: Walker, rng: Generator) -> tuple[float, float]:
    """From when to when a walker is behind something."""
    if rng.random() >= settings.behind:
        return 0.0, 0.0
    begins = float(rng.uniform(walker.starts + 0.5, walker.ends - 0.5))
    return begins, begins + float(rng.uniform(*settings.hidden_for))

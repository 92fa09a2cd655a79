"""A scene: who walks past the camera, when and where, all of it drawn from a seed before the first frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.random import Generator

from edge.domain.errors import Misconfigured
from hardware_sim.portraits import Person, Portrait
from hardware_sim.sight import everybody, face_truth, in_picture
from hardware_sim.truth import Eligibility, FrameTruth, PassageTruth, visible
from hardware_sim.view import View
from hardware_sim.walkers import Gait, Seen, Walker, Way

GLANCE: Final = 0.1
"""Seconds between the moments at which a plan is examined."""
LONGEST: Final = 9.0
"""Seconds that nobody takes longer to pass."""
HURRIES: Final = 5
"""Plans drawn, each with people coming faster one after the other, before they are said not to fit."""
TRIES: Final = 12
"""Ways drawn for a group before it waits a little longer."""


@dataclass(frozen=True, slots=True)
class SceneSettings:
    """What a scene is made of. The people themselves are given apart."""

    passages: int = 13
    listed: tuple[str, ...] = ()
    """Ids of the people who are on the list: only what the truth says about them depends on it."""
    seconds: float = 40.0
    """The scene is no longer than this."""
    fps: float = 25.0
    most_in_view: int = 4
    least_seen: float = 1.2
    """Seconds for which everybody is eligible, all in all."""
    most_hidden: float = 0.9
    """Seconds for which anybody may be hidden behind somebody else."""
    speeds: tuple[float, float] = (1.2, 1.6)
    """Metres a second."""
    group_sizes: tuple[float, ...] = (0.5, 0.35, 0.15)
    """How often people come alone, in twos, in threes."""
    crossing: float = 0.6
    """How often two who come at once cross each other's way, so that one is hidden for a moment."""
    eligibility: Eligibility = field(default_factory=Eligibility)
    view: View = field(default_factory=View)


@dataclass(frozen=True, slots=True)
class Scene:
    """A planned scene. The same plan gives the same frames, in whatever order they are asked for."""

    settings: SceneSettings
    people: dict[str, Person] = field(repr=False)
    walkers: tuple[Walker, ...] = field(repr=False)
    """In the order of their passages."""

    @property
    def seconds(self) -> float:
        """How long it lasts: half a second more than the last passage."""
        return max(walker.ends for walker in self.walkers) + 0.5

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return math.ceil(self.seconds * self.settings.fps)

    def offset(self, number: int) -> timedelta:
        """When a frame is captured, counted from the start of the scene."""
        return timedelta(seconds=number / self.settings.fps)

    def seen(self, seconds: float) -> list[Seen]:
        """Everybody on their way at a moment, the farthest first."""
        return everybody(self.walkers, seconds, self.settings.view)

    def portrait(self, walker: Walker) -> Portrait:
        """The portrait that a walker wears."""
        return self.people[walker.person].portraits[walker.picture]

    def truth(self, number: int) -> FrameTruth:
        """What is really to be seen in a frame."""
        offset, view = self.offset(number), self.settings.view
        people = self.seen(number / self.settings.fps)
        faces = []
        for index, one in enumerate(people):
            shown = visible(one, people[index + 1 :], view.width, view.height)
            if in_picture(one, view):
                faces.append(face_truth(one, self.portrait(one.walker), shown))
        return FrameTruth(number, offset, tuple(faces))

    def passages(self) -> list[PassageTruth]:
        """Every passage, with the offsets of its first and last eligible frames."""
        times: dict[int, list[timedelta]] = {walker.passage: [] for walker in self.walkers}
        for number in range(self.frames):
            frame = self.truth(number)
            for face in frame.faces:
                if face.eligible(self.settings.eligibility):
                    times[face.passage].append(frame.offset)
        return [
            PassageTruth(
                walker.passage,
                walker.person,
                walker.person in self.settings.listed,
                timedelta(seconds=walker.starts),
                timedelta(seconds=walker.ends),
                min(times[walker.passage], default=None),
                max(times[walker.passage], default=None),
            )
            for walker in self.walkers
        ]


def plan(settings: SceneSettings, people: Sequence[Person], rng: Generator) -> Scene:
    """Draw a scene. Everybody passes once before anybody passes again; those on the list always pass.

    Raises Misconfigured where people are missing or do not fit into the time.
    """
    cast = _cast(settings, people, rng)
    for hurry in range(HURRIES):
        pace = max(0.0, settings.seconds - LONGEST) / settings.passages * (1 - hurry / (HURRIES - 1))
        walkers = _walkers(settings, cast, pace, rng)
        if walkers is not None:
            return Scene(settings, {person.id: person for person in people}, tuple(walkers))
    raise Misconfigured(
        f"{settings.passages} passages do not fit into {settings.seconds} s.",
        "Allow more time, more people in view, or fewer passages.",
    )


def _walkers(settings: SceneSettings, cast: Sequence[Person], pace: float, rng: Generator) -> list[Walker] | None:
    """Everybody's way, one group about ``pace`` seconds a head after the other; None where time runs out."""
    walkers: list[Walker] = []
    clock = 0.2
    while len(walkers) < len(cast):
        room = min(len(cast) - len(walkers), settings.most_in_view)
        shares = np.array(settings.group_sizes[:room])
        size = int(rng.choice(len(shares), p=shares / shares.sum())) + 1
        members = cast[len(walkers) : len(walkers) + size]
        group: list[Walker] = []
        while not group:
            for _ in range(TRIES):
                drawn = _group(settings, members, len(walkers), clock, rng)
                if max(walker.ends for walker in drawn) + 0.5 > settings.seconds:
                    return None
                if _fits(settings, walkers, drawn):
                    group = drawn
                    break
            clock += 0.15
        walkers += group
        clock = group[0].starts + pace * size * float(rng.uniform(0.4, 1.2))
    return walkers


def _cast(settings: SceneSettings, people: Sequence[Person], rng: Generator) -> list[Person]:
    """Who passes, in order."""
    unknown = set(settings.listed) - {person.id for person in people}
    if unknown or not people:
        raise Misconfigured(
            f"Nobody has the id {', '.join(sorted(unknown)) or 'asked for'}.", "List people of the cast."
        )
    listed = [person for person in people if person.id in settings.listed]
    others = [person for person in people if person.id not in settings.listed]
    rng.shuffle(others)
    first = (listed + others)[: settings.passages]
    cast: list[Person] = []
    while len(cast) < settings.passages:
        rng.shuffle(first)
        cast += first
    return cast[: settings.passages]


def _group(
    settings: SceneSettings, members: Sequence[Person], first: int, starts: float, rng: Generator
) -> list[Walker]:
    """People who walk side by side, out of one edge of the picture and then towards the camera."""
    side = float(rng.choice([-1.0, 1.0]))
    z = float(rng.uniform(10.4, 12.2))
    bend = (side * float(rng.uniform(0.2, 1.4)), float(rng.uniform(6.6, 8.4)))
    end = side * float(rng.uniform(-1.1, 0.7))
    speed = float(rng.uniform(*settings.speeds))
    abreast = float(rng.uniform(0.62, 0.8))
    if len(members) == 2 and rng.random() < settings.crossing:
        return _crossing(settings, members, first, starts, side, rng)
    walkers = []
    for index, person in enumerate(members):
        aside = abreast * (index - (len(members) - 1) / 2)
        tall = float(rng.uniform(1.56, 1.86))
        behind = float(rng.uniform(-0.3, 0.3)) if index else 0.0
        start = (side * (settings.view.half_width(z, tall) + 0.5) + aside, z + behind)
        way = Way(start, (bend[0] + aside, bend[1] + behind), (end + aside, _exit(settings.view, tall)))
        walkers.append(_walker(person, first + index + 1, starts, way, speed, tall, rng))
    return walkers


def _crossing(
    settings: SceneSettings, members: Sequence[Person], first: int, starts: float, side: float, rng: Generator
) -> list[Walker]:
    """Two people out of opposite edges; the second is a little shorter and passes close behind the first."""
    z, speed = float(rng.uniform(10.2, 11.6)), float(rng.uniform(*settings.speeds))
    bend, aim = float(rng.uniform(0.2, 0.5)), float(rng.uniform(0.7, 1.2))
    walkers = []
    for index, person in enumerate(members):
        tall = float(rng.uniform(1.56, 1.66) if index else rng.uniform(1.74, 1.86))
        behind = float(rng.uniform(0.4, 0.6)) if index else 0.0
        start = (side * (settings.view.half_width(z, tall) + 0.5), z + behind)
        way = Way(start, (side * bend, 7.2 + behind), (-side * aim, _exit(settings.view, tall) + behind / 2))
        walkers.append(_walker(person, first + index + 1, starts, way, speed, tall, rng))
        side = -side
    return walkers


def _walker(person: Person, passage: int, starts: float, way: Way, speed: float, tall: float, rng: Generator) -> Walker:
    gait = Gait(
        speed=speed * float(rng.uniform(0.98, 1.02)),
        stride=float(rng.uniform(1.3, 1.55)),
        tilt=float(rng.normal(0, 0.025)),
        phase=float(rng.uniform(0, math.tau)),
    )
    face = 0.21 * float(rng.uniform(0.96, 1.05))
    return Walker(passage, person.id, len(person.portraits) - 1, starts, way, gait, tall, face)


def _exit(view: View, tall: float) -> float:
    """How near the camera the top of a head has left the picture, metres."""
    return (view.raised - tall - 0.1) / math.tan(view.tilt + math.atan(view.height / 2 / view.focal))


def _fits(settings: SceneSettings, before: Sequence[Walker], group: Sequence[Walker]) -> bool:
    """Whether a group can come on top of those planned before, with all of the scene's promises kept."""
    nearby = [*(walker for walker in before if walker.ends > group[0].starts), *group]
    for arrival in nearby:
        if sum(walker.walking(arrival.starts) for walker in nearby) > settings.most_in_view:
            return False
    eligible, hidden = ({walker.passage: 0.0 for walker in nearby} for _ in range(2))
    view, rule = settings.view, settings.eligibility
    begin, end = min(walker.starts for walker in nearby), max(walker.ends for walker in group)
    for moment in np.arange(begin, end, GLANCE):
        people = everybody(nearby, float(moment), view)
        for index, one in enumerate(people):
            alone = visible(one, (), view.width, view.height)
            shown = visible(one, people[index + 1 :], view.width, view.height)
            hidden[one.walker.passage] += GLANCE * (shown < alone - 0.1)
            eligible[one.walker.passage] += GLANCE * (one.pixels >= rule.least_pixels and shown >= rule.least_visible)
    return min(eligible.values()) >= settings.least_seen and max(hidden.values()) <= settings.most_hidden

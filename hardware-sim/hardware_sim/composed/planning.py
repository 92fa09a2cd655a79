"""Who passes when and where: what the file writes down, and what it has drawn from the seed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.random import Generator

from edge.domain.errors import Misconfigured
from hardware_sim.composed.passers import Habit, Passer, Register
from hardware_sim.composed.tables import Crowds, File, Hat, Mask, Turn, Walkers
from hardware_sim.composed.ways import Trail
from hardware_sim.portraits import Person
from hardware_sim.street import KERB
from hardware_sim.view import View
from hardware_sim.walkers import Gait, Ground

FARTHEST: Final = KERB - 1.3
"""Metres from the pole at which drawn people set out."""
APART: Final = 0.5
"""Metres that nobody comes nearer to anybody else."""
GLANCE: Final = 0.3
"""Seconds between the moments at which that is examined."""
TRIES: Final = 8
"""Ways drawn for a group before it waits."""
WAITS: Final = 40
"""Times that it waits, half a second each, before it does not come at all."""
HATS: Final[tuple[Hat, ...]] = ("cap", "beanie")
MASKS: Final[tuple[Mask, ...]] = ("surgical", "surgical", "scarf")


def planned(file: File, people: Sequence[Person], view: View) -> Register:
    """Everybody's way. Raises Misconfigured where somebody is named whom nobody knows."""
    deck = _Deck(file.seed, people)
    passers: list[Passer] = []
    for number, walkers in enumerate(file.walkers):
        passers += _written(walkers, len(passers), deck, np.random.default_rng([file.seed, 11, number]))
    for number, crowd in enumerate(file.crowds):
        _Drawing(crowd, file, view, deck, np.random.default_rng([file.seed, 12, number])).into(passers)
    return Register(passers)


class _Deck:
    """The cast in random order: everybody passes before anybody passes again."""

    def __init__(self, seed: int, people: Sequence[Person]) -> None:
        self._rng = np.random.default_rng([seed, 10])
        self._people = list(people)
        self._by_id = {person.id: person for person in people}
        self._left: list[Person] = []

    def next(self) -> Person:
        if not self._left:
            self._left = [self._people[index] for index in self._rng.permutation(len(self._people))]
        return self._left.pop()

    def named(self, person: str) -> Person:
        if person not in self._by_id:
            known = ", ".join(sorted(self._by_id)[:12])
            raise Misconfigured(f"Nobody has the id {person!r}.", f"People of this cast are {known} ...")
        return self._by_id[person]


def _written(walkers: Walkers, before: int, deck: _Deck, rng: Generator) -> list[Passer]:
    """The people of one row."""
    group = walkers.group
    names: Sequence[str | None] = [walkers.person] * group if isinstance(group, int) else group
    found = []
    for index, name in enumerate(names):
        person = deck.next() if name is None else deck.named(name)
        aside = walkers.abreast * (index - (len(names) - 1) / 2)
        points = [(x + aside, z) for x, z in walkers.path]
        tall = walkers.tall or float(rng.uniform(1.56, 1.86))
        found.append(Passer(
            before + index + 1, person.id, len(person.portraits) - 1, walkers.second, trail := Trail.through(points),
            _gait(walkers.speed, rng), tall, _face(rng), trail, walkers.hat, walkers.mask, walkers.turns,
            walkers.stands or (0.0, 0.0), _habit(rng),
        ))  # fmt: skip
    return found


class _Drawing:
    """Draws the people of one ``[[crowds]]``, one group after the other."""

    def __init__(self, crowd: Crowds, file: File, view: View, deck: _Deck, rng: Generator) -> None:
        self._crowd, self._view, self._deck, self._rng = crowd, view, deck, rng
        self._until = min(file.lasts, crowd.second + (crowd.lasts or file.lasts))

    def into(self, passers: list[Passer]) -> None:
        """Add them to those that were planned before, with whom they do not collide."""
        for moment, size in self._arrivals():
            nearby = [one for one in passers if one.ends > moment - 1]
            group = self._group(size, moment, len(passers), nearby)
            passers += group

    def _arrivals(self) -> Iterator[tuple[float, int]]:
        crowd, shares = self._crowd, np.array(self._crowd.groups)
        mean = float((shares / shares.sum()) @ np.arange(1, len(shares) + 1))
        moment = crowd.second
        while True:
            moment += float(self._rng.exponential(60 * mean / crowd.per_minute))
            if moment >= self._until:
                return
            yield moment, int(self._rng.choice(len(shares), p=shares / shares.sum())) + 1

    def _group(self, size: int, moment: float, before: int, nearby: Sequence[Passer]) -> list[Passer]:
        people = [self._deck.next() for _ in range(size)]
        for wait in range(WAITS):
            for _ in range(TRIES):
                drawn = self._drawn(people, moment + 0.5 * wait, before)
                if not _collide(drawn, nearby):
                    return drawn
        return []

    def _drawn(self, people: Sequence[Person], starts: float, before: int) -> list[Passer]:
        rng, crowd = self._rng, self._crowd
        away = bool(rng.random() < crowd.away)
        points = self._way()
        speed = float(rng.uniform(*crowd.speeds))
        abreast = float(rng.uniform(0.62, 0.85))
        found = []
        for index, person in enumerate(people):
            aside, behind = abreast * (index - (len(people) - 1) / 2), float(rng.uniform(-0.25, 0.25)) if index else 0.0
            own = [(x + aside, z + behind) for x, z in points]
            trail = Trail.through(own[::-1] if away else own)
            found.append(Passer(
                before + index + 1, person.id, len(person.portraits) - 1, starts, trail, _gait(speed, rng),
                float(rng.uniform(1.56, 1.86)), _face(rng), trail,
                HATS[rng.integers(len(HATS))] if rng.random() < crowd.hats else None,
                MASKS[rng.integers(len(MASKS))] if rng.random() < crowd.masks else None,
                self._glance(trail.length / speed), (0.0, 0.0), _habit(rng),
            ))  # fmt: skip
        return found

    def _way(self) -> list[Ground]:
        """Out of one edge of the picture, then towards the camera; or first to the other side."""
        rng, view = self._rng, self._view
        side = float(rng.choice([-1.0, 1.0]))
        nearest = _exit(view)
        far = max(FARTHEST, nearest + 3)
        z = float(rng.uniform(far - 2.5, far))
        start = (side * (view.half_width(z, 1.7) + 0.6), z)
        half = view.half_width(max(nearest, 0.5), 1.5)
        middle = nearest + (z - nearest) * float(rng.uniform(0.5, 0.68))
        crosses = rng.random() < self._crowd.crossing
        bend = (side * float(rng.uniform(-0.6, -0.1) if crosses else rng.uniform(0.2, 1.4)), middle)
        end = side * float(rng.uniform(-0.9, -0.3) if crosses else rng.uniform(-0.5, 0.8)) * min(1.0, half)
        return [start, bend, (end, nearest)]

    def _glance(self, lasts: float) -> tuple[Turn, ...]:
        if self._rng.random() >= self._crowd.glances:
            return ()
        degrees = float(self._rng.uniform(20, 50) * self._rng.choice([-1, 1]))
        moment = float(self._rng.uniform(0.2, 0.8)) * lasts
        return (Turn(second=moment, to=degrees, lasts=float(self._rng.uniform(0.5, 1.8))),)


def _collide(group: Sequence[Passer], others: Sequence[Passer]) -> bool:
    """Whether anybody of a group comes too near to anybody else."""
    begin, end = min(one.starts for one in group), max(one.ends for one in group)
    there = [one for one in others if one.starts < end and one.ends > begin]
    if not there:
        return False
    for moment in np.arange(begin, end, GLANCE):
        spots = [one.trail.at(one.walked(float(moment))) for one in there if one.walking(float(moment))]
        for one in group:
            here = one.trail.at(one.walked(float(moment)))
            if any(math.dist(here, spot) < APART for spot in spots):
                return True
    return False


def _exit(view: View) -> float:
    """How near the camera somebody's head has left the picture, metres."""
    steep = math.tan(min(view.tilt + math.atan(view.height / 2 / view.focal), 1.5))
    below = (view.raised - 1.6) / steep if steep > 0 else 0.0
    return max(1.2, below, (0.8 + view.raised * max(0.0, -math.sin(view.tilt))) / math.cos(view.tilt))


def _gait(speed: float, rng: Generator) -> Gait:
    return Gait(
        speed=speed * float(rng.uniform(0.98, 1.02)),
        stride=float(rng.uniform(1.3, 1.55)),
        tilt=float(rng.normal(0, 0.025)),
        turn=0.0,
        phase=float(rng.uniform(0, math.tau)),
    )


def _face(rng: Generator) -> float:
    return 0.21 * float(rng.uniform(0.96, 1.05))


def _habit(rng: Generator) -> Habit:
    return Habit(
        float(rng.uniform(2, 8)), float(rng.uniform(2.5, 6)), float(rng.uniform(0, math.tau)), float(rng.normal(0, 2.5))
    )

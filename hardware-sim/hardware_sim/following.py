"""How well people are followed: searches per passage and exchanges, over scripted throngs, in lock-step.

A calibration needs the searches per passage: a track that breaks gives a stranger another draw. The product's own
tracker and choice of samples run, on boxes alone; every sample is of the same picture.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator

from edge.domain.capture import Frame, Instant, Picture
from edge.domain.face import Face
from edge.measure.calibrate import poisson_upper
from edge.steps import best_shot, follow
from edge.steps.best_shot import Choosing
from edge.steps.follow import Following, Scene, Track
from hardware_sim.clock import BEGIN
from hardware_sim.throng import FPS, Eyes, Glimpse, Looker, Throng, walk

ELIGIBLE_PIXELS: Final = 60.0
ELIGIBLE_SECONDS: Final = 0.8
"""A passage counts once its face was well visible and high enough for so long."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under which a throng is followed."""

    name: str
    fps: float = FPS
    eyes: Eyes = field(default_factory=Eyes)
    bursts: float = 0.0
    """Share of the time in which no frame comes, in gaps of 0.2 to 0.8 seconds."""
    throng: Throng = field(default_factory=Throng)


DENSE: Final = Throng(every=1.2, group_sizes=(0.2, 0.35, 0.25, 0.2))
ALL: Final = (
    Conditions("25 frames a second, 10 % missed"),
    Conditions("25 frames a second, 20 % missed", eyes=Eyes(misses=0.2)),
    Conditions("10 frames a second, 10 % missed", fps=10),
    Conditions("5 frames a second, 10 % missed", fps=5),
    Conditions("5 frames a second, 20 % missed", fps=5, eyes=Eyes(misses=0.2)),
    Conditions("frames missing in bursts, 15 % missed", bursts=0.3, eyes=Eyes(misses=0.15)),
    Conditions("dense groups abreast, 10 % missed", throng=DENSE),
    Conditions("dense groups, 10 frames a second, 20 % missed", fps=10, eyes=Eyes(misses=0.2), throng=DENSE),
)


@dataclass(slots=True)
class Tally:
    """What came of it."""

    passages: int = 0
    """That were eligible."""
    searched: int = 0
    """Eligible passages that were searched at all."""
    searches: int = 0
    """Of anybody."""
    again: int = 0
    """Searches beyond the first of the same passage, and those of nobody."""
    exchanges: int = 0
    """Times that a track went over from one person to another."""
    mixed: int = 0
    """Searches with samples of more than one person."""

    def add(self, other: Tally) -> None:
        """Sum up."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def per_passage(self) -> float:
        """Searches for each passage that was searched."""
        return 1 + self.again / max(1, self.searches - self.again)

    @property
    def at_most(self) -> float:
        """The same, as an upper bound, with 97.5 % confidence (Poisson)."""
        return 1 + poisson_upper(self.again) / max(1, self.searches - self.again)

    def as_json(self) -> dict[str, float]:
        """For machines."""
        counts = {name: float(getattr(self, name)) for name in self.__slots__}
        return counts | {"searches_per_passage": self.per_passage, "at_most": self.at_most}

    def line(self) -> str:
        """For people."""
        return (
            f"passages {self.passages}, never searched {self.passages - self.searched}, searches {self.searches}, "
            f"per passage {self.per_passage:.3f} (at most {self.at_most:.3f}), exchanges {self.exchanges}, "
            f"mixed {self.mixed}"
        )


def run(seed: int, scenes: int, *, as_json: bool, rules: Following | None = None) -> int:
    """Print what came of each of the conditions, and of all."""
    results = {conditions.name: Tally() for conditions in ALL} | {"all": Tally()}
    for number in range(scenes):
        for throng in dict.fromkeys(conditions.throng for conditions in ALL):
            frames = walk(throng, np.random.default_rng([seed, number]))
            for conditions in (one for one in ALL if one.throng == throng):
                tally = followed(conditions, frames, np.random.default_rng([seed, number, 1]), rules or Following())
                results[conditions.name].add(tally)
                results["all"].add(tally)
    if as_json:
        print(json.dumps({name: tally.as_json() for name, tally in results.items()}, indent=2))
    else:
        for name, tally in results.items():
            print(f"{name}: {tally.line()}")
    return 0


def followed(conditions: Conditions, frames: Sequence[Sequence[Glimpse]], rng: Generator, rules: Following) -> Tally:
    """One throng through tracker and choice of samples."""
    looker = Looker(conditions.eyes, rng, conditions.throng.view)
    bench = _Bench(rules)
    for number in _numbers(conditions, len(frames), rng):
        bench.see(looker.look(frames[number]), number / FPS)
    return bench.tally(_eligible(frames))


class _Bench:
    """The frame path from boxes to searches, with the truth carried along."""

    def __init__(self, rules: Following) -> None:
        self._rules, self._choosing, self._scene = rules, Choosing(), Scene()
        self._picture = _texture()
        self._owners: dict[int, int | None] = {}
        self._shown: dict[int, set[int | None]] = {}
        self._searches: list[set[int | None]] = []
        self._exchanges = 0

    def see(self, found: Sequence[tuple[int | None, Face]], seconds: float) -> None:
        at = Instant(BEGIN + timedelta(seconds=seconds), timedelta(seconds=1000 + seconds))
        frame = Frame(round(seconds * FPS), at, self._picture, self._picture)
        faces = [face for _, face in found]
        whose = {id(face): passage for passage, face in found}
        for track, face in follow.advance(self._scene, faces, at, self._rules):
            self._own(track, whose[id(face)])
            if best_shot.offer(track, face, frame, _same, self._choosing):
                self._shown.setdefault(track.number, set()).add(whose[id(face)])
        for track in best_shot.due(self._scene, at, self._choosing):
            self._searches.append(self._shown.pop(track.number))
            track.searched = at
            track.forget_samples()

    def _own(self, track: Track, passage: int | None) -> None:
        if track.number in self._owners and self._owners[track.number] != passage:
            self._exchanges += 1
        self._owners[track.number] = passage

    def tally(self, eligible: set[int]) -> Tally:
        firsts: Counter[int] = Counter()
        again = 0
        for people in self._searches:
            named = [person for person in people if person is not None]
            again += not named or all(firsts[person] for person in named)
            firsts.update(named)
        return Tally(
            passages=len(eligible),
            searched=len(eligible & set(firsts)),
            searches=len(self._searches),
            again=again,
            exchanges=self._exchanges,
            mixed=sum(len(people) > 1 for people in self._searches),
        )


def _same(frame: Frame, face: Face) -> Face | None:
    """The close-up, on which only a face is one."""
    return replace(face, score=0.99) if face.score >= 0.5 else None


def _numbers(conditions: Conditions, frames: int, rng: Generator) -> Iterator[int]:
    """The frames that come."""
    due, gap_until = 0.0, 0.0
    for number in range(frames):
        seconds = number / FPS
        if conditions.bursts and seconds >= gap_until and rng.random() < conditions.bursts / FPS / 0.5:
            gap_until = seconds + rng.uniform(0.2, 0.8)
        if seconds + 1e-9 >= due and seconds >= gap_until:
            due = seconds + 1 / conditions.fps
            yield number


def _eligible(frames: Sequence[Sequence[Glimpse]]) -> set[int]:
    good = Counter(
        one.passage for seen in frames for one in seen if one.visible >= 0.9 and one.box.height >= ELIGIBLE_PIXELS
    )
    return {passage for passage, count in good.items() if count >= ELIGIBLE_SECONDS * FPS}


def _texture() -> Picture:
    """A picture that any sample of it is good enough."""
    rng = np.random.default_rng(0)
    luma = cv2.GaussianBlur(rng.integers(16, 235, (1080, 1920), dtype=np.uint8), (5, 5), 0).astype(np.uint8)
    half = (540, 960)
    return Picture(luma, np.full(half, 120, np.uint8), np.full(half, 136, np.uint8))

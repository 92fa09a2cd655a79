"""How soon the sight notices what is wrong with a lens, and how often it is wrong about one with which nothing is.

The sight's own door is shown composed scenes, people and cars in them, a frame a second as it asks for. Faults are
drawn anew for every seed, at a moment and of a severity of the seed's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np

from edge.adapters.tflite import Detector
from edge.domain.capture import Frame, Picture
from edge.domain.errors import Reason
from edge.measure.calibrate import poisson_upper
from edge.safeguards.sight import Sight
from edge.settings import shared
from hardware_sim.clock import SteppedClock
from hardware_sim.composer import Composer
from hardware_sim.harmless import Course, Happening
from hardware_sim.lens import Lens, drawn
from hardware_sim.rates import Rate
from hardware_sim.stage import set_stage
from hardware_sim.video import Video

LIMIT: Final = 60
"""Seconds within which a fault is to be noticed."""
SCENES: Final = 4
"""Composed, and taken in turn: their streets differ, and who walks in them."""
LOOK: Final = timedelta(seconds=1)
SHOWN: Final = {
    Lens.CAP: {Reason.VIEW_DARK},
    Lens.PAINT: {Reason.VIEW_EMPTY},
    Lens.LAMP: {Reason.VIEW_GLARING},
    Lens.SUN: {Reason.VIEW_GLARING, Reason.VIEW_EMPTY, Reason.VIEW_BLURRED},
    Lens.GREASE: {Reason.VIEW_BLURRED, Reason.VIEW_EMPTY},
    Lens.DEFOCUS: {Reason.VIEW_BLURRED},
    Lens.DROPS: {Reason.VIEW_SPOTTED, Reason.VIEW_BLURRED},
    Lens.TURNED: {Reason.VIEW_MOVED, Reason.VIEW_STRANGE},
    Lens.AWAY: {Reason.VIEW_MOVED, Reason.VIEW_STRANGE},
}
"""What a person would call it as well."""

Source = Callable[[int], Picture]
"""The small stream at a second."""


class Viewer:
    """A sight and its clock."""

    def __init__(self) -> None:
        self._clock, self._hidden = SteppedClock(), np.zeros((0, 0), np.uint8)
        self.sight = Sight()
        self.sight.watch_for("measured")

    def look(self, picture: Picture) -> Reason | None:
        """A second goes by, and a frame is judged."""
        self._clock.advance(LOOK)
        if self._hidden.shape != picture.y.shape:
            self._hidden = np.zeros(picture.y.shape, np.uint8)
        now = self._clock.now()
        self.sight.look(Frame(1, now, picture, picture), self._hidden, now)
        return self.sight.lost


@dataclass(slots=True)
class Noticed:
    """One kind of fault."""

    delays: list[int] = field(default_factory=list)
    missed: int = 0
    early: int = 0
    """Something was said before it."""
    named: int = 0
    """What was said is what a person would call it."""

    @property
    def runs(self) -> int:
        """All of them."""
        return len(self.delays) + self.missed + self.early

    def line(self, lens: Lens) -> str:
        """For a person."""
        low, high = Rate(len(self.delays), self.runs).interval()
        delays = sorted(self.delays)
        spans = f"{delays[len(delays) // 2]:>7d} {delays[-1]:>7d}" if delays else f"{'-':>7} {'-':>7}"
        share = f"{len(delays)}/{self.runs} ({100 * low:.0f}-{100 * high:.0f} %)"
        return f"{lens.value:<10} {share:>20} {spans} {self.named:>7d} {self.early:>6d}"


def noticed(lens: Lens, source: Source, seed: int, tally: Noticed) -> None:
    """One fault in one scene."""
    rng, viewer = np.random.default_rng([seed, list(Lens).index(lens)]), Viewer()
    effect, begins = drawn(lens, rng), int(rng.integers(30, 60))
    start = int(rng.integers(0, 1000))
    for second in range(begins):
        if viewer.look(source(start + second)) is not None:
            tally.early += 1
            return
    for second in range(begins, begins + LIMIT + 1):
        lost = viewer.look(effect.over(source(start + second)))
        if lost is not None:
            tally.delays.append(second - begins)
            tally.named += lost in SHOWN[lens]
            return
    tally.missed += 1


def alarms(course: Course, source: Source, seed: int, minutes: float) -> Iterator[Reason]:
    """What was said although nothing was wrong, once for each time."""
    lasts = minutes * 60
    rng, viewer = np.random.default_rng([seed, 100 + list(Course).index(course)]), Viewer()
    happening, before = Happening(course, rng, lasts), None
    for second in range(int(lasts)):
        picture = source(second)
        lost = viewer.look(Picture(happening.over(picture.y, second), picture.u, picture.v))
        if lost is not None and before is None:
            yield lost
        before = lost


def composed(pictures: Path, people: Path | None) -> list[Source]:
    """Scenes, each without end."""
    detector = Detector(shared("models"))
    return [_of(set_stage(seed, detector.detect_rgb, pictures, people).composer()) for seed in range(1, SCENES + 1)]


def _of(composer: Composer) -> Source:
    """The scene's seconds, rendered once; whoever walked away comes again."""
    fps = round(composer.scene.settings.fps)
    seconds = [_copied(composer.render(number).small) for number in range(0, composer.scene.frames, fps)]
    return lambda second: seconds[second % len(seconds)]


def _copied(picture: Picture) -> Picture:
    return Picture(picture.y.copy(), picture.u.copy(), picture.v.copy())


def filmed(path: Path) -> Source:
    """A film of a camera that stands still, again and again."""
    seconds: list[Picture] = []
    for shot in Video(path).shots():
        if shot.offset >= LOOK * len(seconds):
            seconds.append(shot.pictures().small)
    return lambda second: seconds[second % len(seconds)]


def run(seeds: Sequence[int], minutes: float, sources: Sequence[Source]) -> int:
    """Print both tables; no ``minutes``, no second one. Returns 1 if something was missed, or said without a fault."""
    wrong = faults(seeds, sources)
    return int(wrong + (nothing(seeds, minutes, sources) if minutes else 0) > 0)


def faults(seeds: Sequence[int], sources: Sequence[Source]) -> int:
    """How soon each kind is noticed. Returns how many were not."""
    print(f"{'fault':<10} {'noticed in 60 s':>20} {'median':>7} {'longest':>7} {'named':>7} {'before':>6}", flush=True)
    wrong = 0
    for lens in SHOWN:
        tally = Noticed()
        for seed in seeds:
            noticed(lens, sources[seed % len(sources)], seed, tally)
        wrong += tally.missed + tally.early
        print(tally.line(lens), flush=True)
    return wrong


def nothing(seeds: Sequence[int], minutes: float, sources: Sequence[Source]) -> int:
    """How often something is said without a fault. Returns how often it was."""
    print(f"{'nothing':<10} {'hours':>6} {'alarms':>7} {'at most an hour (97.5 %)':>25}", flush=True)
    wrong = 0
    for course in Course:
        said = [why for seed in seeds for why in alarms(course, sources[seed % len(sources)], seed, minutes)]
        hours = len(seeds) * minutes / 60
        wrong += len(said)
        names = ", ".join(sorted({why.value for why in said}))
        most = poisson_upper(len(said)) / hours
        print(f"{course.value:<10} {hours:>6.2f} {len(said):>7d} {most:>25.1f} {names}", flush=True)
    return wrong

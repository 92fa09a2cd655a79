"""How fast a scenario is drawn: frames a second of one and of two processes, beside those that its camera gives.

A film is drawn by one thread. Two processes draw every other frame each, as two films of the same file do; their rate
is that of the slower one.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import cv2

from edge.adapters.tflite import Detector
from hardware_sim.composed.cast import opened

SECONDS: Final = 20.0
"""Of the scene, from its middle, that are drawn."""
WARM: Final = 25
"""Frames drawn before the clock starts: what lasts is drawn once."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What came out."""

    processes: int
    frames: int
    seconds: float
    """By the wall clock, of the slowest process."""
    processor: float
    """Milliseconds of processor time, a frame."""
    asked: float
    """Frames a second of the scene."""
    people: float
    """In view, on average."""

    @property
    def rate(self) -> float:
        """Frames a second, of all processes."""
        return self.frames / self.seconds

    def line(self) -> str:
        """For people."""
        return (
            f"{self.processes} process{'es' if self.processes > 1 else ''}: {self.rate:.1f} frames a second,"
            f" {self.rate / self.asked:.2f} times real time at {self.asked:g} fps;"
            f" {self.processor:.1f} ms of processor time a frame: real time takes"
            f" {self.processor * self.asked / 1000:.2f} of a core; {self.people:.1f} people in view"
        )


@dataclass(frozen=True, slots=True)
class _Part:
    scenario: Path
    models: Path
    pictures: Path
    first: int
    every: int


def run(scenario: Path, models: Path, pictures: Path, *, as_json: bool) -> None:
    """Draw with one process, then with two, and say how fast."""
    found = [_measured(scenario, models, pictures, processes) for processes in (1, 2)]
    if as_json:
        print(json.dumps([asdict(one) | {"rate": one.rate, "real_time": one.rate / one.asked} for one in found]))
    else:
        print("\n".join(one.line() for one in found))


def _measured(scenario: Path, models: Path, pictures: Path, processes: int) -> Speed:
    parts = [_Part(scenario, models, pictures, first, processes) for first in range(processes)]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        done = pool.map(_drawn, parts, chunksize=1)
    frames = sum(frames for frames, *_ in done)
    spent = 1000 * sum(spent for _, _, spent, *_ in done) / frames
    slowest, people = max(seconds for _, seconds, *_ in done), sum(people for *_, people in done) / frames
    return Speed(processes, frames, slowest, spent, done[0][3], people)


def _drawn(part: _Part) -> tuple[int, float, float, float, int]:
    """Frames drawn, seconds by the wall, seconds of the processor, the scene's rate, people seen."""
    cv2.setNumThreads(1)
    film = opened(part.scenario, Detector(part.models).detect_rgb, part.pictures)
    fps = film.layout.file.camera.fps
    count = min(film.frames, max(1, round(SECONDS * fps)))
    begin = (film.frames - count) // 2
    for number in range(max(0, begin - WARM), begin):
        film.render(number)
    numbers = range(begin + part.first, begin + count, part.every)
    wall, spent = time.perf_counter(), time.process_time()
    for number in numbers:
        film.render(number)
    wall, spent = time.perf_counter() - wall, time.process_time() - spent
    people = sum(len(film.layout.register.walking(number / fps)) for number in numbers)
    return len(numbers), wall, spent, fps, people

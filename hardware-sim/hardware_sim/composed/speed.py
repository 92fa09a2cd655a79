"""How fast a scenario is drawn: frames a second of one and of two processes, beside those that its camera gives.

A film is drawn by one thread. Two processes draw every other frame each, as two films of the same file do; their rate
is that of the slower one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import cv2
import msgspec

from edge.adapters.tflite import Detector
from edge.domain.errors import Misconfigured
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


def run(scenario: Path, models: Path, pictures: Path, *, as_json: bool) -> None:
    """Draw with one process, then with two, and say how fast."""
    found = [_measured(scenario, models, pictures, processes) for processes in (1, 2)]
    if as_json:
        print(json.dumps([asdict(one) | {"rate": one.rate, "real_time": one.rate / one.asked} for one in found]))
    else:
        print("\n".join(one.line() for one in found))


def _measured(scenario: Path, models: Path, pictures: Path, processes: int) -> Speed:
    command = [sys.executable, "-m", "hardware_sim.composed.speed", str(scenario), str(models), str(pictures)]
    parts = [
        subprocess.Popen([*command, str(first), str(processes)], stdout=subprocess.PIPE, text=True)
        for first in range(processes)
    ]
    said = [part.communicate()[0] for part in parts]
    if any(part.returncode for part in parts):
        raise Misconfigured(f"{scenario} could not be drawn.", "See what the process above says.")
    done = [msgspec.json.decode(one, type=_Drawn) for one in said]
    frames = sum(one.frames for one in done)
    spent = 1000 * sum(one.processor for one in done) / frames
    people = sum(one.people for one in done) / frames
    return Speed(processes, frames, max(one.seconds for one in done), spent, done[0].asked, people)


class _Drawn(msgspec.Struct):
    """What one process says."""

    frames: int
    seconds: float
    processor: float
    """Seconds."""
    asked: float
    people: int


def _drawn(scenario: Path, models: Path, pictures: Path, first: int, every: int) -> _Drawn:
    """Draw every so many frames, in this process, on one core."""
    cv2.setNumThreads(1)
    film = opened(scenario, Detector(models).detect_rgb, pictures)
    fps = film.layout.file.camera.fps
    count = min(film.frames, max(1, round(SECONDS * fps)))
    begin = (film.frames - count) // 2
    for number in range(max(0, begin - WARM), begin):
        film.render(number)
    numbers = range(begin + first, begin + count, every)
    wall, spent = time.perf_counter(), time.process_time()
    for number in numbers:
        film.render(number)
    wall, spent = time.perf_counter() - wall, time.process_time() - spent
    people = sum(len(film.layout.register.walking(number / fps)) for number in numbers)
    return _Drawn(len(numbers), wall, spent, fps, people)


if __name__ == "__main__":
    _paths, _numbers = [Path(one) for one in sys.argv[1:4]], [int(one) for one in sys.argv[4:]]
    print(msgspec.json.encode(_drawn(_paths[0], _paths[1], _paths[2], _numbers[0], _numbers[1])).decode())

"""The loop that the Python workers share. Imports nothing that a chain does not need itself, lest it cost memory."""

from __future__ import annotations

import json
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
Found = tuple[Sequence[float], NDArray[Any]]
"""Left, top, right, bottom; features."""

LONG_ENOUGH = 0.1
"""Seconds. Where time counts, a frame is looked at again until so much has gone by, and the median is taken: what a
slow chain did before leaves the caches cold, and a camera brings the next frame at once."""
MOST_LOOKS = 5


Looks = Callable[[Frame], list[Found]]


@dataclass(frozen=True)
class Video:
    """A chain that knows people again from one frame to the next, and so does not do everything on each."""

    once: Looks
    """At a frame as if it were the first, for accuracy."""
    passage: Looks
    """At so many frames of a video in which nobody moves, for time."""
    frames: int


def serve(name: str, prepare: Callable[[], Looks | Video], shape: tuple[int, ...]) -> None:
    """Load, say so, and answer until the input ends. ``shape`` is that of a frame in the file, uint8."""
    answers = _private_output()
    file = Path(sys.argv[1])
    look = prepare()
    _say(answers, {"ready": name})
    frame = np.empty(shape, np.uint8)
    for order in sys.stdin:
        with file.open("rb", buffering=0) as opened:
            if opened.readinto(frame.data.cast("B")) != frame.nbytes:
                raise EOFError(f"{file} is not a frame of shape {shape}")
        timed, frames = order.strip() == "time", 1
        if isinstance(look, Video):
            run, frames = (look.passage, look.frames) if timed else (look.once, 1)
        else:
            run = look
        _say(answers, _looked(run, frame, LONG_ENOUGH if timed else 0.0, frames))


def _looked(look: Looks, frame: Frame, long_enough: float, frames: int) -> dict[str, object]:
    seconds, cpu, begun = list[float](), list[float](), time.perf_counter()
    while True:
        start, start_cpu = time.perf_counter(), time.process_time()
        found = look(frame)
        cpu.append(time.process_time() - start_cpu)
        seconds.append(time.perf_counter() - start)
        if len(seconds) == MOST_LOOKS or time.perf_counter() - begun > long_enough:
            break
    return {
        "seconds": statistics.median(seconds) / frames,
        "cpu": statistics.median(cpu) / frames,
        "peak": peak(),
        "found": [{"box": [float(side) for side in box], "features": features.tolist()} for box, features in found],
    }


def peak() -> int:
    """The most memory that this process ever held resident, bytes.

    ``ru_maxrss`` would count the parent's, which a child holds until it becomes another program.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def _private_output() -> TextIO:
    """The standard output for answers alone: libraries that print go to standard error."""
    kept = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return kept


def _say(answers: TextIO, answer: dict[str, object]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()

"""Writes a film as H.264 in MP4, and the truth about it as JSON lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from edge.domain.errors import Misconfigured
from hardware_sim.composed.film import Film
from hardware_sim.h264 import writing


def write(film: Film, path: Path, megabits: float, progress: Callable[[int], None] = lambda _: None) -> None:
    """All frames as H.264 of so many megabits a second. Raises Misconfigured where the file cannot be written."""
    camera = film.layout.file.camera
    with writing(path, camera.resolution, camera.fps, megabits) as put:
        for number in range(film.frames):
            put(film.render(number).main, film.offset(number))
            progress(number + 1)


def write_truth(film: Film, path: Path) -> None:
    """A line for the scene, one for each frame, one for each passage. Raises Misconfigured."""
    layout = film.layout
    first = {
        "scene": layout.file.says, "seed": layout.file.seed, "fps": layout.file.camera.fps, "frames": film.frames,
        "size": layout.file.camera.resolution, "listed": sorted(layout.listed),
    }  # fmt: skip
    try:
        with path.open("wb") as lines:
            lines.write(msgspec.json.encode(first) + b"\n")
            for number in range(film.frames):
                lines.write(msgspec.json.encode(film.truth(number)) + b"\n")
            for passage in layout.passages:
                lines.write(msgspec.json.encode(passage) + b"\n")
    except OSError as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}.", "Name a writable file.") from error

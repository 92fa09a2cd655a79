"""Writes a truth for a person to finish: a passage for each face that the device followed through a film."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from edge.domain.errors import Misconfigured
from hardware_sim.replay import Passage, Replay
from hardware_sim.video import Video

LEAST: Final = 3
"""Frames; what was seen in fewer is left out."""
HEAD: Final = """\
# Who goes by in this film. Times are seconds from its beginning.
#
# 1. Below [people.NAME] name those who are on the list, with the pictures that they are enrolled from.
# 2. Give each of their passages a line person = "NAME". A passage without one is of somebody else.
# 3. Add passages that are missing, and delete what is no face. Two rows of one passage become one.

film = {film}

# [people.anna]
# pictures = ["anna.jpg"]
"""


def write(film: Path, out: Path, models: Path, calibration: Path) -> int:
    """Follow the faces of a film, and write the draft; returns the number of passages. Raises Misconfigured."""
    if out.exists():
        raise Misconfigured(f"{out} is there already.", "Name another file: somebody may have worked on this one.")
    video = Video(film)
    with tempfile.TemporaryDirectory(prefix="lamppost-annotate-") as folder:
        replay = Replay.of(video, Path(folder), models, calibration)
        replay.play()
    kept = sorted((one for one in replay.passages.values() if one.frames >= LEAST), key=lambda one: one.first)
    try:
        beside = film.resolve().relative_to(out.parent.resolve())
    except ValueError:
        beside = film.resolve()
    text = HEAD.format(film=_quoted(str(beside))) + "".join(_row(one, video.width, video.height) for one in kept)
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"{out} cannot be written: {error.strerror}.", "Name a writable file.") from error
    return len(kept)


def _row(passage: Passage, width: int, height: int) -> str:
    across, down = passage.where[0] / width, passage.where[1] / height
    place = ("left", "middle", "right")[min(2, int(across * 3))], ("top", "middle", "bottom")[min(2, int(down * 3))]
    return (
        f"\n[[passages]]  # {place[1]} {place[0]} of the picture, {passage.largest:.0f} pixels high at most\n"
        f"from = {passage.first.total_seconds():.1f}\n"
        f"to = {passage.last.total_seconds() + 0.1:.1f}\n"
    )


def _quoted(text: str) -> str:
    """A TOML string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

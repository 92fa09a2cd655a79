"""Plays a film to the whole device with the truth's people on its list, and says what became of each passage."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np

from edge.adapters.tflite import Detector, Extractor
from edge.control_room.desk import Opened
from edge.domain.errors import Misconfigured
from edge.domain.face import Features
from edge.steps import align, fuse
from hardware_sim.camera import SimulatedCamera
from hardware_sim.clock import BEGIN
from hardware_sim.filmed.truth import Passage, Truth
from hardware_sim.footage import Footage
from hardware_sim.office import sealed_list
from hardware_sim.portraits import main_portrait, read
from hardware_sim.replay import DECOYS, Replay

BEFORE: Final = timedelta(seconds=0.5)
AFTER: Final = timedelta(seconds=1)
"""How far a person's eye and the device may disagree about begin and end of a passage."""


@dataclass(frozen=True, slots=True)
class Told:
    """One hit."""

    entry: str
    offset: timedelta
    """When its last sample was captured, from the start of the film."""


@dataclass(frozen=True, slots=True)
class Score:
    """What became of a film."""

    found: tuple[tuple[Passage, Told | None], ...]
    """Passages of people on the list, each with its first hit."""
    strangers: int
    """Passages of others."""
    repeated: int
    """Further hits of a passage that had one."""
    false: tuple[Told, ...]
    """Hits that no passage explains."""

    @property
    def missed(self) -> int:
        """Passages of listed people without a hit."""
        return sum(told is None for _, told in self.found)

    def lines(self) -> list[str]:
        """For people."""
        said = [
            f"{passage.person}: {_span(passage)}: "
            + ("missed" if told is None else f"hit at {_seconds(told.offset)} s")
            for passage, told in self.found
        ]
        said += [
            f"{told.entry}: hit at {_seconds(told.offset)} s, where nobody of that name goes by" for told in self.false
        ]
        said.append(
            f"passages of people on the list {len(self.found)}, found {len(self.found) - self.missed}, missed "
            f"{self.missed}; passages of others {self.strangers}; hits that are false {len(self.false)}, "
            f"repeated {self.repeated}"
        )
        return said


def score(truth: Truth, told: Sequence[Told]) -> Score:
    """Hold hits against the truth."""
    left = sorted(told, key=lambda one: one.offset)
    found: list[tuple[Passage, Told | None]] = []
    repeated = 0
    for passage in truth.passages:
        if passage.person is None:
            continue
        mine = [one for one in left if one.entry == passage.person
                and passage.begins - BEFORE <= one.offset <= passage.ends + AFTER]  # fmt: skip
        left = [one for one in left if one not in mine]
        repeated += max(0, len(mine) - 1)
        found.append((passage, mine[0] if mine else None))
    strangers = sum(passage.person is None for passage in truth.passages)
    return Score(tuple(found), strangers, repeated, tuple(left))


def play(truth: Truth, footage: Footage, models: Path, calibration: Path) -> Score:
    """Play the film. Raises Misconfigured where somebody cannot be enrolled."""
    detector, extractor = Detector(models), Extractor(models)
    volunteers = [(name, _enrolled(name, pictures, detector, extractor)) for name, pictures in truth.people.items()]
    with tempfile.TemporaryDirectory(prefix="lamppost-replay-") as folder:
        sealed = sealed_list(volunteers, decoys=DECOYS - len(volunteers), embedder=extractor.identity, built=BEGIN)
        replay = Replay.of(footage, Path(folder), models, calibration, sealed=sealed)
        replay.play()
        return score(truth, _told(replay, replay.site.hits))


def run(truth: Truth, footage: Footage, models: Path, calibration: Path) -> int:
    """Play, and print what became of each passage. Returns 1 where somebody was missed or wrongly found."""
    outcome = play(truth, footage, models, calibration)
    print("\n".join(outcome.lines()))
    return int(outcome.missed > 0 or bool(outcome.false))


def _told(replay: Replay, hits: Sequence[Opened]) -> list[Told]:
    camera = replay.site.device.camera
    assert isinstance(camera, SimulatedCamera)
    assert camera.start is not None
    start = camera.start.wall
    return [Told(hit.content.entry, hit.content.captured - start) for hit in hits]


def _enrolled(name: str, pictures: Sequence[Path], detector: Detector, extractor: Extractor) -> Features:
    rows = []
    for path in pictures:
        portrait = main_portrait(read(path), detector.detect_rgb)
        if portrait is None:
            raise Misconfigured(f"No face was found on {path}, of {name}.", "Use a picture that shows the face large.")
        rows.append(extractor.extract([align.aligned_rgb(portrait.still, portrait.face.landmarks)])[0])
    return fuse.mean(np.stack(rows))


def _span(passage: Passage) -> str:
    return f"{_seconds(passage.begins)} to {_seconds(passage.ends)} s"


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():.1f}"

"""What the product's own models make of a camera's film, by day and under each degradation: same people, same ways.

Everybody of the cast passes once, alone, before the camera of a file; its ``[[walkers]]`` and ``[[crowds]]`` are put
aside. Of each passage some frames are looked at as the product does: the detector on the small stream, a second look at
the main stream, the embedder on aligned samples, fused. A reference is enrolled from the undegraded photograph (another
than the one that walks, where there are two). A passage is missed where nothing was acquired, or where the comparison
score lies below the threshold that the product computes from its calibration for a list of 100 and an FPIR of 1 in 100.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.adapters.tflite import Detector, Extractor
from edge.control_room import evidence
from edge.domain.capture import Frame, Instant
from edge.domain.errors import Misconfigured, Refusal
from edge.domain.face import Face, Features
from edge.steps import align, fuse
from edge.steps.calibrate import threshold
from hardware_sim.composed.cast import gathered
from hardware_sim.composed.film import Film
from hardware_sim.composed.layout import Layout
from hardware_sim.composed.reading import read
from hardware_sim.composed.tables import File, Mask, Turn, Walkers
from hardware_sim.composed.truth import RULE
from hardware_sim.portraits import Person

LOOKS: Final = 4
"""Eligible frames of a passage that are looked at, evenly spread."""
APART: Final = 7.0
"""Seconds between one who sets out and the next."""
LENGTH: Final = 100
MAX_FPIR: Final = Decimal("0.01")
NOON: Final = Instant(datetime(2026, 6, 1, 12, tzinfo=UTC), timedelta())
NEAR: Final = 0.4
"""Overlap from which on a box is that face."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One change of a file."""

    name: str
    light: tuple[tuple[str, object], ...] = ()
    weather: tuple[tuple[str, object], ...] = ()
    camera: tuple[tuple[str, object], ...] = ()
    mask: Mask | None = None
    aside: float = 0.0
    """Degrees by which everybody looks aside."""

    def over(self, file: File, people: Sequence[Person]) -> File:
        """The file, changed, with everybody walking once, alone."""
        walkers = tuple(self._walkers(index, person) for index, person in enumerate(people))
        return msgspec.structs.replace(
            file, walkers=walkers, crowds=(), posts=(), lasts=APART * (len(people) + 1),
            light=msgspec.structs.replace(file.light, **dict(self.light)),
            weather=msgspec.structs.replace(file.weather, **dict(self.weather)),
            camera=msgspec.structs.replace(file.camera, **dict(self.camera)),
        )  # fmt: skip

    def _walkers(self, index: int, person: Person) -> Walkers:
        side = -1.0 if index % 2 else 1.0
        turns = (Turn(second=0.0, to=self.aside * side, lasts=60.0),) if self.aside else ()
        return Walkers(
            second=APART * index, person=person.id, path=((side * 1.8, 11.0), (side * 0.5, 7.5), (side * 0.4, 3.2)),
            mask=self.mask, turns=turns,
        )  # fmt: skip


CONDITIONS: Final = (
    Condition("day"),
    Condition("dusk, 6 lux", light=(("lux", 6.0), ("lamps", 0.0))),
    Condition("night, infrared", light=(("lux", 0.2), ("lamps", 0.0))),
    Condition("night, no infrared", light=(("lux", 0.4), ("lamps", 0.0)), camera=(("infrared_below", 0.0),)),
    Condition("rain, 70 mm/h", light=(("lux", 1500.0),), weather=(("rain", 70.0), ("drops", 150))),
    Condition("low sun", light=(("glare", 1.0),)),
    Condition("defocus", camera=(("focused_at", 0.9),)),
    Condition("motion blur", camera=(("shortest_exposure", 0.06), ("longest_exposure", 0.06))),
    Condition("compression", camera=(("compression", 10),)),
    Condition("turned 40 degrees", aside=40.0),
    Condition("surgical masks", mask="surgical"),
)
"""The first is what the others are held against."""


class Row(msgspec.Struct, frozen=True):
    """What came of one condition."""

    condition: str
    passages: int
    detected: float
    """Share of the looks in which the small stream's detector found the face."""
    acquired: float
    """Share of the passages with a sample at all."""
    genuine: float
    """Median score against one's own reference; of those acquired."""
    impostor: float
    """99th percentile of the scores against all others'."""
    fnir: float
    """Share of passages that are missed at the threshold."""
    threshold: float


@dataclass(frozen=True, slots=True)
class _Looked:
    detected: list[bool]
    own: list[float | None]
    others: list[float]


def measure(file: File, people: Sequence[Person], models: Path, calibration: Path, looks: int = LOOKS) -> list[Row]:
    """Film each condition, and look at so many frames of each passage. Raises Misconfigured."""
    detector, extractor = Detector(models), Extractor(models)
    references = np.stack([_reference(person, extractor) for person in people])
    found = threshold(evidence.read(calibration), "0" * 64, MAX_FPIR, LENGTH)
    if isinstance(found, Refusal):
        raise Misconfigured(
            f"{calibration} carries no FPIR of {MAX_FPIR}: {found.detail}.", "Calibrate on more people."
        )
    rows: list[Row] = []
    for condition in CONDITIONS:
        looked = _looked(condition.over(file, people), people, detector, extractor, references, looks)
        own = [score for score in looked.own if score is not None]
        rows.append(Row(
            condition.name, len(looked.own), round(float(np.mean(looked.detected)), 3),
            round(len(own) / len(looked.own), 3), round(float(np.median(own)), 3) if own else float("nan"),
            round(float(np.quantile(looked.others, 0.99)), 3) if looked.others else float("nan"),
            round(sum(score is None or score < found.score for score in looked.own) / len(looked.own), 3),
            round(found.score, 3),
        ))  # fmt: skip
    return rows


def run(scenario: Path, models: Path, calibration: Path, pictures: Path, folder: Path | None, *, as_json: bool) -> None:
    """Measure, and print a line for each condition. Raises Misconfigured."""
    file = read(scenario)
    if folder is not None:
        file = msgspec.structs.replace(file, people=msgspec.structs.replace(file.people, folder=str(folder.resolve())))
    people = gathered(file, scenario.parent, Detector(models).detect_rgb, pictures)
    rows = measure(file, people, models, calibration)
    if as_json:
        print(msgspec.json.encode(rows).decode())
        return
    print(f"{'condition':20} detected  acquired  genuine (median)  impostor (99 %)   FNIR, at {rows[0].threshold:.3f}")
    for row in rows:
        print(
            f"{row.condition:20} {row.detected:8.3f} {row.acquired:9.3f} {row.genuine:17.3f} {row.impostor:16.3f}"
            f" {row.fnir:7.3f}"
        )


def _reference(person: Person, extractor: Extractor) -> Features:
    portrait = person.enrolled_from
    features: Features = extractor.extract([align.aligned_rgb(portrait.still, portrait.face.landmarks)])[0]
    return features


def _looked(
    file: File, people: Sequence[Person], detector: Detector, extractor: Extractor, references: NDArray[np.float32],
    looks: int,
) -> _Looked:  # fmt: skip
    layout = Layout(file, people)
    film, looked = Film(layout), _Looked([], [], [])
    fps = file.camera.fps
    for passer in layout.register.all:
        numbers = range(round(passer.starts * fps), min(film.frames, round(passer.ends * fps)))
        good = [number for number in numbers if _large(layout, number)]
        if not good:
            continue
        samples = []
        for number in (good[round(index)] for index in np.linspace(0, len(good) - 1, looks)):
            sample = _sample(film, number, passer.passage, detector, looked)
            if sample is not None:
                samples.append(sample)
        if not samples:
            looked.own.append(None)
            continue
        scores = references @ fuse.mean(extractor.extract(samples))
        own = next(index for index, person in enumerate(people) if person.id == passer.person)
        looked.own.append(float(scores[own]))
        looked.others.extend(float(score) for index, score in enumerate(scores) if index != own)
    return looked


def _large(layout: Layout, number: int) -> bool:
    """Whether the one who walks is near and whole enough, however they look."""
    faces = layout.truth(number).faces
    return any(face.visible >= RULE.least_visible and face.face.height >= RULE.least_pixels for face in faces)


def _sample(film: Film, number: int, passage: int, detector: Detector, looked: _Looked) -> NDArray[np.uint8] | None:
    main, small = film.render(number)
    frame = Frame(number, NOON, main, small)
    box = next(face.face for face in film.truth(number).faces if face.passage == passage)
    found: list[Face] = [face for face in detector.detect(frame) if face.box.overlap(box) > NEAR]
    looked.detected.append(bool(found))
    exact = detector.refine(frame, found[0]) if found else None
    return align.aligned(main, exact.box, exact.landmarks) if exact is not None else None

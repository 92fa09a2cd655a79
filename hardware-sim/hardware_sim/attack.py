"""Presentation attacks on the product's own steps: how many go unnoticed (APCER), how many faces are flagged (BPCER).

Rates are those of ISO/IEC 30107-3, for each species of instrument and way of presenting it by itself: APCER is the
share of attacks without any cue, BPCER the share of faces with one. Presentations of which no sample was acquired are
counted apart. Each person has one presentation of a kind, so that what is counted is independent.

The settings of the cues were chosen on every other person of a folder; ``others`` are the rest. What is simulated
knows the same relief of a head, the same hands and the same paper as whoever chose the settings: the rates compare
one cue with another, and say little about real prints, screens and people.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np

from edge.adapters.pictures import files as pictures_of
from edge.adapters.tflite import Detector
from edge.domain.capture import Frame, Instant
from edge.domain.comparison import PresentationCue
from edge.measure.acquire import decode
from edge.steps import best_shot, follow, presentation
from edge.steps.best_shot import Choosing
from edge.steps.follow import Following, Scene
from edge.steps.presentation import Suspecting
from hardware_sim.clock import BEGIN
from hardware_sim.footage import Footage
from hardware_sim.instruments import Species
from hardware_sim.portraits import Portrait, main_portrait
from hardware_sim.presentations import Motion, Stage
from hardware_sim.rates import Rate
from hardware_sim.registry import gather_registry
from hardware_sim.street import street
from hardware_sim.view import View

KINDS: Final = tuple(
    (species, motion)
    for species in Species
    for motion in Motion
    if species is not Species.BONA_FIDE or motion is not Motion.FIXED
)
STREETS: Final = 3


@dataclass(slots=True)
class Tally:
    """What came of the presentations of one kind."""

    acquired: int = 0
    not_acquired: int = 0
    flagged: int = 0
    cues: Counter[PresentationCue] = field(default_factory=Counter)

    def note(self, found: Sequence[PresentationCue] | None) -> None:
        """Count one presentation; None where no sample was acquired."""
        if found is None:
            self.not_acquired += 1
            return
        self.acquired += 1
        self.flagged += bool(found)
        self.cues.update(found)

    def error(self, species: Species) -> Rate:
        """BPCER of faces, APCER of everything else."""
        wrong = self.flagged if species is Species.BONA_FIDE else self.acquired - self.flagged
        return Rate(wrong, self.acquired)


Tallies = dict[tuple[Species, Motion], Tally]


def measure(portraits: Iterator[Portrait], detector: Detector, *, attackers: int, seed: int = 1) -> Tallies:
    """Present everybody as themselves, and the first ``attackers`` by every instrument too."""
    streets = [street(View(), np.random.default_rng([seed, number])) for number in range(STREETS)]
    stages = [Stage(drawn, detector.refine, Choosing()) for drawn in streets]
    tallies: Tallies = {kind: Tally() for kind in KINDS}
    for number, portrait in enumerate(portraits):
        for index, (species, motion) in enumerate(KINDS):
            if species is not Species.BONA_FIDE and number >= attackers:
                continue
            rng = np.random.default_rng([seed, number, index])
            samples = stages[number % STREETS].present(species, motion, portrait, rng)
            tallies[species, motion].note(presentation.cues(samples, Suspecting()) if samples else None)
    return tallies


def people_of(source: Path, detector: Detector, most: int, *, others: bool) -> Iterator[Portrait]:
    """A portrait of every other person of a folder or tar archive; ``others``: of those on whom nothing was tuned."""
    seen: dict[str, int] = {}
    taken: set[str] = set()
    for person, name, raw in pictures_of(source):
        number = seen.setdefault(person, len(seen))
        if len(taken) == most or number % 2 != others or person in taken:
            continue
        made = main_portrait(decode(name, raw), detector.detect_rgb)
        if made is not None:
            taken.add(person)
            yield made


def cast(pictures: Path, detector: Detector, most: int) -> Iterator[Portrait]:
    """The built-in cast, on whom nothing was tuned."""
    yield from [person.portraits[-1] for person in gather_registry(pictures, detector.detect_rgb)][:most]


def in_footage(footage: Footage, detector: Detector, least_height: float) -> Tally:
    """The faces of a film, none of which is a picture, through the product's path up to the search, which is left out.

    A face that stays is looked at again and again, as if it had just come: these counts are not independent.
    """
    scene, tally, choosing = Scene(), Tally(), Choosing(least_height=least_height)
    last = timedelta()

    def take(at: Instant) -> None:
        for track in best_shot.due(scene, at, choosing):
            tally.note(presentation.cues(track.samples, Suspecting()))
            track.forget_samples()
            track.eligible_since = None

    for number, shot in enumerate(footage.shots()):
        last, taken = shot.offset, shot.pictures()
        frame = Frame(number, Instant(BEGIN, timedelta()).later(last), taken.main, taken.small)
        for track, face in follow.advance(scene, detector.detect(frame), frame.captured, Following()):
            best_shot.offer(track, face, frame, detector.refine, choosing)
        take(frame.captured)
    take(Instant(BEGIN, timedelta()).later(last + choosing.watch_for))
    return tally


def as_text(tallies: Tallies) -> str:
    """For a person."""
    lines = [f"{'':30} shown  lost  {'rate of errors, 95 % interval':30} cues"]
    for (species, motion), tally in tallies.items():
        name = "BPCER" if species is Species.BONA_FIDE else "APCER"
        shown = tally.acquired + tally.not_acquired
        lines.append(
            f"{species.value + ', ' + motion.value:30} {shown:5} {tally.not_acquired:5}  "
            f"{name} {tally.error(species)!s:24} {said(tally)}"
        )
    whole = [tallies[kind] for kind in KINDS if kind[0] is Species.BONA_FIDE]
    both = Rate(sum(tally.flagged for tally in whole), sum(tally.acquired for tally in whole))
    return "\n".join([*lines, f"all faces: BPCER {both}"])


def said(tally: Tally) -> str:
    """How often each cue was given."""
    return ", ".join(f"{cue.value} {count}" for cue, count in tally.cues.most_common())


def as_json(tallies: Tallies) -> str:
    """For a programme."""
    rows = [
        {
            "species": species.value,
            "motion": motion.value,
            "acquired": tally.acquired,
            "not_acquired": tally.not_acquired,
            "rate": "BPCER" if species is Species.BONA_FIDE else "APCER",
            "value": round(tally.error(species).share, 4) if tally.acquired else None,
            "interval": [round(bound, 4) for bound in tally.error(species).interval()],
            "cues": {cue.value: tally.cues[cue] for cue in PresentationCue},
        }
        for (species, motion), tally in tallies.items()
    ]
    return json.dumps(rows, indent=2)

"""The product's own eyes without processes of their own, and a place for their work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from edge.adapters.tflite import Detector, Extractor
from edge.control_room.enrolling.examining import Against, Examined, examine
from edge.control_room.enrolling.findings import Rejected
from edge.control_room.enrolling.intake import Intake, of_folder
from edge.control_room.enrolling.looking import Looker, Shot, T, Wanted
from edge.control_room.enrolling.workfile import Work
from edge.domain.authorisation import Category, ImageSource
from edge.domain.authority import Digest
from edge.domain.face import Features
from edge.steps.calibrate import Calibration

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass
class Alone:
    """Looks at one picture after the other."""

    looker: Looker
    detector: Digest
    embedder: Digest
    looked: list[object] = field(default_factory=list)

    def look(self, pictures: Iterable[tuple[T, Wanted]]) -> Iterator[tuple[T, Shot | Rejected]]:
        for tag, wanted in pictures:
            self.looked.append(tag)
            yield tag, self.looker.look(wanted)


@dataclass
class Desk:
    """The chain and a folder to enrol."""

    folder: Path
    detector: Detector
    extractor: Extractor
    calibration: Calibration

    @property
    def people(self) -> Path:
        found = self.folder / "people"
        found.mkdir(exist_ok=True)
        return found

    def alone(self, looker: Looker | None = None) -> Alone:
        eyes = looker or Looker(self.detector, self.extractor)
        return Alone(eyes, self.detector.identity, self.extractor.identity)

    def work(self, now: datetime = NOW) -> Work:
        run = self.folder / "run"
        run.mkdir(exist_ok=True)
        return Work(self.folder / "list.work", run, "chain", now)

    def examine(
        self, *leave_out: str, cohort: Features | None = None, looks: Alone | None = None, taken: Intake | None = None
    ) -> Examined:
        unit = None if cohort is None else cohort / np.linalg.norm(cohort, axis=1, keepdims=True)
        found = taken or of_folder(self.people, Category.VOLUNTEER, ImageSource.VOLUNTEER)
        against, work = Against(calibration=self.calibration, cohort=unit), self.work()
        try:
            return examine(found, looks or self.alone(), work, against, NOW, left_out=leave_out)
        finally:
            work.close()

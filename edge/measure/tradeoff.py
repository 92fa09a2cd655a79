"""What more samples of a passage, more pictures of a reference, and mirror images buy in FNIR, and cost in time.

All rows have the same people enrolled, those with pictures enough for the longest row; the pictures of one person stand
for the samples of a passage, which agree more among each other than those do: what fusion buys on a street is less.
Strangers with fewer pictures search with those they have. Time is the processor's on one core, in this very run, and in
units of one look of the detector at one picture: what a passage costs besides its frames.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

import numpy as np

from edge.domain.authority import Digest
from edge.domain.face import Face, Features
from edge.measure.acquire import Acquired, Detects, Extracts, Image
from edge.measure.errata import Errata
from edge.measure.openset import Folds, Setting, divide, pooled, rates
from edge.measure.report import percent
from edge.measure.resample import Estimate, draw

SAMPLES: Final = (1, 3, 5)
REFERENCES: Final = (1, 3)
MIRRORED: Final = ("neither", "references", "both")
ENTRIES: Final = 100

Result = TypeVar("Result")


@dataclass(slots=True)
class Timed:
    """Detector and embedder on a stop-watch of processor time."""

    detector: Detects
    extractor: Extracts
    spent: dict[str, float] = field(default_factory=lambda: dict.fromkeys(("detect", "refine", "extract"), 0.0))
    """Seconds."""
    calls: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("detect", "refine", "extract"), 0))
    """Pictures, for the embedder."""

    @property
    def identity(self) -> Digest:
        """The detector's."""
        return self.detector.identity

    def detect_rgb(self, image: Image) -> list[Face]:
        """Faces of a picture."""
        return self._timed("detect", 1, lambda: self.detector.detect_rgb(image))

    def refine_rgb(self, image: Image, face: Face) -> Face | None:
        """The second look."""
        return self._timed("refine", 1, lambda: self.detector.refine_rgb(image, face))

    def extract(self, aligned: list[Image]) -> Features:
        """Features."""
        return self._timed("extract", len(aligned), lambda: self.extractor.extract(aligned))

    def each(self, what: str) -> float:
        """Mean time in units of the detector's look."""
        look = self.spent["detect"] / max(1, self.calls["detect"])
        return self.spent[what] / max(1, self.calls[what]) / max(look, 1e-9)

    def _timed(self, what: str, count: int, work: Callable[[], Result]) -> Result:
        begun = time.process_time()
        result = work()
        self.spent[what] += time.process_time() - begun
        self.calls[what] += count
        return result


@dataclass(frozen=True, slots=True)
class Row:
    """One way to fuse."""

    samples: int
    references: int
    mirrored: str
    fnir: dict[float, Estimate]
    cost: float
    """Of a passage: second looks and embedding, in looks of the detector."""


@dataclass(frozen=True, slots=True)
class Tradeoff:
    """All of them."""

    entries: int
    rows: list[Row]
    refine: float
    extract: float
    """Time of one second look and one embedding, in looks of the detector."""


def measure(acquired: Acquired, errata: Errata, folds: Folds, timed: Timed) -> Tradeoff:
    """All rows that the people suffice for. ``acquired`` has the mirror images too."""
    longest = max(REFERENCES) + max(SAMPLES)
    suitable = int((np.bincount(acquired.people, minlength=len(acquired.names)) >= longest).sum())
    entries = min(ENTRIES, suitable)
    weights = draw(len(acquired.names), folds.replicates, folds.seed)
    refine, extract = timed.each("refine"), timed.each("extract")
    rows = []
    for mirrored in MIRRORED:
        probes, templates = sides(acquired, mirrored)
        for references in REFERENCES:
            for samples in SAMPLES:
                setting = Setting(entries, references, samples, pictures=longest, partial=True)
                divided = list(divide(probes, errata, setting, folds, templates)) if entries else []
                if divided:
                    found = rates(setting, pooled(divided), weights)
                    cost = samples * (refine + extract * (2 if mirrored == "both" else 1))
                    rows.append(Row(samples, references, mirrored, found.fnir, cost))
    return Tradeoff(entries, rows, refine, extract)


def sides(acquired: Acquired, mirrored: str) -> tuple[Acquired, Features]:
    """What searches, and the features that references are made of."""
    if mirrored == "neither" or acquired.mirrored is None:
        return acquired, acquired.features
    summed = acquired.features + acquired.mirrored
    averaged: Features = (summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return (replace(acquired, features=averaged) if mirrored == "both" else acquired), averaged


def as_text(found: Tradeoff) -> str:
    """For a person."""
    if not found.rows:
        return f"Nobody has {max(REFERENCES) + max(SAMPLES)} pictures: nothing to compare."
    lines = [
        f"{found.entries} entries; one second look takes {found.refine:.2f}, one embedding {found.extract:.2f} of the "
        "detector's look at a picture",
        "samples  pictures of a reference  mirrored    FNIR at FPIR 1e-2         FNIR at FPIR 1e-3         "
        "cost of a passage",
    ]
    lines += [
        f"{row.samples:7}  {row.references:23}  {row.mirrored:10}  "
        + "  ".join(percent(fnir) for fnir in row.fnir.values())
        + f"  {row.cost:17.2f}"
        for row in found.rows
    ]
    return "\n".join(lines)


def as_json(found: Tradeoff) -> dict[str, object]:
    """For a JSON document."""
    return {
        "entries": found.entries,
        "second_look": round(found.refine, 4),
        "embedding": round(found.extract, 4),
        "rows": [
            {
                "samples": row.samples,
                "references": row.references,
                "mirrored": row.mirrored,
                "fnir_at_fpir": {f"{rate:g}": fnir.rounded() for rate, fnir in row.fnir.items()},
                "cost": round(row.cost, 3),
            }
            for row in found.rows
        ],
    }
